"""Two imitation Odoos and two imitation stores as processes of their own, as in real life."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from qantara.runtime.home import HomeError

PATIENCE = 60
"""Seconds until a stand-in must be ready, or must have ended."""


class StandInFailed(HomeError):
    """A stand-in did not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """An imitation server and how to enter it.

    `signs_with` is what it signs webhooks with, where it makes that secret itself.
    """

    name: str
    connector: str = "odoo"
    url: str = ""
    login: str = ""
    key: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    signs_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays in the demo."""

    factory: StandIn
    buyer: StandIn
    shop: StandIn
    mall: StandIn

    @property
    def everybody(self) -> Sequence[StandIn]:
        """In the order in which they appear."""
        return (self.factory, self.buyer, self.shop, self.mall)


def odoo(name: str, url: str = "") -> StandIn:
    """The Odoo of this company."""
    login = f"hub@{name}.example"
    return StandIn(
        name=name,
        url=url,
        login=login,
        key=f"{name}-key-for-the-demo",
        settings={"database": name, "login": login},
    )


def woocommerce(name: str, url: str = "") -> StandIn:
    """A WooCommerce shop."""
    login = "ck_" + "d" * 40
    return StandIn(
        name=name,
        connector="woocommerce",
        url=url,
        login=login,
        key="cs_" + "d" * 40,
        settings={"login": login},
    )


def shopify(name: str, url: str = "") -> StandIn:
    """A Shopify shop."""
    key = f"shpat_{name}_of_the_demo"
    return StandIn(
        name=name, connector="shopify", url=url, key=key, signs_with=f"shpss_{name}_of_the_demo"
    )


FACTORY, BUYER, SHOP, MALL = odoo("factory"), odoo("buyer"), woocommerce("shop"), shopify("mall")
ODOO = ("odoo", "--pace", "measured")
COMMANDS: Mapping[str, Sequence[str]] = {
    "factory": (*ODOO, "--version", "16", "--demo", "factory", "--database", "factory"),
    "buyer": (*ODOO, "--version", "18", "--demo", "buyer", "--database", "buyer"),
    "shop": ("woocommerce", "--currency", "USD", "--tax", "15", "--control"),
    "mall": ("shopify", "--currency", "USD", "--control"),
}
"""How each is started: the stores sell in the buyer's currency and country."""


def _credentials(role: StandIn) -> Sequence[str]:
    return {
        "odoo": ("--login", role.login, "--key", role.key),
        "woocommerce": ("--key", role.login, "--secret", role.key),
        "shopify": ("--token", role.key, "--secret", role.signs_with),
    }[role.connector]


@asynccontextmanager
async def playing(log: Path, extra: Sequence[str] = ()) -> AsyncIterator[Cast]:
    """All stand-ins, ready; they are stopped in every case. `extra` goes to the factory."""
    _need_what_shopify_needs()
    started: list[Process] = []
    try:
        roles = (FACTORY, BUYER, SHOP, MALL)
        for role in roles:
            more = extra if role is FACTORY else ()
            words = (*COMMANDS[role.name], *_credentials(role), *more)
            started.append(await _start(words, log))
        urls = [await _ready(process, log) for process in started]
        factory, buyer, shop, mall = map(_at, roles, urls)
        yield Cast(factory=factory, buyer=buyer, shop=shop, mall=mall)
    finally:
        await asyncio.gather(*(_stop(process) for process in started))


def _need_what_shopify_needs() -> None:
    if find_spec("graphql") is None:
        raise StandInFailed(
            "The imitation of Shopify needs graphql-core, which is not installed.",
            remedy='Install the demo\'s own part: pip install "qantara[demo]"',
        )


def _at(role: StandIn, url: str) -> StandIn:
    return replace(role, url=url)


async def _start(words: Sequence[str], log: Path) -> Process:
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qantara.cli.demo.companion", *words),
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
