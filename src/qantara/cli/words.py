"""The words that several commands share: results, times, counts, exit codes."""

from collections.abc import Mapping
from datetime import UTC, datetime

EXIT_CODES: Mapping[int, str] = {
    0: "Done, and nothing needs attention.",
    1: "Done, and something needs attention: a record was put aside, a right or a module is "
    "missing, or both sides differ. What and why was printed.",
    2: "The command or `qantara.toml` is wrong. Nothing was done.",
    3: "A system, or the journal's database, could not be reached or did not let us in.",
    4: "Another Qantara is working in this home. Nothing was done.",
    70: "Something unexpected happened; its details are in a file in the home's `logs`.",
    130: "Stopped by Ctrl-C. What was begun is taken up by the next run.",
}

DONE, ATTENTION, USAGE, CONNECTION, BUSY, UNEXPECTED, INTERRUPTED = EXIT_CODES

RESULTS: Mapping[str, str] = {
    "written": "Written and read back.",
    "unchanged": "Unchanged: the other side agreed already.",
    "merged": "Found at the other side under the same key, and joined with it.",
    "skipped": "Skipped by a rule.",
    "parked": "Put aside: it needs a person.",
}
"""What became of a change, in the order in which tables show it."""

OPERATIONS: Mapping[str, tuple[str, str]] = {
    "create": ("+", "create"),
    "update": ("~", "change"),
    "merged": ("=", "join"),
    "skipped": ("-", "skip"),
    "parked": ("!", "put aside"),
    "conflict": ("?", "ask about"),
}
"""What a plan would do with a record: its sign and its word."""

STYLES: Mapping[str, str] = {
    "ok": "green",
    "warning": "yellow",
    "missing": "red",
    "written": "green",
    "create": "green",
    "update": "cyan",
    "parked": "red",
    "failed": "red",
}
"""Colours are for what needs an eye; everything else stays plain."""

_SPANS = (("d", 86400), ("h", 3600), ("min", 60))


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, roughly: "3 min ago"; "never" when there was no such moment."""
    if moment is None:
        return "never"
    return f"{span(((now or datetime.now(UTC)) - moment).total_seconds())} ago"


def span(seconds: float) -> str:
    """A duration in its largest unit, rounded down."""
    whole = max(0, int(seconds))
    unit, size = next((one for one in _SPANS if whole >= one[1]), ("s", 1))
    return f"{whole // size} {unit}"


def number(count: int) -> str:
    """With commas between the thousands."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """The count with its noun: "1 record", "2,000 records"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def clock(moment: datetime) -> str:
    """A moment by the machine's own clock, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def entity(name: str) -> str:
    """An entity as people say it: "stock level"."""
    return name.replace("_", " ")


def shown(value: object) -> str:
    """A value in one line, short enough to stand beside another."""
    text = value if isinstance(value, str) else _plain(value)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


LONGEST = 72


def _plain(value: object) -> str:
    """Texts, money and the like without the braces of their JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        kept = {name: part for name, part in value.items() if part not in (None, "", {}, [])}
        if set(kept) == {"value"} or set(kept) == {"amount", "currency"}:
            return " ".join(map(str, kept.values()))
        return ", ".join(f"{name} {_plain(part)}" for name, part in kept.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_plain, value)) or "nothing"
    return str(value)
