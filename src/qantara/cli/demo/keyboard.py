"""Somebody who works in an Odoo by hand. Apart from the hub: it shares no code with its connector."""

import itertools
from types import TracebackType
from typing import Any, Self

import aiohttp

from qantara.cli.demo.stand_ins import StandIn
from qantara.transport import Rejected


class Keyboard:
    """Calls methods of models over JSON-RPC, as the web client does."""

    def __init__(self, server: StandIn) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self._session = aiohttp.ClientSession()
        self._uid = 0

    async def __aenter__(self) -> Self:
        database, login = self.server.name, self.server.login
        self._uid = await self._ask("common", "login", database, login, self.server.key)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def call(self, model: str, method: str, *args: Any, **keywords: Any) -> Any:
        """What the method answers."""
        entered = (self.server.name, self._uid, self.server.key)
        return await self._ask("object", "execute_kw", *entered, model, method, args, keywords)

    async def find(self, model: str, domain: list[Any], fields: list[str], **more: Any) -> Any:
        """The fields of all records that fit, oldest first."""
        return await self.call(model, "search_read", domain, fields=fields, order="id", **more)

    async def one(self, model: str, domain: list[Any], fields: list[str]) -> Any:
        """The newest record that fits."""
        found = await self.call(
            model, "search_read", domain, fields=fields, order="id desc", limit=1
        )
        if not found:
            raise Rejected(f"{self.server.name} has no {model} where {domain}.")
        return found[0]

    async def _ask(self, service: str, method: str, *args: Any) -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(self._numbers),
            "params": {"service": service, "method": method, "args": args},
        }
        async with self._session.post(f"{self.server.url}/jsonrpc", json=body) as answer:
            told = await answer.json()
        if "error" in told:
            data = told["error"].get("data", {})
            raise Rejected(f"{self.server.name}: {data.get('message') or told['error']['message']}")
        return told.get("result")  # Odoo leaves out what is nothing
