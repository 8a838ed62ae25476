"""The controls of a shop that runs as a process: what a test does in Python, over HTTP."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from qantara.sandbox.shopify.cart import Carriage, Discount, Item, Payment, Tax, Wishes

if TYPE_CHECKING:
    from qantara.sandbox.shopify.server import ShopifyStandIn

AMOUNTS = ("tip", "rate", "amount", "shipping")
PARTS = {
    "items": list[Item],
    "discounts": list[Discount],
    "payments": list[Payment],
    "taxes": list[Tax],
    "shipping": Carriage,
}


def control_routes(stand: "ShopifyStandIn") -> list[web.RouteDef]:
    """`/_stand/...`: only with `--control`, and never on a server that others can reach."""

    async def calls(_request: web.Request) -> web.Response:
        return _told(stand.calls)

    async def rows(request: web.Request) -> web.Response:
        return _told(stand.rows(request.query["type"]))

    async def fault(request: web.Request) -> web.Response:
        stand.fault(**msgspec.json.decode(await request.read()))
        return _told({})

    async def clear(_request: web.Request) -> web.Response:
        stand.clear()
        return _told({})

    async def advance(request: web.Request) -> web.Response:
        stand.advance(float(request.query["seconds"]))
        return _told({})

    async def order(request: web.Request) -> web.Response:
        return _told({"id": stand.order(**wishes(await request.read()))})

    async def refund(request: web.Request) -> web.Response:
        wanted = _with_amounts(msgspec.json.decode(await request.read()))
        return _told({"id": stand.refund(wanted.pop("order"), **wanted)})

    async def ask(request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read())
        return _told(stand.ask(asked["query"], asked.get("variables")))

    return [
        web.get("/_stand/calls", calls),
        web.get("/_stand/rows", rows),
        web.post("/_stand/fault", fault),
        web.post("/_stand/clear", clear),
        web.post("/_stand/advance", advance),
        web.post("/_stand/order", order),
        web.post("/_stand/refund", refund),
        web.post("/_stand/ask", ask),
    ]


def wishes(body: bytes) -> Wishes:
    """An order's wishes from JSON: amounts as text, parts as objects with the same names."""
    asked: dict[str, Any] = msgspec.json.decode(body)
    for name, kind in PARTS.items():
        if asked.get(name) is not None:
            asked[name] = msgspec.convert(asked[name], kind, strict=False)
    found: Wishes = _with_amounts(asked)  # type: ignore[assignment]
    return found


def _with_amounts(asked: dict[str, Any]) -> dict[str, Any]:
    amounts = {
        name: Decimal(str(asked[name]))
        for name in AMOUNTS
        if asked.get(name) is not None and not isinstance(asked[name], bool | Carriage)
    }
    return {**asked, **amounts}


def _told(result: Any) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(result, enc_hook=_encoded), content_type="application/json"
    )


def _encoded(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
