"""What a person decided about a document that two sides share."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qantara.model.reference import Ref

Verb = Literal["confirm", "reject", "accept", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Confirm or reject an order; accept or refuse what the other side proposed for it.

    `by` is the person's name, `reason` what he wrote with it, `at` aware UTC.
    """

    order: Ref
    verb: Verb
    by: str
    at: datetime
    reason: str = ""
