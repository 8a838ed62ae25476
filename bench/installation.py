"""A home with both stand-ins connected, and the commands of the program run in it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

from bench.servers import Pair
from qantara.cli.init import make
from qantara.connectors.base import Connection
from qantara.runtime.home import Home
from qantara.storage import connections
from qantara.storage.store import Store
from qantara.storage.vault import Vault

FLOW = """
[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
every = "off"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`token` is what the factory's webhooks enter with."""

    home: Home
    database: str
    token: str

    async def once(self, *words: str) -> None:
        """Run a command to its end; its output is of interest only when it fails."""
        process = await self._start(words, asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"qantara {' '.join(words)}: {said.decode()}")

    @asynccontextmanager
    async def going(self, commands: Sequence[Sequence[str]]) -> AsyncIterator[None]:
        """Commands that go on until they are told to stop."""
        async with AsyncExitStack() as stack:
            for words in commands:
                process = await self._start(words, asyncio.subprocess.DEVNULL)
                stack.push_async_callback(_stop, process)
            yield

    def open(self) -> Store:
        """The journal."""
        return Store.open(self.database)

    async def _start(self, words: Sequence[str], output: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qantara.cli", "--home", str(self.home.path), *words),
            stdout=output,
            stderr=asyncio.subprocess.STDOUT if output == asyncio.subprocess.PIPE else None,
            env={**os.environ, "QANTARA_DATABASE_URL": self.database},
        )


def install(folder: Path, pair: Pair, database: str, flow: str = FLOW) -> Installation:
    """Make the home, connect both, give the factory a token for its webhooks."""
    os.environ["QANTARA_DATABASE_URL"] = database
    home = make(folder)
    home.configuration.write_text(flow, "utf-8")
    token = token_urlsafe()
    _connect(home, database, (pair.factory, pair.buyer), {pair.factory.name: token})
    return Installation(home=home, database=database, token=token)


def furnish(
    folder: Path, flow: str, connections_: Sequence[Connection], token: str
) -> Installation:
    """A home with its journal inside; the last of the connections rings with this token."""
    home = make(folder)
    home.configuration.write_text(flow, "utf-8")
    database = home.database_url()
    _connect(home, database, connections_, {connections_[-1].name: token})
    return Installation(home=home, database=database, token=token)


def _connect(
    home: Home, database: str, every: Sequence[Connection], tokens: Mapping[str, str]
) -> None:
    vault = Vault.open(home.path)
    with Store.open(database) as store:
        for one in every:
            store.run_here(connections.save, _account(one))
            store.run_here(vault.put, one.name, "key", one.secrets["key"])
        for name, token in tokens.items():
            store.run_here(vault.renew_webhook, name, token, timedelta())


def _account(one: Connection) -> connections.Account:
    return connections.Account(
        name=one.name,
        connector=one.connector,
        url=one.url,
        settings=one.settings,
        private=True,
        concurrency=4,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await process.wait()
