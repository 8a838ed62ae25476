"""The controls of a shop that runs as a process: what a test does in Python, over HTTP."""

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from qantara.sandbox.woocommerce.server import WooCommerceStandIn


def control_routes(stand: "WooCommerceStandIn") -> list[web.RouteDef]:
    """`/_stand/...`: only with `--control`, and never on a server that others can reach."""

    async def calls(_request: web.Request) -> web.Response:
        return _told(stand.calls)

    async def rows(request: web.Request) -> web.Response:
        return _told(stand.rows(request.query["path"]))

    async def fault(request: web.Request) -> web.Response:
        stand.fault(**msgspec.json.decode(await request.read()))
        return _told({})

    async def clear(_request: web.Request) -> web.Response:
        stand.clear()
        return _told({})

    async def order(request: web.Request) -> web.Response:
        asked: dict[str, Any] = msgspec.json.decode(await request.read())
        lines = [_line(stand, one) for one in asked.pop("items")]
        return _told(stand.order(*lines, **asked))

    async def refund(request: web.Request) -> web.Response:
        asked: dict[str, Any] = msgspec.json.decode(await request.read())
        number = int(asked.pop("order"))
        if items := asked.pop("items", None):
            asked["lines"] = _lines_of(stand, number, items)
        return _told(stand.refund(number, **asked))

    return [
        web.get("/_stand/calls", calls),
        web.get("/_stand/rows", rows),
        web.post("/_stand/fault", fault),
        web.post("/_stand/clear", clear),
        web.post("/_stand/order", order),
        web.post("/_stand/refund", refund),
    ]


def _line(stand: "WooCommerceStandIn", item: dict[str, Any]) -> tuple[int, int]:
    """`{"sku": "P-1", "quantity": 2}` as the shopper takes it."""
    with stand.lock:
        products = stand.shop.table("products").values()
        [found] = [one["id"] for one in products if one["sku"] == item["sku"]]
    return found, item.get("quantity", 1)


def _lines_of(stand: "WooCommerceStandIn", order: int, items: dict[str, int]) -> dict[int, int]:
    """Units by the order's line; the items are told by SKU."""
    lines = stand.row(f"orders/{order}")["line_items"]
    return {line["id"]: items[line["sku"]] for line in lines if line["sku"] in items}


def _told(result: Any) -> web.Response:
    body = msgspec.json.encode(result, enc_hook=str)
    return web.Response(body=body, content_type="application/json")
