"""A doubt: what something may be, told so that a person can say which it is."""

from dataclasses import dataclass
from typing import Literal

Matter = Literal["match", "unit", "tax", "currency"]
"""What a doubt is about: a record, or an entry of a small table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that it may be: `id` at the target, and a `label` that a person recognises.

    `confidence` goes from 0 to 1; `agrees` and `contradicts` are the facts behind it, in words.
    """

    id: str
    label: str
    confidence: float = 0.0
    agrees: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """`subject` is what is asked about, the same each time; `title` the question, as a sentence."""

    matter: Matter
    subject: str
    title: str
    candidates: tuple[Candidate, ...]
