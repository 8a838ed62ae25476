"""Connections: pages of rows by cursor, as the real API cuts them."""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from qantara.sandbox.shopify.errors import NotImitated, bad_request
from qantara.sandbox.shopify.state import Row

MOST = 250
EVERYTHING = 2**40
REACH = 25_000

SORTS = {
    "ID": "_number",
    "CREATED_AT": "createdAt",
    "UPDATED_AT": "updatedAt",
    "PROCESSED_AT": "processedAt",
    "ORDER_NUMBER": "number",
    "TITLE": "title",
    "FULL_TITLE": "title",
    "NAME": "name",
    "SKU": "sku",
    "POSITION": "_position",
    "ISSUED_AT": "issuedAt",
    "RELEVANCE": "_number",
    "COLLECTION_DEFAULT": "_number",
    "VENDOR": "vendor",
    "PRODUCT_TYPE": "productType",
    "CHECKOUT_ID": "_number",
    "STATUS": "status",
    "PUBLISHED_AT": "publishedAt",
}
Args = dict[str, Any]


def page(rows: Iterable[Row], args: Args, *, reach: int = REACH) -> Row:
    """A connection of those rows: sorted, cut, with its cursors."""
    sort = _sort(args.get("sortKey"))
    reverse = bool(args.get("reverse"))
    listed = sorted(rows, key=lambda row: _place(row, sort), reverse=reverse)
    size, from_end = _size(args)
    later = _bounded(listed, args, sort, reverse=reverse)
    cut = later[-size:] if from_end and size else later[:size]
    if len(listed) > reach and cut and _position(listed, cut[0]) >= reach:
        raise bad_request(
            f"Pagination beyond {reach} objects is not supported; narrow the search instead."
        )
    edges = [{"__typename": "Edge", "cursor": _cursor(row, sort), "node": row} for row in cut]
    return {
        "edges": edges,
        "nodes": cut,
        "pageInfo": _info(edges, cut, later, args, from_end=from_end),
    }


def plain(rows: list[Row], args: Args) -> Row:
    """A connection of rows in their own order: what hangs on a record and has no sort key."""
    placed = [{**row, "_place": place} for place, row in enumerate(rows)]
    return page(placed, {**args, "sortKey": "_place"})


def _position(listed: list[Row], wanted: Row) -> int:
    return next(place for place, row in enumerate(listed) if row is wanted)


def _info(edges: list[Row], cut: list[Row], later: list[Row], args: Args, *, from_end: bool) -> Row:
    return {
        "hasNextPage": bool(args.get("before")) if from_end else len(later) > len(cut),
        "hasPreviousPage": len(later) > len(cut) if from_end else bool(args.get("after")),
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }


def _size(args: Args) -> tuple[int, bool]:
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    size = int(first if first is not None else last)  # type: ignore[arg-type]
    name = "first" if first is not None else "last"
    if size < 0:
        raise bad_request(f"{name} must be a positive number")
    if size > MOST and size != EVERYTHING:
        raise GraphQLError(
            f"{name} cannot exceed {MOST}", extensions={"code": "MAX_PAGE_SIZE_EXCEEDED"}
        )
    return size, last is not None


def _sort(key: Any) -> str:
    if key in (None, "_place"):
        return str(key or "_number")
    if key not in SORTS:
        raise NotImitated(f"sorting by {key}")
    return SORTS[key]


def _place(row: Row, sort: str) -> tuple[Any, int]:
    value = row.get(sort)
    return ("" if value is None else _value(value)), int(row.get("_number", 0))


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}"
    return float(value) if isinstance(value, Decimal) else value


def _cursor(row: Row, sort: str) -> str:
    value, number = _place(row, sort)
    told = json.dumps({"last_id": number, "last_value": value})
    return base64.b64encode(told.encode()).decode()


def _read(cursor: str) -> tuple[Any, int]:
    try:
        told = json.loads(base64.b64decode(cursor, validate=True))
        return told["last_value"], told["last_id"]
    except (ValueError, KeyError, TypeError):
        raise GraphQLError(
            "Invalid cursor for current pagination sort.", extensions={"code": "INVALID_CURSOR"}
        ) from None


def _bounded(listed: list[Row], args: Args, sort: str, *, reverse: bool) -> list[Row]:
    """Cursors are places, not rows: what has gone or moved since does no harm."""
    after: Callable[[Any, Any], bool] = (lambda a, b: a < b) if reverse else (lambda a, b: a > b)
    before: Callable[[Any, Any], bool] = (lambda a, b: a > b) if reverse else (lambda a, b: a < b)
    for name, lies in (("after", after), ("before", before)):
        if args.get(name):
            edge = _read(args[name])
            try:
                listed = [row for row in listed if lies(_place(row, sort), edge)]
            except TypeError:
                raise GraphQLError(
                    "Invalid cursor for current pagination sort.",
                    extensions={"code": "INVALID_CURSOR"},
                ) from None
    return listed
