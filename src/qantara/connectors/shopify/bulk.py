"""A first load by Shopify's bulk operation: it writes a file, which is read line by line."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from qantara.connectors.base import Change, Page
from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.documents import document
from qantara.connectors.shopify.mapping.values import kind_of
from qantara.connectors.shopify.polling import Cursor, shifted, stamp
from qantara.connectors.shopify.site import Site
from qantara.transport import NotFound, Rejected, exactjson

WORTH = 2500
"""From so many records on Shopify's file is faster than pages."""

PORTION = 100
"""Records of a page from the file."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between two looks at an operation under way."""

WORKING = frozenset({"CREATED", "RUNNING", "CANCELING"})

PLACES = {
    "ProductVariant": "variants",
    "Collection": "collections",
    "LineItem": "lineItems",
    "ShippingLine": "shippingLines",
}
"""Where a line belongs in its parent; media are of several kinds."""

CONNECTIONS = {
    "Product": ("variants", "media", "collections"),
    "Order": ("lineItems", "shippingLines"),
}

Walk = Callable[[str, str], AsyncIterator[Page]]


class Loader(Protocol):
    """A reader that can make changes of what a file holds."""

    site: Site
    client: Client

    async def count(self, cursor: str, scope: str) -> int:
        """About how many records there are."""

    async def loaded(self, nodes: Sequence[dict[str, Any]]) -> list[Change]:
        """The changes of these records."""


async def changes(reader: Loader, operation: str, cursor: str, walk: Walk) -> AsyncIterator[Page]:
    """A first load from a file where that pays, and what `walk` brings after it, or instead.

    A cursor within the file names the operation and how many records of it were brought: after a
    crash the same file is read on, for Shopify keeps it seven days.
    """
    place = Cursor.of(cursor)
    started = place.extra.get("bulk", "")
    if not started and not cursor and await _worth(reader):
        started, place = await _start(reader.client, operation)
        if started:
            yield Page(changes=(), cursor=place.text(0))
    if started:
        try:
            async for page in _load(reader, place):
                cursor = page.cursor
                yield page
        except (NotFound, Rejected):
            cursor = ""
    async for page in walk(cursor, ""):
        yield page


async def _worth(reader: Loader) -> bool:
    if reader.site.bulk != "auto":
        return reader.site.bulk == "yes"
    return await reader.count("", "") >= WORTH


async def _start(client: Client, operation: str) -> tuple[str, Cursor]:
    """The id of a new operation; "" where Shopify does not begin one, since others run."""
    result = await client.attempt("bulk_run", query=document(operation))
    begun = result.get("bulkOperation")
    if result.get("userErrors") or not begun:
        return "", Cursor()
    told = {"bulk": begun["id"], "since": stamp(begun["createdAt"]), "done": 0}
    return begun["id"], Cursor(extra=told)


async def _load(reader: Loader, place: Cursor) -> AsyncIterator[Page]:
    """All that is in the file and was not brought yet; then the cursor of an ordinary walk."""
    url = await _finished(reader.client, place.extra["bulk"])
    end = Cursor(at=shifted(place.extra["since"], -reader.site.overlap))
    if url:
        with tempfile.TemporaryDirectory(prefix="qantara-") as folder:
            file = Path(folder) / "bulk.jsonl"
            await reader.client.download(url, file)
            done = int(place.extra["done"])
            for number, nodes in enumerate(_portions(file), start=1):
                if number > done:
                    place.extra["done"] = number
                    told = await reader.loaded(nodes)
                    yield Page(changes=told, cursor=place.text(0))
    yield Page(changes=(), cursor=end.text(reader.site.overlap))


async def _finished(client: Client, operation: str) -> str:
    """Where the file lies, "" of one without records. Raises Rejected for one that failed."""
    pause = FIRST_PAUSE
    while True:
        node = (await client.ask("bulk_status", id=operation))["node"]
        if not node:
            raise NotFound("Shopify does not know its bulk operation any more.")
        if node["status"] == "COMPLETED":
            return str(node["url"] or "")
        if node["status"] not in WORKING:
            raise Rejected(f"Shopify's bulk operation ended as {node['status']}.")
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


def _portions(file: Path) -> Iterator[list[dict[str, Any]]]:
    portion: list[dict[str, Any]] = []
    for node in records(file):
        portion.append(node)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def records(file: Path) -> Iterator[dict[str, Any]]:
    """The records of a file whose lines are grouped: each with its children, one at a time."""
    current: dict[str, Any] | None = None
    with file.open("rb") as lines:
        for line in lines:
            if not line.strip():
                continue
            node = exactjson.decode(line)
            if "__parentId" not in node:
                if current:
                    yield current
                current = node
                for name in CONNECTIONS[kind_of(node["id"])]:
                    current[name] = {"nodes": []}
            elif current:
                _put(current, node)
    if current:
        yield current


def _put(parent: dict[str, Any], node: dict[str, Any]) -> None:
    if node.pop("__parentId") != parent["id"]:
        raise Rejected(
            "Lines of Shopify's file are not with the record they belong to.",
            remedy="Set bulk to no for this connection; pages bring the same records.",
        )
    name = PLACES.get(kind_of(node["id"]), "media")
    parent[name]["nodes"].append(node)
