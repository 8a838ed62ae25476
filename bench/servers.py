"""Where the bench measures: stand-ins as processes of their own, or real servers from the environment."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from qantara.connectors.base import Connection
from qantara.sandbox.woocommerce.settings import KEY as STORE_KEY
from qantara.sandbox.woocommerce.settings import SECRET as STORE_SECRET

LOGIN, KEY = "hub@example.com", "hub-key"

OVERLAP = "5"
"""Seconds that each poll lists again; a catalogue loaded a minute ago is not of interest here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A factory, a buyer, and what they are, in words."""

    title: str
    factory: Connection
    buyer: Connection


@asynccontextmanager
async def stand_ins(*, pace: str) -> AsyncIterator[Pair]:
    """A factory on 16 and a buyer on 18; `pace` is "measured" (as real servers answer) or "none"."""
    async with AsyncExitStack() as stack:
        factory = await stack.enter_async_context(stand_in(16, "factory", pace))
        buyer = await stack.enter_async_context(stand_in(18, "buyer", pace))
        title = "stand-ins at the pace measured on real Odoo" if pace == "measured" else "stand-ins"
        yield Pair(title=title, factory=factory, buyer=buyer)


def live() -> Pair:
    """The real Odoo 16 and 18 that QANTARA_LIVE_ODOO16_URL, _DB, _LOGIN, _KEY and so on name."""
    return Pair(title="real Odoo 16 and 18", factory=_named("16"), buyer=_named("18"))


def _named(version: str) -> Connection:
    told = {part: os.environ[f"QANTARA_LIVE_ODOO{version}_{part}"] for part in _PARTS}
    return Connection(
        name="factory" if version == "16" else "buyer",
        connector="odoo",
        url=told["URL"],
        settings={"database": told["DB"], "login": told["LOGIN"], "overlap": OVERLAP},
        secrets={"key": told["KEY"]},
        private=True,
    )


_PARTS = ("URL", "DB", "LOGIN", "KEY")


@asynccontextmanager
async def stand_in(version: int, database: str, pace: str) -> AsyncIterator[Connection]:
    """One Odoo; the connection is called as its database."""
    currency = "USD" if database == "buyer" else "SAR"
    command = ["odoo", "--version", str(version), "--database", database, "--currency", currency]
    command += ["--demo", "buyer"] if database == "buyer" else []
    async with _process(*command, *_paced(pace)) as address:
        yield Connection(
            name=database,
            connector="odoo",
            url=address,
            settings={"database": database, "login": LOGIN, "overlap": OVERLAP},
            secrets={"key": KEY},
            private=True,
        )


@asynccontextmanager
async def store(pace: str) -> AsyncIterator[Connection]:
    """An empty WooCommerce."""
    async with _process("woocommerce", *_paced(pace)) as address:
        yield woocommerce(address, STORE_KEY, STORE_SECRET)


def woocommerce(address: str, key: str, secret: str) -> Connection:
    """The connection `store`."""
    return Connection(
        name="store",
        connector="woocommerce",
        url=address,
        settings={"login": key},
        secrets={"key": secret},
        private=True,
    )


def _paced(pace: str) -> list[str]:
    return ["--pace", pace] if pace == "measured" else []


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "qantara.sandbox", *command, "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield await _address(process)
    finally:
        process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise RuntimeError("The stand-in has no output.")
    async for line in process.stdout:
        words = line.decode().split()
        if words[:1] == ["ready"]:
            return words[1]
    raise RuntimeError("The stand-in ended before it was ready.")
