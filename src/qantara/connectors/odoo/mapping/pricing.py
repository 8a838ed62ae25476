"""What a price list of Odoo asks for one piece of a variant today, without asking Odoo for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qantara.connectors.odoo.mapping.values import identity, number, text

FIELDS = (
    "pricelist_id",
    "applied_on",
    "product_id",
    "product_tmpl_id",
    "categ_id",
    "min_quantity",
    "date_start",
    "date_end",
    "compute_price",
    "fixed_price",
    "percent_price",
    "base",
    "base_pricelist_id",
    "price_discount",
    "price_round",
    "price_surcharge",
    "price_min_margin",
    "price_max_margin",
    "write_date",
)
DEPTH = 10
"""How many price lists may stand on each other."""

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A variant with what prices are made of, in the company's currency.

    `categories` are its own category and all above it.
    """

    variant: int
    template: int
    categories: frozenset[int]
    sales: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Price lists: their currencies' rates and smallest coins, and their rules, best first.

    A rate is how much of the currency one of the company's comes to; `now` is Odoo's time.
    """

    rates: Mapping[int, Decimal]
    coins: Mapping[int, Decimal]
    rules: Mapping[int, Sequence[Mapping[str, Any]]]
    now: str

    def price(self, list_: int, goods: Goods) -> tuple[Decimal, Decimal]:
        """What is asked, and what it would be without the percentage that was taken off."""
        price, regular = self._price(list_, goods, 0)
        return self._rounded(list_, price), self._rounded(list_, regular)

    def _price(self, list_: int, goods: Goods, depth: int) -> tuple[Decimal, Decimal]:
        rate = self.rates[list_]
        rule = next((one for one in self.rules.get(list_, ()) if self._fits(one, goods)), None)
        if rule is None or depth == DEPTH:
            return goods.sales * rate, goods.sales * rate
        if rule["compute_price"] == "fixed":
            told = number(rule["fixed_price"])
            return told, told
        base = self._base(rule, goods, rate, depth)
        if rule["compute_price"] == "percentage":
            return base - base * number(rule["percent_price"]) / HUNDRED, base
        told = _formula(base, rule)
        return told, told

    def _base(self, rule: Mapping[str, Any], goods: Goods, rate: Decimal, depth: int) -> Decimal:
        other = identity(rule["base_pricelist_id"])
        if rule["base"] == "pricelist" and other in self.rates:
            price, _ = self._price(other or 0, goods, depth + 1)
            return price * rate / self.rates[other or 0]
        return (goods.cost if rule["base"] == "standard_price" else goods.sales) * rate

    def _fits(self, rule: Mapping[str, Any], goods: Goods) -> bool:
        if number(rule["min_quantity"]) > 1 or not _in_time(rule, self.now):
            return False
        wanted = {
            "0_product_variant": identity(rule["product_id"]) == goods.variant,
            "1_product": identity(rule["product_tmpl_id"]) == goods.template,
            "2_product_category": identity(rule["categ_id"]) in goods.categories,
        }
        return wanted.get(text(rule["applied_on"]), True)

    def _rounded(self, list_: int, amount: Decimal) -> Decimal:
        coin = self.coins[list_]
        return number((amount / coin).quantize(Decimal(1), ROUND_HALF_UP) * coin)


def _in_time(rule: Mapping[str, Any], now: str) -> bool:
    start, end = text(rule["date_start"]), text(rule["date_end"])
    return (not start or start <= now) and (not end or now <= end)


def _formula(base: Decimal, rule: Mapping[str, Any]) -> Decimal:
    told = base - base * number(rule["price_discount"]) / HUNDRED
    if step := number(rule["price_round"]):
        told = (told / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    told += number(rule["price_surcharge"])
    if least := number(rule["price_min_margin"]):
        told = max(told, base + least)
    if most := number(rule["price_max_margin"]):
        told = min(told, base + most)
    return told
