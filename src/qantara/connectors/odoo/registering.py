"""Payments of invoices and credit notes, each registered once: its memo says which it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.store_rules import Rules
from qantara.transport import Rejected, Unsupported

PAYMENT, WIZARD, MOVE = "account.payment", "account.payment.register", "account.move"
VOID = ("cancel", "canceled", "rejected")
"""States of a payment that does not count."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Money that came in or went back. `memo` is the same for the same money, always."""

    id: str
    method: str
    amount: Decimal
    at: datetime | None = None
    memo: str = ""

    def of(self, number_: str) -> Self:
        """The same with the memo that it has as money of this document."""
        return replace(self, memo=f"{number_}/{self.id}")


async def register(site: Site, moves: Sequence[Row], money: Sequence[Money], rules: Rules) -> None:
    """Register what is missing, against these posted documents in their order.

    A payment whose method has no journal is not registered: somebody else does it.
    """
    missing = await _missing(site, [one for one in money if rules.journal(one.method)])
    if not missing:
        return
    journals = await _journals(site, missing, rules)
    for one in missing:
        document = await _open(site, [move["id"] for move in moves])
        if document is None:
            return
        await _pay(site, document, one, journals[rules.journal(one.method)])


async def _missing(site: Site, money: Sequence[Money]) -> list[Money]:
    """What no payment there has the memo of."""
    if not money:
        return []
    memo = real_name(PAYMENT, await site.client.fields(PAYMENT), "memo")
    if memo is None:
        raise Unsupported("The payments of this Odoo have no memo that the hub could read.")
    domain = [(memo, "in", [one.memo for one in money]), ("state", "not in", VOID)]
    known = {text(row[memo]) for row in await site.rows(PAYMENT, domain, [memo])}
    return [one for one in money if one.memo not in known]


async def _journals(site: Site, money: Sequence[Money], rules: Rules) -> dict[str, int]:
    """The journals by their codes; Rejected for one that is not there."""
    codes = sorted({rules.journal(one.method) for one in money})
    domain = [*await site.shared("account.journal"), ("type", "in", ["bank", "cash"])]
    rows = await site.rows("account.journal", domain, ["code", "name"])
    found = {text(row[name]): row["id"] for name in ("name", "code") for row in reversed(rows)}
    for code in codes:
        if code not in found:
            known = ", ".join(sorted(text(row["code"]) for row in rows))
            raise Rejected(
                f"{site.connection.name} has no bank or cash journal {code!r}; it has {known}.",
                remedy="Correct the option `journals` of the flow, or make the journal in Odoo.",
                field="payments",
            )
    return {code: found[code] for code in codes}


async def _open(site: Site, ids: Sequence[int]) -> Row | None:
    """The first of the documents on which something is left to pay."""
    names = ("name", "amount_residual", "currency_id")
    rows = await site.rows(MOVE, [("id", "in", list(ids)), ("state", "=", "posted")], names)
    return next((row for row in rows if number(row["amount_residual"])), None)


async def _pay(site: Site, document: Row, money: Money, journal: int) -> None:
    """By Odoo's own wizard; what is paid too much stays open on the customer's account."""
    at = money.at or datetime.now(UTC)
    values = {
        "journal_id": journal,
        "amount": money.amount,
        "currency_id": identity(document["currency_id"]),
        "payment_date": at.astimezone(UTC).date().isoformat(),
        "communication": money.memo,
    }
    context = await site.tables.context(active_model=MOVE, active_ids=[document["id"]])
    [wizard] = await site.client.create(WIZARD, [values], context=context)
    await site.client.call(WIZARD, "action_create_payments", [wizard], context=context)
