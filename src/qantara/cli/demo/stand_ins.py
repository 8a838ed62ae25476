"""Two imitation Odoos as processes of their own, as two companies would have them."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qantara.runtime.home import HomeError

PATIENCE = 60
"""Seconds until a stand-in must be ready, or must have ended."""


class StandInFailed(HomeError):
    """A stand-in did not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """An imitation server and how to enter it."""

    name: str
    version: int
    url: str
    login: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays in the demo."""

    factory: StandIn
    buyer: StandIn


@asynccontextmanager
async def playing(log: Path, extra: Sequence[str] = ()) -> AsyncIterator[Cast]:
    """Both stand-ins, ready; they are stopped in every case. `extra` goes to the factory."""
    roles = {"factory": (16, extra), "buyer": (18, ())}
    started: list[Process] = []
    try:
        for name, (version, more) in roles.items():
            started.append(await _start(name, version, more, log))
        urls = [await _ready(process, log) for process in started]
        factory, buyer = (
            StandIn(name=name, version=version, url=url, login=_login(name), key=_key(name))
            for (name, (version, _)), url in zip(roles.items(), urls, strict=True)
        )
        yield Cast(factory=factory, buyer=buyer)
    finally:
        await asyncio.gather(*(_stop(process) for process in started))


def _login(name: str) -> str:
    return f"hub@{name}.example"


def _key(name: str) -> str:
    return f"{name}-key-for-the-demo"


async def _start(name: str, version: int, extra: Sequence[str], log: Path) -> Process:
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qantara.cli.demo.companion", "odoo"),
            *("--version", str(version), "--database", name, "--demo", name),
            *("--login", _login(name), "--key", _key(name), "--pace", "measured", *extra),
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the hub, which still has a page to finish
        )


async def _ready(process: Process, log: Path) -> str:
    assert process.stdout  # noqa: S101 - it was asked for
    async with asyncio.timeout(PATIENCE):
        line = await process.stdout.readline()
    word, _, url = line.decode().strip().partition(" ")
    if word != "ready":
        raise StandInFailed(f"A stand-in did not start; it said: {_last_line(log)}")
    return url


def _last_line(log: Path) -> str:
    return (log.read_text("utf-8", "replace").strip().splitlines() or ["nothing"])[-1]


async def _stop(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except (TimeoutError, asyncio.CancelledError):
        with suppress(ProcessLookupError):
            process.kill()
        raise
