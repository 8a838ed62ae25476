"""What people do in the chatter of two Odoos, and what they see there; alike on real servers."""

import base64
import re
from dataclasses import dataclass
from typing import Any

from tests.flows.bridge import Bridge
from tests.flows.story import customer, sell_in, supplier
from tests.flows.witness import Row, Witness

COMMENT, NOTE = "Discussions", "Note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One record that is shared, in the Odoo of one company."""

    keyboard: Witness
    model: str
    one: int

    def say(self, body: str, *, kind: str = "mail.mt_comment", **more: Any) -> int:
        """Somebody writes a comment, html as the composer makes it."""
        html = {"body_is_html": True} if self.keyboard.version >= 17 else {}
        told = {"message_type": "comment", "subtype_xmlid": kind, "body": body, **html, **more}
        return self.keyboard.post(self.model, self.one, **told)

    def attach(self, name: str, content: bytes) -> int:
        """A file, ready to be sent with a message."""
        values = {
            "name": name,
            "datas": base64.b64encode(content).decode(),
            "res_model": self.model,
            "res_id": self.one,
        }
        return self.keyboard.create("ir.attachment", values)

    def shown(self) -> list[Row]:
        """What stands in the chatter, oldest first, without Odoo's own notifications."""
        domain = [
            ("model", "=", self.model),
            ("res_id", "=", self.one),
            ("message_type", "in", ["comment", "email"]),
        ]
        fields = ["body", "author_id", "subtype_id", "attachment_ids", "message_id"]
        return self.keyboard.rows("mail.message", domain, fields)

    def heard(self) -> list[str]:
        """The texts that the hub brought, news of the order apart."""
        ours = [row for row in self.shown() if row["message_id"].endswith("@qantara>")]
        texts = [read(row["body"]) for row in ours]
        return [text for text in texts if not text.startswith("Sale order ")]

    def files(self) -> list[tuple[str, bytes]]:
        """The files on the record, by what is in them."""
        domain = [("res_model", "=", self.model), ("res_id", "=", self.one)]
        rows = self.keyboard.rows("ir.attachment", domain, ["name", "datas"])
        return [(row["name"], base64.b64decode(row["datas"])) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """An order that both companies share."""

    bridge: Bridge
    at_buyer: Side
    at_factory: Side


async def shared_order(bridge: Bridge, *only: str) -> Talk:
    """The two companies know each other, and an order of the buyer is at the factory."""
    await introduce(bridge)
    order = ordered(bridge)
    await bridge.run(*only)
    return talk_about(bridge, order)


async def introduce(bridge: Bridge) -> None:
    """The two companies know each other, and the factory sells in the buyer's currency."""
    await bridge.run("supplier", "customer")
    [company, *_] = bridge.at_buyer.rows("res.company", [], ["currency_id"])
    sell_in(bridge.at_factory, company["currency_id"][1])


def ordered(bridge: Bridge) -> int:
    """A confirmed order with no more than a note in it: what is talked of is no matter."""
    buyer = bridge.at_buyer
    [vendor, *_] = buyer.rows("res.partner", [("name", "=", supplier(bridge))], ["name"])
    line = {"display_type": "line_note", "name": "As discussed", "product_qty": 0}
    order = {"partner_id": vendor["id"], "order_line": [(0, 0, line)]}
    one = buyer.create("purchase.order", order)
    buyer.call("purchase.order", "button_confirm", [one])
    return one


def talk_about(bridge: Bridge, order: int) -> Talk:
    """The two sides of a purchase order that was carried over."""
    name = bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]
    mine = [("client_order_ref", "=", name), ("partner_id", "=", customer(bridge))]
    sold = bridge.at_factory.rows("sale.order", mine, ["name"])[-1]["id"]
    return Talk(
        bridge=bridge,
        at_buyer=Side(keyboard=bridge.at_buyer, model="purchase.order", one=order),
        at_factory=Side(keyboard=bridge.at_factory, model="sale.order", one=sold),
    )


def read(body: str) -> str:
    """What a reader sees, paragraphs apart."""
    text = re.sub(r"</p>|<br\s*/?>", "\n", body or "")
    return " / ".join(
        part for one in re.sub("<[^>]+>", "", text).split("\n") if (part := one.strip())
    )
