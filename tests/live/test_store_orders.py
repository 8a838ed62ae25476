"""Orders of a store on real servers: amounts to the smallest coin, and the whole way of an order."""

import os
import random
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import pytest_asyncio

from qantara.connectors.base import Connection, Outcome, Write, Written
from qantara.connectors.odoo.connector import Odoo
from qantara.model import (
    Address,
    Contact,
    Ref,
    Refund,
    Returned,
    StoreLine,
    StoreOrder,
    StorePayment,
    TaxAmount,
)

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

D = Decimal
VERSIONS = (16, 18)
CARTS = int(os.environ.get("QANTARA_LIVE_CARTS", "50"))
RATES = (15, 5, 14)
PLACED = datetime(2026, 11, 20, 10, tzinfo=UTC)
FIELDS = frozenset(StoreOrder.__dataclass_fields__) - {"extra"}
WHOLE: Mapping[str, Any] = {"skip_sms": True, "skip_backorder": True, "skip_immediate": True}


@dataclass(kw_only=True)
class LiveShop:
    """A real Odoo with goods, services and a customer of its own."""

    hub: Odoo
    version: int
    currency: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(3).upper())
    ids: dict[str, int] = field(default_factory=dict)

    async def open(self) -> "LiveShop":
        client = self.hub.client
        company = (await client.search_read("res.company", [], ["currency_id"], limit=1))[0]
        self.currency = company["currency_id"][1]
        goods = {"type": "consu", "is_storable": True}
        if self.version < 18:
            goods = {"detailed_type": "product"}
        service = {"type" if self.version >= 18 else "detailed_type": "service"}
        for name, kind in (("CHAIR", goods), ("SHIP", service), ("ROUND", service)):
            values = {"name": name, "default_code": f"{name}-{self.mark}", **kind}
            values["invoice_policy"] = "order"
            [self.ids[name]] = await client.create("product.product", [values])
        partner = {"name": f"Leila {self.mark}", "email": "leila@example.com"}
        [self.ids["customer"]] = await client.create("res.partner", [partner])
        return self

    @property
    def rules(self) -> dict[str, Any]:
        return {
            "confirm": "yes",
            "invoice": "paid",
            "journals": {"*": "BNK1"},
            "residue": f"ROUND-{self.mark}",
            "products": {"shipping": f"SHIP-{self.mark}", "adjustment": f"ROUND-{self.mark}"},
            "source": "live",
        }

    def order(self, number: str, lines: tuple[StoreLine, ...], **changes: Any) -> StoreOrder:
        rules = {**self.rules, **changes.pop("rules", {})}
        tax = sum((tax.amount for line in lines for tax in line.taxes), D(0))
        told: dict[str, Any] = {
            "number": f"{self.mark}-{number}",
            "state": "processing",
            "customer": Ref("partner", str(self.ids["customer"])),
            "billing": Contact(
                name="Leila", address=Address(street="King Fahd 1", city="Riyadh", country="SA")
            ),
            "currency": self.currency,
            "placed_at": PLACED,
            "lines": lines,
            "total": sum((line.net for line in lines), tax),
            "extra": {"odoo": rules},
        }
        return StoreOrder(**{**told, **changes})

    def line(self, quantity: int, net: Decimal, tax: Decimal, rate: int = 15) -> StoreLine:
        return StoreLine(
            id="1",
            description="Chair",
            product=Ref("variant", str(self.ids["CHAIR"])),
            quantity=D(quantity),
            net=net,
            taxes=(TaxAmount(rate=D(rate), amount=tax),),
        )

    async def carried(self, order: StoreOrder) -> str:
        write = Write(key=order.number, record=order, fields=FIELDS)
        [outcome] = await self.hub.write("store_order", [write])
        assert isinstance(outcome, Written), getattr(outcome, "reason", outcome)
        return outcome.external_id

    async def moves(self, one: str) -> list[dict[str, Any]]:
        [row] = await self.hub.client.read("sale.order", [int(one)], ["name"])
        names = ["move_type", "state", "payment_state", "amount_total", "amount_tax"]
        domain = [("invoice_origin", "=", row["name"])]
        return await self.hub.client.search_read("account.move", domain, names)

    async def deliver(self, one: str) -> None:
        client = self.hub.client
        [row] = await client.read("sale.order", [int(one)], ["picking_ids"])
        domain = [("picking_id", "in", row["picking_ids"])]
        for move in await client.search_read("stock.move", domain, ["product_uom_qty"]):
            values = {"quantity": move["product_uom_qty"], "picked": True}
            if self.version < 17:
                values = {"quantity_done": move["product_uom_qty"]}
            await client.write("stock.move", [move["id"]], values)
        await client.call("stock.picking", "button_validate", row["picking_ids"], context=WHOLE)


@pytest_asyncio.fixture(params=VERSIONS)
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[LiveShop]:
    version = request.param
    names = ("URL", "DB", "ADMIN_LOGIN", "ADMIN_PASSWORD")
    told = [os.environ.get(f"QANTARA_LIVE_ODOO{version}_{name}", "") for name in names]
    if not all(told):
        pytest.skip(f"No real Odoo {version} with an accountant is named.")
    url, database, login, password = told
    connection = Connection(
        name=f"odoo{version}",
        connector="odoo",
        url=url,
        settings={"database": database, "login": login},
        secrets={"password": password},
        private=True,
    )
    async with Odoo(connection) as hub:
        yield await LiveShop(hub=hub, version=version).open()


async def own_taxes(shop: LiveShop) -> dict[tuple[str, str], str]:
    """Taxes of the shop's own, in prices and on top of them: which is meant where others are alike."""
    client = shop.hub.client
    answers: dict[tuple[str, str], str] = {}
    for rate in RATES:
        for included in (True, False):
            inside: dict[str, Any] = {"price_include": included}
            if shop.version >= 18:
                inside = {"price_include_override": "tax_included" if included else "tax_excluded"}
            where = "included" if included else "on top"
            values = {"name": f"{rate}% {where} {shop.mark}", "amount": rate, **inside}
            values |= {"type_tax_use": "sale", "amount_type": "percent"}
            [one] = await client.create("account.tax", [values])
            answers["tax", f"sale {rate}% {where}"] = str(one)
    return answers


def coins(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


def cart(shop: LiveShop, dice: random.Random, number: str) -> StoreOrder:
    """A cart of a store that rounds each line; half of them show prices with tax."""
    gross, lines = dice.random() < 0.5, []
    for _ in range(dice.randint(1, 6)):
        rate, amount = dice.choice(RATES), D(dice.randint(1, 50_000)) / 100
        tax = coins(amount * rate / (100 + rate if gross else 100))
        net = amount - tax if gross else amount
        lines.append(shop.line(dice.choice((1, 2, 3, 7, 12, 50)), net, tax, rate))
    paid: dict[str, Any] = {"paid": "yes", "method": "card"}
    return shop.order(number, tuple(lines), gross=gross, **paid)


@pytest.mark.parametrize("rounding", ["round_per_line", "round_globally"])
async def test_generated_carts_come_to_the_same_in_odoo(shop: LiveShop, rounding: str) -> None:
    """Total and tax of each order and its invoice, and the tax by rate, by Odoo's own reckoning."""
    before = await rounded_by(shop, rounding)
    try:
        shop.hub.heed(await own_taxes(shop))
        dice = random.Random(f"{rounding} {CARTS}")  # noqa: S311 - carts, not secrets
        orders = [cart(shop, dice, f"C{number}") for number in range(CARTS)]
        writes = [Write(key=one.number, record=one, fields=FIELDS) for one in orders]
        outcomes: list[Outcome] = []
        for start in range(0, CARTS, 50):
            outcomes += await shop.hub.write("store_order", writes[start : start + 50])
    finally:
        await rounded_by(shop, before)

    assert [getattr(one, "reason", "") for one in outcomes] == [""] * CARTS
    ids = [int(one.external_id) for one in outcomes if isinstance(one, Written)]
    names = ["amount_total", "amount_tax", "invoice_ids"]
    rows = {row["id"]: row for row in await shop.hub.client.read("sale.order", ids, names)}
    bills = await billed(shop, [one for row in rows.values() for one in row["invoice_ids"]])
    found = [
        (rows[one]["amount_total"], rows[one]["amount_tax"], *bills[rows[one]["invoice_ids"][0]])
        for one in ids
    ]
    told = [(one.total, one.tax, one.total, one.tax, "paid", by_rate(one)) for one in orders]
    wrong = [pair for pair in zip(found, told, strict=True) if pair[0] != pair[1]]
    assert wrong == []


async def rounded_by(shop: LiveShop, method: str) -> str:
    """The company rounds taxes so from now on; how it did before."""
    client, name = shop.hub.client, "tax_calculation_rounding_method"
    [company] = await client.search_read("res.company", [], [name], limit=1)
    await client.write("res.company", [company["id"]], {name: method})
    return str(company[name])


async def billed(shop: LiveShop, ids: list[int]) -> dict[int, tuple[Any, ...]]:
    """Of each invoice: total, tax, state of its payment, and the tax by rate."""
    client = shop.hub.client
    names = ["amount_total", "amount_tax", "payment_state"]
    taxes = await client.search_read("account.tax", [("name", "like", shop.mark)], ["amount"])
    rates = {row["id"]: D(str(row["amount"])).normalize() for row in taxes}
    told: dict[int, dict[Decimal, Decimal]] = {one: {} for one in ids}
    domain = [("move_id", "in", ids), ("tax_line_id", "!=", False)]
    fields = ["move_id", "tax_line_id", "amount_currency"]
    for row in await client.search_read("account.move.line", domain, fields):
        rate, of_move = rates[row["tax_line_id"][0]], told[row["move_id"][0]]
        of_move[rate] = of_move.get(rate, D(0)) - D(str(row["amount_currency"]))
    rows = await client.read("account.move", ids, names)
    return {row["id"]: (*(row[name] for name in names), _some(told[row["id"]])) for row in rows}


def by_rate(order: StoreOrder) -> dict[Decimal, Decimal]:
    told: dict[Decimal, Decimal] = {}
    for tax in (tax for line in order.lines for tax in line.taxes):
        told[tax.rate.normalize()] = told.get(tax.rate.normalize(), D(0)) + tax.amount
    return _some(told)


def _some(taxes: dict[Decimal, Decimal]) -> dict[Decimal, Decimal]:
    return {rate: amount for rate, amount in taxes.items() if amount}


def one_chair(shop: LiveShop, order: str, number: str) -> Refund:
    back = Returned(
        line="1",
        product=Ref("variant", str(shop.ids["CHAIR"])),
        quantity=D(1),
        net=D("3.33"),
        taxes=(TaxAmount(rate=D(15), amount=D("0.50")),),
    )
    return Refund(
        order=Ref("store_order", order),
        number=number,
        currency=shop.currency,
        total=D("3.83"),
        lines=(back,),
        payments=(StorePayment(id="r1", method="card", amount=D("3.83")),),
        extra={"odoo": shop.rules},
    )


async def test_an_order_goes_its_whole_way(shop: LiveShop) -> None:
    """Paid, delivered, one of three given back; everything twice, and nothing doubled."""
    lines = (shop.line(3, D("10.00"), D("1.50")),)
    payment = StorePayment(id="p1", method="card", amount=D("11.50"), at=PLACED)
    order = shop.order("S1", lines, paid="yes", method="card", payments=(payment,))
    one = await shop.carried(order)
    assert await shop.carried(order) == one
    [invoice] = await shop.moves(one)
    assert (invoice["amount_total"], invoice["payment_state"]) == (D("11.5"), "paid")

    await shop.deliver(one)
    refund = one_chair(shop, one, f"{order.number}/9")
    write = Write(key=refund.number, record=refund, fields=frozenset())
    assert await shop.hub.write("refund", [write]) == await shop.hub.write("refund", [write])

    credits_ = [row for row in await shop.moves(one) if row["move_type"] == "out_refund"]
    assert [(row["amount_total"], row["payment_state"]) for row in credits_] == [
        (D("3.83"), "paid")
    ]
    [change] = await shop.hub.read("store_order", [one])
    assert shop.hub.to_canonical(change).total == D("11.5")  # type: ignore[union-attr]
    names = ["picking_type_code", "state"]
    pickings = await shop.hub.client.search_read(
        "stock.picking", [("sale_id", "=", int(one))], names
    )
    assert [(row["picking_type_code"], row["state"]) for row in pickings] == [
        ("outgoing", "done"),
        ("incoming", "done"),
    ]
    shipments = await shop.hub.read("shipment", [str(row["id"]) for row in pickings])
    assert len(shipments) == 1
