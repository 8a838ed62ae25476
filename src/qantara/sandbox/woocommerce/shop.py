"""What a shop holds: its rows, its counters, its clock, and who is told of what happens."""

import itertools
import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from qantara.sandbox.woocommerce.clock import Clock
from qantara.sandbox.woocommerce.index import ProductIndex
from qantara.sandbox.woocommerce.settings import Settings
from qantara.sandbox.woocommerce.wire import Row

UNCATEGORIZED = 15
TABLES = (
    *("products", "categories", "tags", "terms", "attributes", "images", "orders", "refunds"),
    *("notes", "customers", "coupons", "rates", "webhooks", "shipping_classes"),
)
ADMIN = 1


class Shop:
    """The state. Whoever changes it holds the stand-in's lock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(settings.zone)
        self.url = ""
        self.index = ProductIndex()
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in TABLES}
        self.told: Callable[[str, int], None] = _nobody
        self._posts = itertools.count(10)
        self._terms = itertools.count(UNCATEGORIZED)
        self._others = {name: itertools.count(1) for name in TABLES}
        self._items = itertools.count(1)
        self._metas = itertools.count(20)
        self._furnish()

    def table(self, name: str) -> dict[int, Row]:
        """The rows of one kind, by id, in the order they were made."""
        return self.tables[name]

    def post_id(self) -> int:
        """Products, orders, refunds, coupons and pictures count together."""
        return next(self._posts)

    def term_id(self) -> int:
        """Categories, tags and attributes' terms count together."""
        return next(self._terms)

    def next_id(self, table: str) -> int:
        """The next id of a kind that counts for itself."""
        return next(self._others[table])

    def item_id(self) -> int:
        """The next id of an order's item, whatever its kind."""
        return next(self._items)

    def meta_id(self) -> int:
        return next(self._metas)

    def stamp(self, row: Row) -> None:
        """The row was changed now."""
        row["modified"] = self.clock.now()

    def tell(self, topic: str, number: int) -> None:
        """Say that something happened: `product.updated`, 12."""
        self.told(topic, number)

    def tell_trashed(self, number: int) -> None:
        """Whatever post goes to the trash, WordPress calls out for products and for coupons."""
        self.told("product.deleted", number)
        self.told("coupon.deleted", number)

    def key(self, prefix: str) -> str:
        """A key nobody guesses: of orders, of downloads."""
        return f"{prefix}{secrets.token_urlsafe(10)[:13].replace('-', 'a').replace('_', 'b')}"

    def merge_meta(self, held: list[Row], given: Any) -> list[Row]:
        """Meta data as they are after what was sent: by id, else by key; null takes away."""
        for each in given if isinstance(given, list) else []:
            if isinstance(each, dict):
                held = self._merged_meta(held, each)
        return held

    def _merged_meta(self, held: list[Row], each: Row) -> list[Row]:
        key, value = str(each.get("key") or ""), each.get("value", "")
        known = next((row for row in held if row["id"] == each.get("id")), None)
        known = known or next((row for row in held if key and row["key"] == key), None)
        if known is None:
            fresh = value is not None and key
            return [*held, {"id": self.meta_id(), "key": key, "value": value}] if fresh else held
        if value is None:
            return [row for row in held if row is not known]
        known.update(key=key or known["key"], value=value)
        return held

    def _furnish(self) -> None:
        number = self.term_id()
        self.tables["categories"][number] = {
            **_term(number, "Uncategorized", "uncategorized"),
            "parent": 0,
            "display": "default",
            "image": None,
        }
        admin = self.next_id("customers")
        now = self.clock.now()
        self.tables["customers"][admin] = {
            "id": admin,
            "email": "admin@shop.test",
            "username": "admin",
            "password": "",
            "first_name": "",
            "last_name": "",
            "role": "administrator",
            "meta_data": [],
            "billing": {},
            "shipping": {},
            "created": now,
            "modified": None,
        }


def _term(number: int, name: str, slug: str) -> Row:
    return {"id": number, "name": name, "slug": slug, "description": "", "menu_order": 0}


def _nobody(_topic: str, _number: int) -> None:
    """Before the stand-in listens, nobody is told."""


def unique(wanted: str, taken: Iterable[str]) -> str:
    """`shirt`, and `shirt-2` where there is one."""
    held = set(taken)
    if wanted not in held:
        return wanted
    return next(name for at in itertools.count(2) if (name := f"{wanted}-{at}") not in held)


def copied(row: Row) -> Row:
    """A copy that shares nothing."""
    found: Row = json.loads(json.dumps(row, default=str))
    return found
