"""The controls of a stand-in that runs as a process: the same as a test has, over HTTP."""

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from qantara.sandbox.odoo.server import OdooStandIn


def control_routes(stand: "OdooStandIn") -> list[web.RouteDef]:
    """`/_stand/...`: only with `--control`, and never on a server that others can reach."""

    async def calls(request: web.Request) -> web.Response:
        del request
        return _told(stand.calls)

    async def count(request: web.Request) -> web.Response:
        del request
        return _told({"writes": stand.writes()})

    async def rows(request: web.Request) -> web.Response:
        return _told(stand.rows(request.query["model"]))

    async def fault(request: web.Request) -> web.Response:
        stand.fault(**msgspec.json.decode(await request.read()))
        return _told({})

    async def clear(request: web.Request) -> web.Response:
        del request
        stand.clear()
        return _told({})

    return [
        web.get("/_stand/calls", calls),
        web.get("/_stand/writes", count),
        web.get("/_stand/rows", rows),
        web.post("/_stand/fault", fault),
        web.post("/_stand/clear", clear),
    ]


def _told(result: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(result), content_type="application/json")
