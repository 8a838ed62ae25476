"""A Shopify that says what a test puts into its mouth; it remembers what it was asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from qantara.connectors.base import Connection
from qantara.connectors.shopify.client import Client
from qantara.transport import exactjson
from qantara.transport.limits import Limits

TOKEN = "shpat_canary"


class Scripted:
    """`answers` go out one after the other, the last one for ever: (status, body) or a body."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.paths: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        self.headers.append(request.headers)
        self.asked.append(exactjson.decode(await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        text = body if isinstance(body, str) else exactjson.encode(body).decode()
        return web.Response(status=status, text=text, content_type="application/json")


@asynccontextmanager
async def speaking(
    *answers: Any, limits: Limits | None = None, **settings: str
) -> AsyncIterator[tuple[Scripted, Client]]:
    """A client of a shop that gives these answers, or what a handler says."""
    shop = Scripted(*answers)
    app = web.Application()
    app.router.add_post("/{path:.*}", answers[0] if callable(answers[0]) else shop.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    connection = Connection(
        name="shop",
        connector="shopify",
        url=f"http://127.0.0.1:{runner.addresses[0][1]}",
        settings=settings,
        secrets={"key": TOKEN},
        private=True,
        limits=limits,
    )
    client = Client(connection)
    try:
        yield shop, client
    finally:
        await client.close()
        await runner.cleanup()


def cost(asked: float, actual: float | None, left: float, rate: float = 100.0) -> dict[str, Any]:
    """The `extensions` of an answer."""
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": left, "restoreRate": rate}
    told = {"requestedQueryCost": asked, "actualQueryCost": actual, "throttleStatus": status}
    return {"cost": told}
