"""What people are asked about a document that two sides share, and what they decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qantara.model.money import Money
from qantara.model.reference import Ref
from qantara.model.text import Text

Verb = Literal["confirm", "reject", "accept", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button below a note: where it leads is a page that asks once more; it decides nothing.

    `address` holds a signed token and is as good as a secret: it is shown in the note alone.
    """

    verb: Verb
    label: Text
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Confirm or reject an order; accept or refuse what the other side proposed for it.

    `by` is the person's name, `reason` what he wrote with it, `at` aware UTC. `question` is what he
    was asked, by its id, and `total` what the document came to then. `refused` is why it could not
    be carried out; "" while nothing speaks against it.
    """

    order: Ref
    verb: Verb
    by: str
    at: datetime
    reason: str = ""
    question: str = ""
    total: Money | None = None
    refused: str = ""
