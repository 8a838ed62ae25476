"""A factory and a buyer, each an Odoo, with the supply flow between them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Connection, load
from qantara.engine.asking import Asking
from qantara.engine.audit import Finding, compare
from qantara.engine.ending import run_out
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.engine.own import Own
from qantara.engine.pipeline import Summary
from qantara.flows import load as load_flow
from qantara.storage import dead_letters
from qantara.storage.dead_letters import DeadLetter
from qantara.storage.decisions import OWN
from qantara.storage.store import Store
from tests.flows.witness import Witness

ASKING = Asking(address="https://hub.example.com", keys=[b"the key of the tests" * 2])
"""Whoever has this address reaches the hub of the tests."""


class Silent:
    """Looks on and says nothing."""

    def begin(self, link: Link, expected: int) -> None: ...
    def advance(self, link: Link, items: Sequence[Item]) -> None: ...
    def end(self, link: Link, summary: Summary) -> None: ...


@dataclass(slots=True)
class Bridge:
    """`mark` begins the names of all that a story makes, so that it can be told again there."""

    store: Store
    factory: Connection
    buyer: Connection
    at_factory: Witness
    at_buyer: Witness
    mark: str
    options: dict[str, Any] = field(default_factory=dict)

    async def run(self, *only: str) -> dict[str, Summary]:
        """One pass over the links in their order, as after a restart."""
        async with self.links(*only) as links:
            return {_short(link): await self.run_one(link) for link in links}

    async def run_one(self, link: Link) -> Summary:
        """One pass over this link, as in a process that stays."""
        return await run_out(link, self.store, Silent())

    async def differences(self) -> list[Finding]:
        """What the whole comparison finds."""
        async with self.links() as links:
            return [
                finding
                for link in links
                async for compared in compare(link, self.store)
                for finding in compared.findings
            ]

    async def letters(self) -> list[DeadLetter]:
        """What waits for a person."""
        return await self.store.run(dead_letters.listing)

    async def retry(self) -> None:
        """A person has mended the causes and sends every letter back."""
        ids = [letter.id for letter in await self.letters()]
        await self.store.run(dead_letters.request_retry, ids)

    @asynccontextmanager
    async def links(self, *only: str) -> AsyncIterator[list[Link]]:
        """The links of the flow, in order, with connectors of their own."""
        async with AsyncExitStack() as stack:
            connectors = {
                one.name: await stack.enter_async_context(load("odoo")(one))
                for one in (self.factory, self.buyer)
            }
            connectors[OWN] = Own(self.store, lambda: ASKING)
            recipe = load_flow("supply")
            options = recipe.Options(
                factory=self.factory.name, buyer=self.buyer.name, **self.options
            )
            links = await recipe.links(options, connectors, "supply")
            yield [link for link in links if not only or _short(link) in only]


def connection(name: str, witness: Witness, **more: Any) -> Connection:
    """How the hub enters where the witness is."""
    return Connection(
        name=name,
        connector="odoo",
        url=witness.url,
        settings={"database": witness.database, "login": witness.login, "languages": "en,ar"},
        secrets={"key": witness.secret},
        private=True,
        **more,
    )


def _short(link: Link) -> str:
    return link.name.partition(".")[2]
