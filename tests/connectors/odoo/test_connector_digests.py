"""What ranges of ids amount to: the same while nothing happens, another when something does."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from qantara.connectors.odoo import summing
from qantara.model import Category, Money, Product, Text, Unit, Variant
from qantara.transport import Unsupported
from qantara.transport.http import HttpClient
from tests.connectors.odoo.places import VERSIONS, connector, create, ids, send, standing, update

OPEN = ("", "")
PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Seconds are over at once, but where a test says otherwise."""
    monkeypatch.setattr(summing, "SETTLED", -3600.0)


def chair(number: int) -> Product:
    return Product(
        name=Text(f"Chair {number}"),
        price=Money(Decimal(10), "SAR"),
        kind="goods",
        unit=PIECE,
        variants=(Variant(sku=f"C-{number}"),),
    )


def category(name: str) -> Category:
    return Category(name=Text(name), path=name)


async def seconds_pass() -> None:
    """Odoo tells seconds only."""
    await asyncio.sleep(1.05)


async def made(hub, entity: str, records) -> list[int]:
    found = ids(await send(hub, entity, [create(f"k{n}", one) for n, one in enumerate(records)]))
    return sorted(int(one) for one in found)


async def test_a_change_shows_in_the_range_that_holds_it_and_in_the_whole(odoo):
    async with connector(odoo) as hub:
        numbers = await made(hub, "category", [category(f"C{n}") for n in range(6)])
        middle = str(numbers[3])
        bounds = [OPEN, ("", middle), (middle, "")]
        before = await hub.digests("category", bounds)
        again = await hub.digests("category", bounds)
        await seconds_pass()

        await send(hub, "category", [update("k5", category("X"), str(numbers[5]), "name")])
        after = await hub.digests("category", bounds)

    assert before == again
    assert [one.digest == other.digest for one, other in zip(before, after, strict=True)] == [
        False,
        True,
        False,
    ]
    assert before[0].count == before[1].count + before[2].count


async def test_a_deletion_and_a_new_record_show(odoo):
    async with connector(odoo) as hub:
        numbers = await made(hub, "category", [category(f"C{n}") for n in range(4)])
        bounds = [OPEN, (str(numbers[0]), str(numbers[2])), (str(numbers[2]), "")]
        before = await hub.digests("category", bounds)
        await hub.client.call("product.category", "unlink", [numbers[1]])
        without = await hub.digests("category", bounds)
        await send(hub, "category", [create("k9", category("New"))])
        more = await hub.digests("category", bounds)

    assert [one.count for one in without] == [before[0].count - 1, 1, 2]
    assert [one.count for one in more] == [before[0].count, 1, 3]
    assert without[2] == before[2] != more[2]


async def test_a_variant_counts_with_its_product(odoo):
    async with connector(odoo) as hub:
        first, second = await made(hub, "product", [chair(1), chair(2)])
        bounds = [OPEN, ("", str(second)), (str(second), "")]
        before = await hub.digests("product", bounds)
        await seconds_pass()
        (variant,) = await hub.client.search("product.product", [("product_tmpl_id", "=", first)])
        await hub.client.write("product.product", [variant], {"standard_price": 7})
        after = await hub.digests("product", bounds)

    assert before[0].digest != after[0].digest
    assert before[1].digest != after[1].digest
    assert before[2] == after[2]
    assert before[2].count == 1


async def test_a_level_counts_with_its_variant_whole(odoo):
    async with connector(odoo) as hub:
        await made(hub, "product", [chair(1), chair(2)])
        first, second = await hub.client.search("product.product", [("default_code", "like", "C-")])
        (place,) = await hub.client.search("stock.location", [("usage", "=", "internal")], limit=1)
        bounds = [("", f"{first}@9"), (f"{first}@9", f"{second}@1"), (f"{second}@2", "")]
        before = await hub.digests("stock_level", bounds)
        values = {"product_id": first, "location_id": place, "inventory_quantity": 5}
        context = {"inventory_mode": True}
        (quant,) = await hub.client.create("stock.quant", [values], context=context)
        await hub.client.call("stock.quant", "action_apply_inventory", [quant])
        after = await hub.digests("stock_level", bounds)

    changed = [one.digest != other.digest for one, other in zip(before, after, strict=True)]
    assert changed == [True, True, False]


async def test_what_was_written_just_now_has_a_digest_that_never_comes_again(odoo, monkeypatch):
    monkeypatch.setattr(summing, "SETTLED", 3600.0)
    async with connector(odoo) as hub:
        (one,) = await made(hub, "category", [category("C")])
        bounds = [OPEN, (str(one), "")]

        first, second = await hub.digests("category", bounds), await hub.digests("category", bounds)

    assert [one.digest == other.digest for one, other in zip(first, second, strict=True)] == [
        False,
        False,
    ]


async def test_many_ranges_take_one_call_for_each_stream(odoo, monkeypatch):
    sent, honest = [], HttpClient.request

    async def counted(self, request):
        sent.append(request)
        return await honest(self, request)

    async with connector(odoo) as hub:
        numbers = await made(hub, "category", [category(f"C{n}") for n in range(40)])
        await hub.digests("category", [OPEN])
        edges = ["", *map(str, numbers), ""]
        monkeypatch.setattr(HttpClient, "request", counted)

        found = await hub.digests("category", list(pairwise(edges)))

    assert len(sent) == 1
    assert [one.count for one in found][1:] == [1] * 40


async def test_ranges_far_apart_are_asked_together(odoo, monkeypatch):
    monkeypatch.setattr(summing, "STRETCHES", 3)
    async with connector(odoo) as hub:
        numbers = await made(hub, "category", [category(f"C{n}") for n in range(20)])
        every_other = [(str(one), str(one + 1)) for one in numbers[::2]]

        together = await hub.digests("category", every_other)
        alone = [(await hub.digests("category", [bound]))[0] for bound in every_other]

    assert together == alone
    assert [one.count for one in together] == [1] * 10


async def test_archived_products_count_too(odoo):
    async with connector(odoo) as hub:
        (one,) = await made(hub, "product", [chair(1)])
        await send(
            hub, "product", [update("k0", replace(chair(1), active=False), str(one), "active")]
        )

        (found,) = await hub.digests("product", [(str(one), str(one + 1))])

    assert found.count == 1


async def test_nothing_is_a_digest_too(odoo):
    async with connector(odoo) as hub:
        first, second = await hub.digests("partner", [("999998", "999999"), ("999997", "999998")])

    assert first.count == second.count == 0
    assert first == second


@pytest.mark.parametrize("entity", ["warehouse", "message"])
async def test_what_has_other_records_than_its_ids_tell_is_not_summed_up(odoo, entity):
    async with connector(odoo) as hub:
        with pytest.raises(Unsupported):
            await hub.digests(entity, [OPEN])
