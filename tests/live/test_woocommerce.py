"""A real WooCommerce takes and gives what the stand-in does: catalogue, stock, orders, webhooks."""

import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qantara.connectors.base import Connection, Written
from qantara.connectors.woocommerce.client import Batch, Row
from qantara.connectors.woocommerce.connector import WooCommerce
from qantara.connectors.woocommerce.webhooks import topics
from qantara.model import Category, Image, Money, Ref, Sent, Shipment, StockLevel, Text, Variant
from qantara.transport import NotFound, Rejected, RetryLater
from tests.connectors.woocommerce.entering import intent, made, outcome, read
from tests.connectors.woocommerce.pictures import PICTURES, Pictures
from tests.connectors.woocommerce.test_products import _choices, shirt, suit

NAMES = ("URL", "KEY", "SECRET")
ABSENT = "No real WooCommerce is named (QANTARA_LIVE_WOO_URL, _KEY, _SECRET): it was not tried."
NOWHERE = "http://127.0.0.1:9/hooks/live"

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


@pytest.fixture
def mark() -> str:
    """What tells the records of this run from others."""
    return f"L{secrets.token_hex(3).upper()}"


@pytest.fixture
async def store(mark: str) -> AsyncIterator[WooCommerce]:
    """A connector to the store; what the run has made there is deleted after it."""
    url, key, secret = (os.environ.get(f"QANTARA_LIVE_WOO_{name}", "") for name in NAMES)
    if not (url and key and secret):
        pytest.skip(ABSENT)
    entered = Connection(
        name=mark,
        connector="woocommerce",
        url=url,
        settings={"login": key, "compare_minutes": "0"},
        secrets={"key": secret, "webhook": "bell"},
        private=True,
    )
    async with WooCommerce(entered) as connector:
        yield connector
        await _tidy(connector, mark)


async def test_it_can_be_used_and_everything_in_it_be_expressed(store: WooCommerce):
    report = await store.check(store.manifest.reads, store.manifest.writes)
    assert report.usable
    assert report.facts["version"] != "unknown"
    for entity in sorted(store.manifest.reads):
        came = [c async for page in store.changes(entity, "") for c in page.changes]
        assert {c.external_id for c in came} <= await store.ids(entity)
        for change in came[:50]:
            assert store.to_canonical(change)


async def test_sixty_variants_go_there_and_back_and_again(store: WooCommerce, mark: str):
    record = suit()
    variants = tuple(replace(one, sku=f"{mark}-{one.sku}") for one in record.variants)
    currency = (await store.check([], [])).facts["currency"]
    prices = tuple(
        replace(one, price=Money.of(one.price.amount, currency)) for one in record.prices
    )
    record = replace(record, name=Text(f"بدلة {mark}"), variants=variants, prices=prices)

    done = await outcome(store, "product", intent(record, key=mark))
    assert isinstance(done, Written)
    again = await outcome(store, "product", intent(record, key=mark))
    back = await read(store, "product", done.external_id)
    found = await store.lookup("product", [mark, "never"])

    assert again == done
    assert (back.name, back.variants, back.prices) == (record.name, variants, prices)
    assert _choices(back) == _choices(record)
    assert found == {mark: done.external_id}


async def test_every_text_comes_back_as_it_was(store: WooCommerce, mark: str):
    top = Category(name=Text(f"{mark} كراسي & more"), path="")
    above = await made(store, "category", intent(top))
    assert await made(store, "category", intent(top)) == above
    under = Category(name=Text("Oak"), path="", parent=Ref("category", above))
    below = await made(store, "category", intent(under))
    currency = (await store.check([], [])).facts["currency"]
    record = shirt(
        name=Text(f"قميص & Co {mark}"),
        variants=(Variant(sku=f"{mark}-1", weight=Decimal("0.125")),),
        price=Money.of("12.35", currency),
        html=Text("<h2>كرسي</h2>\n<p>Made of <b>oak</b> &amp; steel</p>"),
        description=Text("A shirt\nto wear"),
        categories=(Ref("category", below),),
        tags=(f"{mark} & tag",),
        digital=True,
    )
    one = await made(store, "product", intent(record, key=mark))
    back = await read(store, "product", one)

    for name in ("name", "variants", "price", "html", "description", "categories", "tags"):
        assert getattr(back, name) == getattr(record, name), name
    assert back.digital
    assert (await read(store, "category", below)).path == f"{mark} كراسي & more / Oak"
    shifted = replace(record, active=False)
    await outcome(store, "product", intent(shifted, "active", one=one))
    assert not (await read(store, "product", one)).active
    assert await store.find("product", [f"sku:{mark}-1"]) == {f"sku:{mark}-1": [one]}


async def test_a_picture_is_fetched_once(store: WooCommerce, mark: str):
    """The store must be allowed to fetch from this machine; where it is not, no product is lost."""
    first, second = (Image(sha1=one) for one in PICTURES)
    with Pictures() as pictures:
        addresses = {one: pictures.base.replace("{sha1}", one) for one in PICTURES}
        record = replace(await _shirt(store, mark), image=first, extra={"images": addresses})
        one = await made(store, "product", intent(record, key=mark))
        before = await read(store, "product", one)
        more = replace(record, image=second, gallery=(first,))
        await made(store, "product", intent(more, "image", "gallery", one=one))
        back = await read(store, "product", one)
    row = await store.client.get(f"/products/{one}", {"_fields": "images"})

    assert before.image in {None, first}
    if before.image:
        assert (back.image, back.gallery) == (second, (first,))
        assert len(row["images"]) == 2


async def test_the_trash_keeps_its_sku_and_says_so(store: WooCommerce, mark: str):
    record = await _shirt(store, mark)
    one = await made(store, "product", intent(record, key=mark))
    await store.client.send("DELETE", f"/products/{one}", None)
    refused = await outcome(store, "product", intent(record, key="other"))
    gone = await outcome(store, "product", intent(record, one=one))
    await store.client.batch("/products", Batch(delete=[int(one)]))

    assert isinstance(refused, Rejected)
    assert "trash" in refused.reason
    assert isinstance(gone, NotFound)


async def test_an_order_from_stock_to_refund(store: WooCommerce, mark: str):
    record = await _shirt(store, mark)
    one = await made(store, "product", intent(record, key=mark))
    level = StockLevel(
        product=Ref("variant", one),
        warehouse=Ref("warehouse", "store"),
        free=Decimal(10),
    )
    assert isinstance(await outcome(store, "stock_level", intent(level)), Written)
    order = await _order(store, int(one), mark)
    late = await outcome(store, "stock_level", intent(replace(level, seen=Decimal(10))))
    assert isinstance(late, RetryLater)
    assert (await read(store, "stock_level", f"{one}@store")).free == 8

    told = await read(store, "store_order", order["id"])
    lines = sum((line.net for line in told.lines), told.tax)
    assert told.total == Decimal(order["total"]) == lines
    assert told.tax == Decimal(order["total_tax"])
    assert (told.state, told.paid) == ("processing", "yes")
    assert [line.kind for line in told.lines] == ["item", "shipping", "tip"]
    guest = await read(store, "partner", f"guest:{mark.lower()}@example.com")
    assert guest.name == "منى حداد"

    refund = await _refund(store, order)
    back = await read(store, "refund", f"{order['id']}/{refund['id']}")
    assert back.total == Decimal(refund["amount"])
    assert (back.lines[0].line, back.lines[0].quantity) == (told.lines[0].id, 1)

    sent = Sent(product=Ref("variant", one), quantity=Decimal(2), line=told.lines[0].id)
    await _ships(store, order["id"], sent, mark)


async def test_webhooks_are_made_and_woken(store: WooCommerce, mark: str):
    assert list(await store.subscribe(["product"], NOWHERE)) == []
    mine = [row for row in await store.client.every("/webhooks") if mark in row["name"]]
    assert {row["topic"] for row in mine} == set(topics(["product"]))
    asleep = {"id": mine[0]["id"], "status": "disabled"}
    await store.client.batch("/webhooks", Batch(update=[asleep]))
    (finding,) = await store.subscribe(["product"], NOWHERE)
    assert mine[0]["topic"] in finding.what
    assert list(await store.subscribe(["product"], NOWHERE)) == []


async def _ships(store: WooCommerce, order: int, sent: Sent, mark: str) -> None:
    """Twice the same: told once, and the order is completed."""
    parcel = Shipment(
        order=Ref("store_order", str(order)),
        number=f"OUT/{mark}",
        lines=(sent,),
        carrier="أرامكس",
        tracking=("AR-1",),
    )
    for _ in range(2):
        done = await made(store, "shipment", intent(parcel, key=mark))
    assert await read(store, "shipment", done) == parcel
    assert await store.lookup("shipment", [mark]) == {mark: done}
    row = await store.client.get(f"/orders/{order}")
    notes = await store.client.get(f"/orders/{order}/notes", {"type": "customer"})
    assert row["status"] == "completed"
    assert ["AR-1" in note["note"] for note in notes] == [True]


async def _shirt(store: WooCommerce, mark: str) -> Any:
    currency = (await store.check([], [])).facts["currency"]
    price = Money.of("19.99", currency)
    return shirt(name=Text(f"Shirt {mark}"), variants=(Variant(sku=f"{mark}-1"),), price=price)


async def _order(store: WooCommerce, product: int, mark: str) -> Row:
    """As a customer of this store makes one: paid, with shipping and a tip."""
    billing = {
        "first_name": "منى",
        "last_name": "حداد",
        "email": f"{mark}@example.com",
        "country": "SA",
        "city": "Riyadh",
        "postcode": "11564",
    }
    body = {
        "set_paid": True,
        "payment_method": "bacs",
        "billing": billing,
        "shipping": {"country": "SA", "city": "Riyadh"},
        "line_items": [{"product_id": product, "quantity": 2}],
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "Flat", "total": "7.35"}],
        "fee_lines": [{"name": "Tip", "total": "3.33", "tax_status": "none"}],
    }
    made: Row = await store.client.send("POST", "/orders", body)
    return made


async def _refund(store: WooCommerce, order: Row) -> Row:
    line = order["line_items"][0]
    taxes = [
        {"id": tax["id"], "refund_total": f"{Decimal(tax['total']) / 2:.2f}"}
        for tax in line["taxes"]
    ]
    net = f"{Decimal(line['total']) / 2:.2f}"
    gross = Decimal(net) + sum((Decimal(tax["refund_total"]) for tax in taxes), Decimal(0))
    given = {"id": line["id"], "quantity": 1, "refund_total": net, "refund_tax": taxes}
    body = {"api_refund": False, "amount": f"{gross}", "line_items": [given]}
    made: Row = await store.client.send("POST", f"/orders/{order['id']}/refunds", body)
    return made


async def _tidy(store: WooCommerce, mark: str) -> None:
    for path, params in (
        ("/products", {"search": mark, "status": "any"}),
        ("/orders", {"search": f"{mark}@example.com", "status": "any"}),
        ("/products/categories", {"search": mark}),
        ("/products/tags", {"search": mark}),
        ("/webhooks", {"search": mark}),
    ):
        rows = (await store.client.listing(path, params)).rows
        gone = [row["id"] for row in rows]
        await store.client.batch(path, Batch(delete=gone))
