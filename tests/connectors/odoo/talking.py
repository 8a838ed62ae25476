"""Messages as the connector contract needs them: what people said, and what is to be said."""

from typing import Any

from qantara.model import Message, Ref
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample

READ_ONLY = {
    "on": "A message stays where it was posted.",
    "author": "It is the heading of the text; without one the text comes back as it is.",
    "email": "It chooses the author among the contacts there.",
    "company": "It is in the heading.",
    "partners": "They are those of the record there.",
    "kind": "It is decided when it is posted.",
    "posted_at": "It is when the copy was posted.",
    "attachments": "The contract hands over no files.",
    "deleted": "It is emptied by another call, or a sentence below the text says so.",
    "automatic": "No such message is carried over.",
    "mirrored": "True of all that is written.",
    "repeats": "It is counted there.",
}

SAME = {"author": "", "email": "", "company": "", "deleted": False}
"""So that the text alone is changed, and has no heading."""


def said(odoo: OdooStandIn, order: int) -> dict[str, Any]:
    """What somebody says on the sale order, to everybody who follows it."""
    subtypes = odoo.rows("mail.message.subtype")
    [comment] = [row["id"] for row in subtypes if row["name"] == "Discussions"]
    return {
        "model": "sale.order",
        "res_id": order,
        "body": "<p>Said {}</p>",
        "message_type": "comment",
        "subtype_id": comment,
    }


def sample(order: int, absent: int, number: int) -> Sample:
    """A text to be posted on the sale order; there is nothing to post it on without one."""

    def on(one: int) -> Message:
        body = f"<p>طلب {number} &amp; more</p>"
        return Message(on=Ref("sale_order", str(one)), author="", body=body)

    return Sample(record=on(order), changes=SAME, unwritten=READ_ONLY, refused=on(absent))


def posted(odoo: OdooStandIn) -> set[str]:
    """The ids of what the hub has posted, which are not among those that it reads."""
    rows = odoo.rows("mail.message")
    return {str(row["id"]) for row in rows if str(row["message_id"]).endswith("@qantara>")}
