"""Carries decisions out: confirms or cancels sale and purchase orders, as a person would by hand.

Safe to repeat: the order's state says whether it was done. What Odoo refuses is told in its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.mapping.values import number, text
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Decision, Money
from qantara.transport import ConnectorError, NotFound, OutcomeUnknown, Rejected

SALE, PURCHASE = "sale.order", "purchase.order"
QUOTED = frozenset({"draft", "sent"})
STILL_OPEN = QUOTED | {"to approve"}

WORDS = {
    "draft": "a quotation",
    "sent": "a quotation that was sent",
    "to approve": "waiting for approval",
    "sale": "confirmed already",
    "purchase": "confirmed already",
    "done": "final",
    "cancel": "cancelled already",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A button of Odoo's: from which states it may be pressed, and in which the order is then."""

    model: str
    method: str
    before: frozenset[str]
    after: frozenset[str]
    context: Mapping[str, Any] = field(default_factory=dict)
    waits: frozenset[str] = frozenset()


DEEDS: Mapping[tuple[str, str], Deed] = {
    ("sale_order", "confirm"): Deed(
        model=SALE,
        method="action_confirm",
        before=QUOTED,
        after=frozenset({"sale", "done"}),
    ),
    ("sale_order", "reject"): Deed(
        model=SALE,
        method="action_cancel",
        before=QUOTED,
        after=frozenset({"cancel"}),
        context={"disable_cancel_warning": True},
    ),
    ("purchase_order", "confirm"): Deed(
        model=PURCHASE,
        method="button_confirm",
        before=STILL_OPEN,
        after=frozenset({"purchase", "done"}),
        waits=frozenset({"to approve"}),
    ),
    ("purchase_order", "reject"): Deed(
        model=PURCHASE,
        method="button_cancel",
        before=STILL_OPEN | {"purchase"},
        after=frozenset({"cancel"}),
    ),
}


class OrderActions(Writer):
    """One call to look, one to act, one to look again."""

    entity, model = "order_action", SALE

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Each by itself: a refusal concerns its order alone."""
        return [await self._done(one) for one in writes]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Nothing is kept under a key: the order's state says what was done, see `write`."""
        return {}

    async def _done(self, write: Write) -> Outcome:
        decision = its(Decision, write)
        try:
            await self._act(decision)
        except (OutcomeUnknown, Rejected, NotFound) as error:
            if isinstance(error, OutcomeUnknown):
                raise
            return error
        return Written(external_id=f"{decision.order.id}:{write.key}")

    async def _act(self, decision: Decision) -> None:
        deed = DEEDS.get((decision.order.entity, decision.verb))
        if deed is None:
            raise Rejected(f"Odoo cannot {decision.verb} a {decision.order.entity}.")
        row = await self._row(deed, decision)
        if row["state"] in deed.after:
            return
        if refusal := _refusal(deed, decision, row):
            raise refusal
        answer = await self._press(deed, row["id"])
        row = await self._row(deed, decision)
        if row["state"] not in deed.after | deed.waits:
            raise _unmoved(row, answer)

    async def _press(self, deed: Deed, order: int) -> Any:
        context = await self.site.tables.context(**deed.context)
        return await self.site.client.call(deed.model, deed.method, [order], context=context)

    async def _row(self, deed: Deed, decision: Decision) -> dict[str, Any]:
        names = ["name", "state", "amount_total", "currency_id"]
        rows = await self.site.rows(deed.model, [("id", "=", int(decision.order.id))], names)
        if not rows:
            raise NotFound(f"The order with the id {decision.order.id} is not there any more.")
        return rows[0]


def _refusal(deed: Deed, decision: Decision, row: Mapping[str, Any]) -> ConnectorError | None:
    """What speaks against it, before anything is pressed."""
    if row["state"] not in deed.before:
        return Rejected(f"{row['name']} is {WORDS.get(row['state'], text(row['state']))}.")
    now = Money(number(row["amount_total"]), row["currency_id"][1])
    if deed.model == SALE and decision.total not in (None, now):
        return Rejected(f"{row['name']} was changed meanwhile: it comes to {_spelled(now)} now.")
    return None


def _unmoved(row: Mapping[str, Any], answer: Any) -> Rejected:
    """Odoo answered, and did not do it: it opened a dialogue, or somebody's own rule stopped it."""
    model = answer.get("res_model", "") if isinstance(answer, Mapping) else ""
    asks = f": it asks something ({model})" if model else ""
    return Rejected(
        f"Odoo did not do it with {row['name']}{asks}.",
        remedy="Open the order in Odoo and press the button there.",
    )


def _spelled(money: Money) -> str:
    return f"{money.amount:,.2f} {money.currency}"
