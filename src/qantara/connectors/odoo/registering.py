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

    def of(self, title: str) -> Self:
        """The same with the memo that it has as money of the document with this title."""
        return replace(self, memo=f"{title}/{self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Posted documents in their order, the money that belongs to them, and how it is kept."""

    moves: Sequence[Row]
    money: Sequence[Money]
    rules: Rules

    @property
    def booked(self) -> list[Money]:
        """A payment whose method has no journal is not registered: somebody else does it."""
        return [one for one in self.money if self.rules.journal(one.method)]

    @property
    def ids(self) -> list[int]:
        """Of the documents."""
        return [move["id"] for move in self.moves]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Payments there by memo, journals by code and name, and documents that are not paid."""

    memos: frozenset[str]
    journals: Mapping[str, int]
    codes: str
    documents: Mapping[int, Row]

    def missing(self, bill: Bill) -> list[Money]:
        """What no payment there has the memo of."""
        return [one for one in bill.booked if one.memo not in self.memos]

    def journal(self, site: Site, code: str) -> int:
        """Rejected for one that is not there."""
        if code not in self.journals:
            raise Rejected(
                f"{site.connection.name} has no bank or cash journal {code!r}; it has {self.codes}.",
                remedy="Correct the option `journals` of the flow, or make the journal in Odoo.",
                field="payments",
            )
        return self.journals[code]


async def register(site: Site, moves: Sequence[Row], money: Sequence[Money], rules: Rules) -> None:
    """Register what is missing, against these posted documents in their order."""
    bill = Bill(moves=moves, money=money, rules=rules)
    await pay(site, bill, await books(site, [bill]))


async def books(site: Site, bills: Sequence[Bill]) -> Books:
    """What has to be known before these are paid; three calls, whatever their number."""
    memos = await _memos(site, [one.memo for bill in bills for one in bill.booked])
    known = Books(memos=memos, journals={}, codes="", documents={})
    owed = [bill for bill in bills if known.missing(bill)]
    if not owed:
        return known
    domain = [*await site.shared("account.journal"), ("type", "in", ["bank", "cash"])]
    rows = await site.rows("account.journal", domain, ["code", "name"])
    return Books(
        memos=memos,
        journals={text(row[name]): row["id"] for name in ("name", "code") for row in rows[::-1]},
        codes=", ".join(sorted(text(row["code"]) for row in rows)),
        documents=await _open(site, [id_ for bill in owed for id_ in bill.ids]),
    )


async def pay(site: Site, bill: Bill, known: Books) -> None:
    """Register what is missing of one bill. Rejected before the first where a journal is missing."""
    missing, documents = known.missing(bill), known.documents
    journals = [known.journal(site, bill.rules.journal(one.method)) for one in missing]
    for at, (one, journal) in enumerate(zip(missing, journals, strict=True)):
        if at:
            documents = await _open(site, bill.ids)
        document = next((documents[id_] for id_ in bill.ids if id_ in documents), None)
        if document is None:
            return
        await _pay(site, document, one, journal)


async def _memos(site: Site, wanted: Sequence[str]) -> frozenset[str]:
    """Those that payments there have."""
    if not wanted:
        return frozenset()
    memo = real_name(PAYMENT, await site.client.fields(PAYMENT), "memo")
    if memo is None:
        raise Unsupported("The payments of this Odoo have no memo that the hub could read.")
    domain = [(memo, "in", list(wanted)), ("state", "not in", VOID)]
    return frozenset(text(row[memo]) for row in await site.rows(PAYMENT, domain, [memo]))


async def _open(site: Site, ids: Sequence[int]) -> dict[int, Row]:
    """The documents on which something is left to pay."""
    names = ("name", "amount_residual", "currency_id")
    rows = await site.rows(MOVE, [("id", "in", list(ids)), ("state", "=", "posted")], names)
    return {row["id"]: row for row in rows if number(row["amount_residual"])}


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
