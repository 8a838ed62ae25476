"""Text that people read: a default and its translations by language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """`value` in the source's main language; `translations` by ISO 639-1 code (`ar`, `uk`).

    A translation equal to the default is not kept, so that two systems compare equal
    whether they store a copy or nothing.
    """

    value: str
    translations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: str, translations: Mapping[str, str] | None = None) -> "Text":
        """Text without the translations that only repeat the default or are empty."""
        others = sorted((translations or {}).items())
        return cls(value, {code: text for code, text in others if text and text != value})
