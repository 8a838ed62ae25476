"""The check: every order of a store is in Odoo once, and whatever is money is the same on both sides."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.shops import CENT, Bought, Shop

PAID = ("paid", "in_payment", "reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What Odoo says of one order of a store: as many of each as there are."""

    sales: Sequence[Mapping[str, Any]]
    invoices: Sequence[Mapping[str, Any]]
    credits: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The orders of a store with what Odoo has of each; `strays` are only in Odoo."""

    store: str
    orders: Sequence[tuple[Bought, Account]]
    strays: Sequence[str]

    @property
    def complaints(self) -> list[str]:
        """What does not agree, as sentences."""
        told = [one for bought, account in self.orders for one in _wrong(bought, account)]
        told += [f"{origin} is in Odoo, and not in the store." for origin in self.strays]
        return [f"{self.store}: {one}" for one in told]

    @property
    def figures(self) -> dict[str, int | Decimal]:
        """The sums of both sides, by the names of `ROWS`."""
        every = [account for _, account in self.orders]
        paid = [row for one in every for row in one.invoices if row["payment_state"] in PAID]
        return {
            "orders": len(self.orders),
            "sale_orders": sum(len(one.sales) for one in every) + len(self.strays),
            "total": sum((bought.total for bought, _ in self.orders), Decimal(0)),
            "total_in_odoo": _sum(row for one in every for row in one.sales),
            "paid_in_odoo": _sum(paid),
            "refunded": sum((bought.given_back for bought, _ in self.orders), Decimal(0)),
            "credited_in_odoo": _sum(row for one in every for row in one.credits),
        }


ROWS: Mapping[str, str] = {
    "orders": "orders in the store",
    "sale_orders": "sale orders at the buyer",
    "total": "their total in the store",
    "total_in_odoo": "their total at the buyer",
    "paid_in_odoo": "invoices paid at the buyer",
    "refunded": "given back in the store",
    "credited_in_odoo": "credit notes at the buyer",
}
"""What of a book is shown, and in which words."""


async def read(buyer: Keyboard, shop: Shop) -> Book:
    """Ask the store and the buyer's Odoo."""
    store = shop.server.name
    fields = ["origin", "name", "state", "amount_total"]
    sales = await buyer.find("sale.order", [["origin", "=like", f"{store}/%"]], fields)
    names = {row["name"]: row["origin"] for row in sales}
    by_kind: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in await moves(buyer, names):
        by_kind[row["move_type"]][names[row["invoice_origin"]]].append(row)
    of: dict[str, list[Any]] = defaultdict(list)
    for row in sales:
        of[row["origin"]].append(row)
    orders = {f"{store}/{one.number}": one for one in await shop.orders()}
    return Book(
        store=store,
        orders=[
            (
                bought,
                Account(
                    sales=of[origin],
                    invoices=by_kind["out_invoice"][origin],
                    credits=by_kind["out_refund"][origin],
                ),
            )
            for origin, bought in orders.items()
        ],
        strays=sorted(set(of) - set(orders)),
    )


async def moves(buyer: Keyboard, sale_orders: Collection[str]) -> list[Any]:
    """The posted invoices and credit notes of sale orders, which are told by their names."""
    posted = [["invoice_origin", "in", list(sale_orders)], ["state", "=", "posted"]]
    fields = ["invoice_origin", "move_type", "payment_state", "amount_total"]
    found: list[Any] = await buyer.find("account.move", posted, fields)
    return found


async def free(buyer: Keyboard) -> dict[str, int]:
    """What the buyer has free of all that is on sale, by SKU."""
    sold = [["sale_ok", "=", True], ["default_code", "!=", False]]
    rows = await buyer.find("product.product", sold, ["default_code", "free_qty"])
    return {row["default_code"]: int(row["free_qty"]) for row in rows}


def _wrong(bought: Bought, account: Account) -> Iterator[str]:
    """An order, its invoice and its credit notes, each to the coin."""
    number = bought.number
    if len(account.sales) != 1:
        yield f"{number} is {len(account.sales)} times in Odoo."
        return
    [sale] = account.sales
    if sale["state"] != "sale":
        yield f"{number} is not confirmed in Odoo."
    pairs = (
        ("comes to {} in the store, to {} in Odoo", bought.total, _sum(account.sales)),
        ("comes to {} in the store, invoices to {}", bought.total, _sum(account.invoices)),
        ("has {} given back, {} credited", bought.given_back, _sum(account.credits)),
    )
    for words, here, there in pairs:
        if here != there:
            yield f"{number} {words.format(here, there)}."
    if any(row["payment_state"] not in PAID for row in account.invoices):
        yield f"{number} is not paid in Odoo."


def _sum(rows: Any) -> Decimal:
    return sum((Decimal(str(row["amount_total"])).quantize(CENT) for row in rows), Decimal(0))
