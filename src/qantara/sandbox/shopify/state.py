"""What the imitated shop holds: rows by type and id, and the clock that stamps them."""

import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
PREFIX = "gid://shopify/"
FIRST_NUMBER = 7_000_000_001
LEGACY = frozenset(
    {
        *("Collection", "Customer", "Fulfillment", "InventoryItem", "Location", "Metafield"),
        *("Order", "Product", "ProductVariant", "Refund", "ShopifyPaymentsPayout"),
        "WebhookSubscription",
    }
)


class Clock:
    """The shop's time: the machine's, moved on by `advance`."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def seconds(self) -> float:
        """Never goes back."""
        return time.monotonic() + self._ahead

    def stamp(self) -> datetime:
        """What a record shows: whole seconds."""
        return self.now().replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock only goes forward; give seconds of 0 or more")
        self._ahead += seconds


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that subscriptions may want to hear of."""

    topic: str
    row: Row
    at: datetime


@dataclass(slots=True)
class Store:
    """All rows. Keys of a row are the fields' names; keys with `_` in front are the shop's own."""

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    _indexes: dict[tuple[str, str], dict[Any, dict[str, Row]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_NUMBER))

    def number(self) -> int:
        """The next of the shop's numbers, which all types share."""
        return next(self._numbers)

    def add(self, typename: str, values: Row, *, gid: str = "") -> Row:
        now = self.clock.stamp()
        number = self.number()
        row = {
            "__typename": typename,
            "id": gid or f"{PREFIX}{typename}/{number}",
            "createdAt": now,
            "updatedAt": now,
            "_number": number,
            **values,
        }
        if typename in LEGACY:
            row["legacyResourceId"] = str(row["_number"])
        self.tables.setdefault(typename, {})[row["id"]] = row
        for (indexed, key), index in self._indexes.items():
            if indexed == typename:
                index.setdefault(row.get(key), {})[row["id"]] = row
        return row

    def get(self, typename: str, key: Any) -> Row | None:
        """By gid or by bare number."""
        return self.tables.get(typename, {}).get(gid(typename, key))

    def must(self, typename: str, key: Any) -> Row:
        """For those who play the shopper: a wrong id is their mistake."""
        row = self.get(typename, key)
        if row is None:
            raise LookupError(f"the shop has no {typename} {key!r}")
        return row

    def rows(self, typename: str) -> list[Row]:
        """In the order in which they were made."""
        return list(self.tables.get(typename, {}).values())

    def where(self, typename: str, key: str, value: Any) -> list[Row]:
        """Keys with `_` in front are indexed: they never change once a row is made."""
        if not key.startswith("_"):
            return [row for row in self.rows(typename) if row.get(key) == value]
        index = self._indexes.get((typename, key))
        if index is None:
            index = self._indexes[typename, key] = {}
            for row in self.rows(typename):
                index.setdefault(row.get(key), {})[row["id"]] = row
        return list(index.get(value, {}).values())

    def drop(self, row: Row) -> None:
        typename = row["__typename"]
        self.tables[typename].pop(row["id"], None)
        for (indexed, key), index in self._indexes.items():
            if indexed == typename:
                index.get(row.get(key), {}).pop(row["id"], None)

    def touch(self, row: Row, **values: Any) -> Row:
        row.update(values)
        row["updatedAt"] = self.clock.stamp()
        return row

    def tell(self, topic: str, row: Row) -> None:
        """Note that something happened; the endpoint sends it when the request is done."""
        self.events.append(Event(topic=topic, row=row, at=self.clock.now()))


def gid(typename: str, key: Any) -> str:
    """`gid://shopify/Product/1` of 1, "1" or itself."""
    text = str(key)
    return text if text.startswith(PREFIX) else f"{PREFIX}{typename}/{text}"


def bare(key: str) -> str:
    """The number at the end of a gid."""
    return key.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]


def typename_of(key: str) -> str:
    """Which type a gid is of; empty for what is no gid."""
    if not key.startswith(PREFIX):
        return ""
    return key.removeprefix(PREFIX).split("/")[0]


def numbers(rows: Iterable[Row]) -> list[str]:
    """The bare numbers, for those who look into the shop."""
    return [bare(row["id"]) for row in rows]
