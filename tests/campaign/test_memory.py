"""A catalogue of twenty thousand streams through the hub, whose memory stays flat."""

from pathlib import Path

import pytest

from bench.__main__ import FIRST, Onlooker
from bench.catalogue import seed
from bench.servers import stand_ins
from qantara.connectors.base import load
from qantara.connectors.odoo.client import Client
from qantara.engine.pipeline import run
from qantara.flows import load as load_recipe
from qantara.storage.store import Store

PRODUCTS = 20_000
MEGABYTES = 20
"""What the allocator may keep for itself while 36 more pages pass."""


@pytest.mark.campaign
@pytest.mark.timeout(900)
async def test_twenty_thousand_products_stream_with_flat_memory(tmp_path: Path) -> None:
    async with stand_ins(pace="none") as pair:
        client = Client(pair.factory)
        await seed(client, "FLAT", PRODUCTS)
        await client.close()
        odoo = load("odoo")
        with Store.open(f"sqlite:///{tmp_path / 'journal.sqlite3'}") as store:
            async with odoo(pair.factory) as factory, odoo(pair.buyer) as buyer:
                recipe = load_recipe("supply")
                options = recipe.Options(factory="factory", buyer="buyer")
                connectors = {"factory": factory, "buyer": buyer}
                links = {
                    link.name.partition(".")[2]: link
                    for link in await recipe.links(options, connectors, "supply")
                }
                for name in FIRST[:-1]:
                    await run(links[name], store, Onlooker())
                onlooker = Onlooker()
                summary = await run(links["product"], store, onlooker)

    pages = onlooker.pages
    assert summary.results == {"written": PRODUCTS}
    assert len(pages) >= PRODUCTS / 500
    assert max(pages[-4:]) - max(pages[:4]) < MEGABYTES
