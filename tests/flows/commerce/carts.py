"""Shops of all kinds before one Odoo, the carts that people buy there, and what each comes to."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Connection
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import (
    CASH_ON_DELIVERY,
    Carriage,
    Discount,
    Item,
    Payment,
    ShopifyStandIn,
    Tax,
)
from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.flows.commerce.high_street import Street

D = Decimal
PLENTY = 10**7
"""Points of a Shopify, pieces of a product: neither is what is tried here."""
CLASSES = ("", "reduced-rate", "zero-rate")
CUSTOMERS = 12
CODES = tuple(f"P-{number:02}" for number in range(1, 13))
"""Products; the usual rate, the reduced one and none in turn."""
QUANTITIES = (1, 1, 1, 2, 2, 3, 4, 5, 7, 12, 24, 50)
ORDER = """query($id: ID!) { order(id: $id) { name
  totalPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
  displayFinancialStatus taxLines { ratePercentage priceSet { shopMoney { amount } } } } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """A country with its currency's decimals, and its rates: the usual, a reduced one, none."""

    places: int
    rates: tuple[str, str, str]

    @property
    def coin(self) -> Decimal:
        return D(1).scaleb(-self.places)

    def amount(self, coins: int) -> Decimal:
        return D(coins) * self.coin


LANDS: Mapping[str, Land] = {
    "SAR": Land(places=2, rates=("15", "5", "0")),
    "AED": Land(places=2, rates=("5", "0", "0")),
    "EGP": Land(places=2, rates=("14", "5", "0")),
    "UAH": Land(places=2, rates=("20", "7", "0")),
    "KWD": Land(places=3, rates=("5", "0", "0")),
    "BHD": Land(places=3, rates=("10", "5", "0")),
    "JPY": Land(places=0, rates=("10", "8", "0")),
    "EUR": Land(places=2, rates=("19", "7", "0")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a shop says of an order; `taxes` by rate, as far as they are more than nothing."""

    total: Decimal
    tax: Decimal
    taxes: Mapping[Decimal, Decimal]
    paid: bool


@dataclass(kw_only=True)
class Shop:
    """A shop and the street to it. `gross` shows prices with tax."""

    street: Street
    land: Land
    gross: bool
    sold: dict[str, Told] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.street.shop.name

    def open(self) -> None:
        """What the owner does once its products are there."""

    def buy(self, dice: random.Random) -> None:
        """One cart, kept in `sold` by its number."""
        raise NotImplementedError

    def rate(self, code: str) -> str:
        """Of this product."""
        return self.land.rates[CODES.index(code) % 3]


@dataclass(kw_only=True)
class Woo(Shop):
    """A WooCommerce: it may round over the whole order."""

    woo: WooCommerceStandIn
    ids: dict[str, int] = field(default_factory=dict)

    def open(self) -> None:
        for place, rate in enumerate(self.land.rates):
            given = {"rate": rate, "class": CLASSES[place] or "standard"}
            self.woo.add("taxes", name=f"VAT {rate}", **given)
        for row in self.woo.rows("products"):
            place = CODES.index(row["sku"]) % 3
            self.woo.edit(f"products/{row['id']}", tax_class=CLASSES[place])
            self.ids[row["sku"]] = row["id"]
        for kind, amount in (("percent", "7.5"), ("percent", "33"), ("percent", "100")):
            self._coupon(kind, amount)
        for kind, coins in (("fixed_cart", 500), ("fixed_cart", 777), ("fixed_product", 31)):
            self._coupon(kind, str(self.land.amount(coins)))

    def buy(self, dice: random.Random) -> None:
        lines = [self._line(dice, code) for code in picked(dice)]
        cash = dice.random() < 0.1
        more: dict[str, Any] = {"payment_method": "cod", "status": "processing"} if cash else {}
        if dice.random() < 0.6:
            more["shipping_cost"] = str(self._some(dice))
        if dice.random() < 0.3:
            more["fees"] = {"Gift wrap": str(self._some(dice))}
        if dice.random() < 0.45:
            coupons = [row["code"] for row in self.woo.rows("coupons")]
            more["coupons"] = dice.sample(coupons, dice.choice((1, 1, 2)))
        email = f"c{dice.randrange(CUSTOMERS)}@example.com"
        row = self.woo.order(*lines, email=email, billing=self._address(), **more)
        taxes: dict[Decimal, Decimal] = {}
        for one in row["tax_lines"]:
            amount = D(one["tax_total"]) + D(one["shipping_tax_total"])
            rate = D(str(one["rate_percent"]))
            taxes[rate] = taxes.get(rate, D(0)) + amount
        told = {"total": D(row["total"]), "tax": D(row["total_tax"])}
        self.sold[row["number"]] = Told(**told, taxes=taxes, paid=bool(row["date_paid"]))

    def _line(self, dice: random.Random, code: str) -> Any:
        quantity = dice.choice(QUANTITIES)
        if dice.random() < 0.9:
            return (self.ids[code], quantity)
        before = self.land.amount(dice.randint(1000, 9000))
        after = before - self.land.amount(dice.randint(1, 900))
        return {
            "product_id": self.ids[code],
            "quantity": quantity,
            "subtotal": str(before),
            "total": str(after),
        }

    def _some(self, dice: random.Random) -> Decimal:
        return self.land.amount(dice.randint(1, 3000))

    def _coupon(self, kind: str, amount: str) -> None:
        code = f"{kind}{amount}".replace("_", "")
        self.woo.add("coupons", code=code, discount_type=kind, amount=amount)

    def _address(self) -> dict[str, str]:
        return {
            "first_name": "Mona",
            "last_name": "Haddad",
            "address_1": "1 Main St",
            "city": "Capital",
            "country": "SA",
            "email": "",
        }


@dataclass(kw_only=True)
class Mall(Shop):
    """A Shopify: it rounds each tax of each line."""

    mall: ShopifyStandIn

    def buy(self, dice: random.Random) -> None:
        items = [
            Item(sku=code, quantity=dice.choice(QUANTITIES), taxes=_taxes(self.rate(code)))
            for code in picked(dice)
        ]
        wishes: dict[str, Any] = {"email": f"c{dice.randrange(CUSTOMERS)}@example.com"}
        if dice.random() < 0.6:
            price = self.land.amount(dice.randint(1, 3000))
            wishes["shipping"] = Carriage(title="Post", price=price)
        if dice.random() < 0.2:
            wishes["tip"] = self.land.amount(dice.randint(1, 500))
        if dice.random() < 0.45:
            wishes["discounts"] = [self._discount(dice)]
        if cash := dice.random() < 0.1:
            wishes["payments"] = [Payment(gateway=CASH_ON_DELIVERY, status="PENDING")]
        number = self.mall.order(items=items, taxes=_taxes(self.land.rates[0]), **wishes)
        row = self.mall.ask(ORDER, {"id": f"gid://shopify/Order/{number}"})["order"]
        taxes: dict[Decimal, Decimal] = {}
        for one in row["taxLines"]:
            rate = D(str(one["ratePercentage"]))
            taxes[rate] = taxes.get(rate, D(0)) + _money(one["priceSet"])
        told = {"total": _money(row["totalPriceSet"]), "tax": _money(row["totalTaxSet"])}
        self.sold[row["name"]] = Told(**told, taxes=taxes, paid=not cash)

    def _discount(self, dice: random.Random) -> Discount:
        if dice.random() < 0.5:
            return Discount(code="PART", percent=D(dice.choice(("7.5", "10", "33"))))
        return Discount(code="SOME", amount=self.land.amount(dice.randint(1, 900)))


def picked(dice: random.Random) -> list[str]:
    """What is bought."""
    return dice.sample(CODES, dice.randint(1, 6))


def furnish(odoo: OdooStandIn, land: Land) -> None:
    """Odoo has the taxes, in prices and on top of them, and as many digits as the currency."""
    for row in odoo.rows("decimal.precision"):
        if row["name"] == "Product Price" and land.places > row["digits"]:
            odoo.write("decimal.precision", row["id"], {"digits": land.places})
    for rate in dict.fromkeys(land.rates):
        for included in (True, False):
            _tax(odoo, rate, included=included)


def connection(name: str, stand: WooCommerceStandIn | ShopifyStandIn) -> Connection:
    """The way into a shop."""
    if isinstance(stand, ShopifyStandIn):
        told = {"connector": "shopify", "secrets": {"key": stand.token}, "settings": {}}
    else:
        settings = {"login": stand.key, "compare_minutes": "0", "overlap": "2"}
        told = {"connector": "woocommerce", "settings": settings, "secrets": {"key": stand.secret}}
    return Connection(name=name, url=stand.url, private=True, **told)  # type: ignore[arg-type]


def _tax(odoo: OdooStandIn, rate: str, *, included: bool) -> None:
    usual = [one for one in odoo.rows("account.tax") if one["type_tax_use"] == "sale"]
    if not included and any(D(str(one["amount"])) == D(rate) for one in usual if not _inside(one)):
        return
    inside: dict[str, Any] = {"price_include": included}
    if odoo.version >= 18:
        inside = {"price_include_override": "tax_included" if included else "tax_excluded"}
    values = {"name": f"{rate}% {included}", "amount": float(rate), "type_tax_use": "sale"}
    odoo.create("account.tax", {**values, "amount_type": "percent", **inside})


def _inside(row: Mapping[str, Any]) -> bool:
    return row.get("price_include_override") == "tax_included" or row.get("price_include") is True


def _taxes(rate: str) -> list[Tax]:
    return [Tax(percent=D(rate))]


def _money(bag: Mapping[str, Any]) -> Decimal:
    return D(str(bag["shopMoney"]["amount"]))
