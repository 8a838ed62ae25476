"""The post between a store and the hub: it takes what the store sends, doubles, mixes and brings it."""

import asyncio
import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import aiohttp
from aiohttp import web

from qantara.sandbox.kit import StandIn

CARRIERS = 48
"""Letters on their way at once."""

MOST = 5
"""Copies of a letter."""

PAUSE = 0.02
"""Seconds until one that was not taken is brought again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A webhook as the store sent it; its signature is among the headers."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Post(StandIn):
    """Where the store rings in place of the hub. It says yes to everything and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Letter] = []

    def routes(self) -> list[web.RouteDef]:
        """Any address."""
        return [web.post("/{path:.*}", self._keep)]

    def emptied(self) -> list[Letter]:
        """What came since the last time."""
        with self.lock:
            letters, self._kept = self._kept, []
        return letters

    async def _keep(self, request: web.Request) -> web.Response:
        letter = Letter(path=request.path, headers=_own(request.headers), body=await request.read())
        with self.lock:
            self._kept.append(letter)
        return web.Response()


def copies(letters: Sequence[Letter], dice: random.Random) -> list[Letter]:
    """Each one to five times, in any order."""
    every = [letter for letter in letters for _ in range(dice.randint(1, MOST))]
    dice.shuffle(every)
    return every


async def bring(letters: Sequence[Letter], hub: str) -> None:
    """Bring them to the hub's entrance; returns when each was acknowledged."""
    rest = iter(letters)
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(_carry(session, hub, rest) for _ in range(CARRIERS)))


async def _carry(session: aiohttp.ClientSession, hub: str, rest: Iterator[Letter]) -> None:
    for letter in rest:
        for _ in count():
            if await _status(session, hub, letter) == 200:
                break
            await asyncio.sleep(PAUSE)


async def _status(session: aiohttp.ClientSession, hub: str, letter: Letter) -> int:
    with contextlib.suppress(aiohttp.ClientError):
        sent = session.post(hub + letter.path, data=letter.body, headers=letter.headers)
        async with sent as answer:
            if answer.status == 400:
                raise AssertionError(f"The entrance refused {letter}.")
            return answer.status
    return 0


def _own(headers: Mapping[str, str]) -> dict[str, str]:
    """Without those that belong to the connection."""
    passing = ("host", "content-length", "connection", "accept-encoding")
    return {name: value for name, value in headers.items() if name.lower() not in passing}
