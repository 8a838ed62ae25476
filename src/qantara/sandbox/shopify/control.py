"""The controls of a shop that runs as a process: what a test does in Python, over HTTP."""

from dataclasses import dataclass
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
    control = _Control(stand)
    return [
        web.get("/_stand/calls", control.calls),
        web.get("/_stand/rows", control.rows),
        web.post("/_stand/fault", control.fault),
        web.post("/_stand/clear", control.clear),
        web.post("/_stand/advance", control.advance),
        web.post("/_stand/order", control.order),
        web.post("/_stand/refund", control.refund),
        web.post("/_stand/ask", control.ask),
    ]


@dataclass(frozen=True, slots=True)
class _Control:
    """What the stand-in can be told, one method for each address."""

    stand: "ShopifyStandIn"

    async def calls(self, _request: web.Request) -> web.Response:
        return _told(self.stand.calls)

    async def rows(self, request: web.Request) -> web.Response:
        return _told(self.stand.rows(request.query["type"]))

    async def fault(self, request: web.Request) -> web.Response:
        self.stand.fault(**msgspec.json.decode(await request.read()))
        return _told({})

    async def clear(self, _request: web.Request) -> web.Response:
        self.stand.clear()
        return _told({})

    async def advance(self, request: web.Request) -> web.Response:
        self.stand.advance(float(request.query["seconds"]))
        return _told({})

    async def order(self, request: web.Request) -> web.Response:
        return _told({"id": self.stand.order(**wishes(await request.read()))})

    async def refund(self, request: web.Request) -> web.Response:
        wanted = _with_amounts(msgspec.json.decode(await request.read()))
        return _told({"id": self.stand.refund(wanted.pop("order"), **wanted)})

    async def ask(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read())
        return _told(self.stand.ask(asked["query"], asked.get("variables")))


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
