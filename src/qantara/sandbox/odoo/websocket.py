"""`/websocket`: the bus, pushed to whoever knows the name of a channel."""

import asyncio
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSMsgType, web

from qantara.sandbox.kit import cut
from qantara.sandbox.odoo import wire
from qantara.sandbox.odoo.outside import Ring

if TYPE_CHECKING:
    from qantara.sandbox.odoo.server import OdooStandIn

PATH, LOGIN = "/websocket", "/web/login"
WORKERS = {17: "17.0-3", 18: "18.0-5", 19: "19.0-2"}
"""What a browser must give as `version`; others are not asked."""

BROWSERS = re.compile("Mozilla|Chrome|Firefox|Safari|Opera")


class Lines:
    """The open lines of one stand-in."""

    def __init__(self, stand: "OdooStandIn") -> None:
        self._stand = stand
        self._open: list[tuple[web.Request, asyncio.AbstractEventLoop]] = []

    def routes(self) -> list[web.RouteDef]:
        """Closed paths are not routed."""
        every = {PATH: self.serve, LOGIN: self.login}
        return [web.get(path, do) for path, do in every.items() if path in self._stand.paths]

    def break_all(self) -> None:
        """As if a proxy had lost them; from any thread."""
        for request, loop in list(self._open):
            loop.call_soon_threadsafe(cut, request)

    async def login(self, request: web.Request) -> web.Response:
        """The page that also says which database is meant: a session of nobody."""
        if request.query.get("db", self._stand.database_name) != self._stand.database_name:
            return wire.page(404, "Not Found")
        page = wire.page(200, "Odoo")
        page.set_cookie("session_id", secrets.token_hex(20), httponly=True)
        return page

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One line, open to everybody."""
        if "Origin" not in request.headers:
            return wire.page(400, "Bad Request")
        line = (request, asyncio.get_running_loop())
        self._open.append(line)
        try:
            return await self._serve(request)
        finally:
            self._open.remove(line)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        version = WORKERS.get(self._stand.version)
        browser = BROWSERS.search(request.headers.get("User-Agent", ""))
        if browser and version and request.query.get("version") != version:
            await socket.close(code=1000, message=b"OUTDATED_VERSION")
            return socket
        waiting: asyncio.Queue[list[Ring]] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        channels: set[str] = set()

        def heard(ring: Ring) -> None:
            if ring.channel in channels:
                loop.call_soon_threadsafe(waiting.put_nowait, [ring])

        bus = self._stand.database.outside.bus
        bus.listeners.append(heard)
        telling = asyncio.ensure_future(_tell(socket, waiting))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT or not _subscribed(message.data, channels):
                    break
                last = int(json.loads(message.data)["data"].get("last") or 0)
                waiting.put_nowait(bus.missed(channels, last))
        finally:
            telling.cancel()
            bus.listeners.remove(heard)
        return socket


def _subscribed(text: str, channels: set[str]) -> bool:
    """Only `subscribe` with names of channels is imitated; anything else closes the line."""
    told: Any = msgspec.json.decode(text)
    wanted = told.get("data", {}).get("channels")
    if told.get("event_name") != "subscribe" or not isinstance(wanted, list):
        return False
    channels.clear()
    channels.update(str(one) for one in wanted)
    return True


async def _tell(socket: web.WebSocketResponse, waiting: "asyncio.Queue[list[Ring]]") -> None:
    while True:
        rings = await waiting.get()
        if rings:
            await socket.send_json([{"id": one.id, "message": dict(one.note)} for one in rings])
