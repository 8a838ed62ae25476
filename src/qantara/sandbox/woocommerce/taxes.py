"""Tax rates, tax classes, and which rates hold for whom."""

import fnmatch
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from qantara.sandbox.woocommerce.arithmetic import Rate, Rounding
from qantara.sandbox.woocommerce.calls import Call, Resource
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    INTEGER,
    REFUSED,
    STRING,
    STRINGS,
    Schema,
)
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import Answer, Refused, Row
from qantara.sandbox.woocommerce.words import number, rounded

CLASSES = (
    ("standard", "Standard rate"),
    ("reduced-rate", "Reduced rate"),
    ("zero-rate", "Zero rate"),
)
PLACES = ("country", "state", "postcode", "city")
SORTS = {
    "order": lambda row: row["order"],
    "id": lambda row: row["id"],
    "priority": lambda row: row["priority"],
}


class TaxRates(Resource):
    """`/taxes`."""

    table = "rates"
    path = "taxes"
    word = "tax"
    schema: ClassVar[Schema] = {
        "country": STRING,
        "state": STRING,
        "postcode": STRING,
        "city": STRING,
        "rate": STRING,
        "name": STRING,
        "priority": INTEGER,
        "compound": BOOLEAN,
        "shipping": BOOLEAN,
        "order": INTEGER,
        "class": STRING,
        "postcodes": STRINGS,
        "cities": STRINGS,
    }
    listing: ClassVar[Schema] = {"class": STRING, "code": REFUSED}
    sorts = SORTS
    default_sort = "order"
    default_order = "asc"

    def matches(self, row: Row, asked: Row) -> bool:
        return not asked.get("class") or row["class"] == asked["class"]

    def find(self, number: int, call: Call) -> Row:
        found = self.shop.table("rates").get(number)
        if found is None:
            raise Refused(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        return found

    def tell(self, row: Row, call: Call) -> Row:
        return dict(row)

    def make(self, given: Row, call: Call) -> Row:
        row: Row = {
            "id": self.shop.next_id("rates"),
            "country": "",
            "state": "",
            "postcode": "",
            "city": "",
            "rate": "0.0000",
            "name": "",
            "priority": 1,
            "compound": False,
            "shipping": True,
            "order": 0,
            "class": "standard",
            "postcodes": [],
            "cities": [],
        }
        self.shop.table("rates")[row["id"]] = row
        return self.change(row, given, call)

    def change(self, row: Row, given: Row, call: Call) -> Row:
        row.update(given)
        row["rate"] = f"{rounded(number(row['rate']), 4)}"
        row["country"], row["state"] = row["country"].upper(), row["state"].upper()
        for one, many in (("postcode", "postcodes"), ("city", "cities")):
            if given.get(one) and many not in given:
                row[many] = [each.strip().upper() for each in given[one].split(";")]
            row[many] = [str(each).upper() for each in row[many]]
            row[one] = row[many][-1] if row[many] else ""
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Taxes do not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("rates")[row["id"]]
        return told


def tax_classes(_shop: Shop, _call: Call) -> Answer:
    """`GET /taxes/classes`."""
    found = [{"slug": slug, "name": name} for slug, name in CLASSES]
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": "1"}
    return Answer(body=found, headers=headers)


def rounding_of(shop: Shop) -> Rounding:
    """The shop's way of rounding."""
    settings = shop.settings
    return Rounding(
        places=settings.decimals,
        half_down=settings.prices_include_tax,
        at_subtotal=settings.round_at_subtotal,
    )


def rates_for(
    shop: Shop, place: Mapping[str, str], tax_class: str, *, shipping: bool = False
) -> Sequence[Rate]:
    """The rates that hold at a place: of each priority the one that names it most closely."""
    wanted = tax_class or "standard"
    held = [row for row in shop.table("rates").values() if row["class"] == wanted]
    fitting = sorted((row for row in held if _fits(row, place)), key=_rank)
    chosen: dict[int, Row] = {}
    for row in fitting:
        chosen.setdefault(row["priority"], row)
    found = [rate_of(row) for row in chosen.values()]
    return [rate for rate in found if rate.shipping] if shipping else found


def rate_of(row: Row) -> Rate:
    return Rate(
        id=row["id"],
        percent=Decimal(row["rate"]),
        compound=bool(row["compound"]),
        shipping=bool(row["shipping"]),
    )


def base_place(shop: Shop) -> Row:
    """Where the shop is."""
    country, _, state = shop.settings.country.partition(":")
    return {"country": country, "state": state, "postcode": "", "city": ""}


def order_place(shop: Shop, order: Row) -> Row:
    """Where an order is taxed: where it is shipped to, billed to, or where the shop is."""
    basis = shop.settings.tax_based_on
    if basis == "shipping" and not order["shipping"].get("country"):
        basis = "billing"
    if basis == "base" or not order[basis].get("country"):
        return base_place(shop)
    return {name: str(order[basis].get(name, "")) for name in PLACES}


def _fits(row: Row, place: Mapping[str, str]) -> bool:
    if row["country"] not in ("", place.get("country", "").upper()):
        return False
    if row["state"] not in ("", place.get("state", "").upper()):
        return False
    postcode, city = place.get("postcode", "").upper(), place.get("city", "").upper()
    codes = row["postcodes"]
    if codes and not any(fnmatch.fnmatch(postcode, each) for each in codes):
        return False
    return not row["cities"] or city in row["cities"]


def _rank(row: Row) -> tuple[object, ...]:
    """The closest first: by priority, country, state, and what else is named."""
    named = bool(row["postcodes"]) + bool(row["cities"])
    loose = (row["country"] == "", row["state"] == "", -named)
    return (row["priority"], *loose, row["order"], row["id"])
