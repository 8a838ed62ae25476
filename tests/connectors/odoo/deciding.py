"""Questions and deeds as the connector contract needs them: what was asked, and what was done."""

import re
from datetime import UTC, datetime

from qantara.model import Choice, Decision, Note, Record, Ref, Text
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample

STANDING = ("order_standing", "question")
DEED, QUESTION = "order_action", "question"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ADDRESS = "https://hub.example.com/decide/token"


def question(odoo: OdooStandIn, partner: int) -> Sample:
    """A question about a sale order of its own."""
    order = odoo.create("sale.order", {"partner_id": partner})
    button = Choice(verb="confirm", label=Text("Confirm"), address=ADDRESS)
    asked = Note(
        on=Ref("sale_order", str(order)), body="سؤال\nor no?", choices=(button,), occasion="1"
    )
    return Sample(
        record=asked,
        unwritten={"choices": "They are HTML there.", "occasion": "It is in the message's id."},
        refused=Note(on=Ref("moon", "1"), body="?", choices=(button,), occasion="1"),
    )


def deed(odoo: OdooStandIn, partner: int, item: int) -> Sample:
    """A quotation to be confirmed; one that was cancelled cannot be."""
    order, cancelled = (
        odoo.create(
            "sale.order",
            {"partner_id": partner, "order_line": [(0, 0, {"product_id": item})]},
        )
        for _ in range(2)
    )
    odoo.call("sale.order", "action_cancel", [cancelled], disable_cancel_warning=True)
    words = dict.fromkeys(("by", "at", "reason", "question", "total", "refused"), "Told by notes.")
    return Sample(
        record=_confirm(order),
        unwritten=words,
        refused=_confirm(cancelled),
    )


class Deeds(dict[str, Record]):
    """What was done with an order, whatever decision did it."""

    def __init__(self, odoo: OdooStandIn) -> None:
        super().__init__()
        self._odoo = odoo

    def __missing__(self, key: str) -> Record:
        order = int(key.partition(":")[0])
        [state] = [row["state"] for row in self._odoo.rows("sale.order") if row["id"] == order]
        assert state == "sale"
        return _confirm(order)


def questions(odoo: OdooStandIn) -> dict[str, Record]:
    """What was asked, by its document."""
    ours = re.compile(r"<[^.]+\.[0-9a-f]+@qantara>")
    found: dict[str, Record] = {}
    for row in odoo.rows("mail.message"):
        if ours.fullmatch(str(row.get("message_id", ""))):
            first = re.findall("<p>(.*?)</p>", row["body"], re.DOTALL)[0]
            body = re.sub("<br[^>]*>", "\n", first)
            found[str(row["res_id"])] = Note(on=Ref("sale_order", str(row["res_id"])), body=body)
    return found


def _confirm(order: int) -> Decision:
    return Decision(order=Ref("sale_order", str(order)), verb="confirm", by="Layla", at=AT)
