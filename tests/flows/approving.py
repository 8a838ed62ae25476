"""What people see and press: the question in a chatter, and a decision at the page behind it."""

import re
from html import unescape

from qantara.engine.asking import Told
from qantara.storage import decisions
from qantara.storage.approvers import Approver
from qantara.storage.decisions import Decided
from qantara.storage.statements import now
from qantara.web.decisions import made
from tests.flows import story
from tests.flows.bridge import ASKING, Bridge
from tests.flows.goods import Goods
from tests.flows.witness import Row, Witness

LAYLA = Approver(connection="factory", email="layla@example.com", name="Layla", changed_at=now())

LINK = re.compile(r'href="https://hub\.example\.com/decide/([^"]+)"')


def ordered(bridge: Bridge, goods: Goods) -> tuple[int, str]:
    """The buyer orders; the id and number of the purchase order."""
    order = story.place_order(bridge, goods, "SAR")
    return order, bridge.at_buyer.row("purchase.order", [("id", "=", order)], ["name"])["name"]


def sale(bridge: Bridge, number: str) -> Row:
    """The sale order that it became."""
    return story.order_named(bridge.at_factory, number)


def notes(side: Witness, model: str, order: int) -> list[str]:
    """The bodies in the chatter of a document, the oldest first."""
    domain = [("model", "=", model), ("res_id", "=", order)]
    return [row["body"] for row in side.rows("mail.message", domain, ["body"])]


def said(side: Witness, model: str, order: int) -> list[str]:
    """What a reader sees there, without markup."""
    return [story.words(unescape(body)) for body in notes(side, model, order)]


def buttons(bridge: Bridge, order: int) -> list[Told]:
    """What the buttons below a sale order say."""
    tokens = [
        one for body in notes(bridge.at_factory, "sale.order", order) for one in LINK.findall(body)
    ]
    return [ASKING.read(unescape(token)) for token in tokens]


async def press(bridge: Bridge, order: int, verb: str, reason: str = "") -> Decided:
    """Somebody who may decides, at the page behind the newest button of this verb."""
    told = [one for one in buttons(bridge, order) if one.verb == verb][-1]
    return await decide(bridge, told, reason)


async def decide(bridge: Bridge, told: Told, reason: str = "") -> Decided:
    """What the page behind a button does once it knows who presses."""
    decided, _ = await bridge.store.run(decisions.decide, made(told, LAYLA, reason))
    return decided
