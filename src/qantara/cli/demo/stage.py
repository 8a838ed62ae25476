"""The stage: a home in which all stand-ins are connected, and somebody at work in each of them."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from qantara.cli.connect import Wish, store
from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.shops import Shop, ShopifyShop, WooShop
from qantara.cli.demo.stand_ins import Cast, StandIn
from qantara.cli.desk import Desk
from qantara.cli.init import make
from qantara.cli.run import Onlooker, Ran, once
from qantara.cli.sync import Place
from qantara.cli.watching import watching
from qantara.engine.link import Link
from qantara.runtime.hub import Hub, connector_class
from qantara.web.server import listen

HOST = "127.0.0.1"

TOLD = ("company", "languages", "currency", "prices")
"""Facts of a connection that are worth a word."""

FLOWS = """\
[hub]
address = "http://{host}:{port}"

[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
every = "3s"
"""

STORE = """
[[flows]]
recipe = "commerce"
name = "{name}"
odoo = "buyer"
store = "{name}"
every = "5s"
warehouse = "WH"
raise_after = 1
journals = {{ "*" = "BNK1" }}
products = {{ shipping = "SHIPPING", adjustment = "ROUNDING" }}
residue = "ROUNDING"

[flows.links.product]
exclude = ["image", "gallery"]

[flows.links.stock]
every = "2s"

[flows.links.shipment]
every = "2s"
"""


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the story is played with, and what did not go as it should."""

    desk: Desk
    hub: Hub
    place: Place
    links: Sequence[Link]
    factory: Keyboard
    buyer: Keyboard
    shops: Sequence[Shop]
    disagreements: list[str] = field(default_factory=list)

    def links_of(self, *flows: str) -> list[Link]:
        """Those of these flows, in their order."""
        return [link for link in self.links if link.name.partition(".")[0] in flows]

    def chapter(self, title: str) -> None:
        """A heading; beside the result when that is JSON."""
        self.say("")
        self.say(title, "bold")

    def say(self, sentence: str, style: str = "") -> None:
        """One sentence of the story."""
        (self.desk.tell if self.desk.as_json else self.desk.say)(sentence, style)

    def expect(self, truth: object, otherwise: str) -> None:
        """Note what does not agree."""
        if not truth:
            self.disagreements.append(otherwise)
            self.say(otherwise, "bold red")

    def rows(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table of the story."""
        if not self.desk.as_json:
            self.desk.rows(self.desk.table(*columns), rows)

    async def carry(self) -> list[Ran]:
        """Run the links between factory and buyer once, in order."""
        with watching(self.desk) as watch:
            onlooker = Onlooker(desk=self.desk, watch=watch)
            ran = await once(onlooker, self.links_of("supply"), self.hub.store)
        self.expect_all_carried(ran)
        return ran

    def expect_all_carried(self, ran: Sequence[Ran]) -> None:
        """Note what was not carried."""
        for one in ran:
            self.expect(not one.error, f"{one.link}: {one.error}")
            self.expect(not one.results["parked"], f"{one.link} put records aside.")


@asynccontextmanager
async def staged(desk: Desk, home: Path, cast: Cast) -> AsyncIterator[Stage]:
    """Everybody is connected, and the hub is open."""
    inner = Desk(home)
    inner.as_json = desk.as_json
    place = Place(HOST, _free_port(), trust_proxy=False)
    stores = (cast.shop, cast.mall)
    written = [FLOWS.format(host=HOST, port=place.port)]
    written += [STORE.format(name=one.name) for one in stores]
    make(home).configuration.write_text("".join(written), encoding="utf-8")
    for each in cast.everybody:
        await _connect(inner, each)
    async with (
        inner.hub(writing=True) as hub,
        Keyboard(cast.factory) as factory,
        Keyboard(cast.buyer) as buyer,
        WooShop(cast.shop) as shop,
        ShopifyShop(cast.mall) as mall,
    ):
        for each in stores:
            await _agree_on_a_secret(hub, each)
        yield Stage(
            desk=inner,
            hub=hub,
            place=place,
            links=await hub.links(),
            factory=factory,
            buyer=buyer,
            shops=(shop, mall),
        )


def _free_port() -> int:
    """One at which the stores can ring soon."""
    with closing(listen(HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def _connect(desk: Desk, server: StandIn) -> None:
    wish = Wish(
        name=server.name,
        connector=server.connector,
        url=server.url,
        settings=dict(server.settings),
        private=True,
        secrets={"key": server.key},
    )
    _, report = await store(desk, wish)
    facts = report.facts if report else {}
    title = connector_class(server.connector).manifest.title
    more = ", ".join(facts[name] for name in TOLD if facts.get(name))
    told = f"{server.name}: {title} {facts.get('version', '')} at {server.url}, {more}"
    (desk.tell if desk.as_json else desk.say)(told)


async def _agree_on_a_secret(hub: Hub, server: StandIn) -> None:
    """What the store signs its webhooks with; as `qantara webhooks rotate` does."""
    secret = server.signs_with or secrets.token_urlsafe(32)
    await hub.store.run(hub.vault.renew_webhook, server.name, secret, timedelta())
