"""What can be wrong with a mapping: its text, or a value that it meets."""

from dataclasses import dataclass


class Unmappable(Exception):
    """A value that a rule cannot carry over (`reason`), and what to do (`remedy`), both sentences."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Flawed(Exception):
    """A part of a rule that means nothing (`what`), and what it could be (`remedy`).

    `key` is the key of the rule below which it stands, "" where that is not known.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.key = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing to correct: where it stands, `what` is wrong, and the `remedy`, both sentences.

    `field` is the field that the rule sets, "" where the file as a whole is concerned.
    """

    file: str
    line: int
    field: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f", field {self.field}" if self.field else ""
        return f"{self.file}, line {self.line}{where}: {self.what} {self.remedy}".rstrip()


class FlawedMapping(Exception):
    """A mapping that cannot be used; `flaws` are all of them, in the order of the file."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = sorted(flaws, key=lambda flaw: flaw.line)
        super().__init__("\n".join(map(str, self.flaws)))


def shown(value: object) -> str:
    """A value in a sentence, however long it is."""
    text = "nothing" if value is None else repr(getattr(value, "value", value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


LONGEST = 60
