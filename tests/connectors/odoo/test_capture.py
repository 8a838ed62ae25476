"""Capture: an Odoo that was prepared tells of every change, once and by itself."""

import asyncio
import json
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from qantara.connectors.base import Delivery
from qantara.connectors.odoo.actions import OUTBOX
from qantara.connectors.odoo.connector import Odoo
from qantara.connectors.odoo.polling import Poll, Stream
from qantara.transport import Rejected, Unsupported
from tests.connectors.odoo.places import EACH_VERSION
from tests.connectors.odoo.prepared import hub, prepared, preparing, standing, taken


@pytest.fixture(params=EACH_VERSION)
def odoo(request):
    with standing(request.param) as stand:
        yield stand


async def test_what_is_created_changed_and_deleted_is_told_once(odoo):
    async with prepared(odoo) as connector:
        one = odoo.create("res.partner", {"name": "Noor"})
        assert await taken(connector) == [("partner", str(one))]
        odoo.write("res.partner", one, {"phone": "1"})
        odoo.write("res.partner", one, {"phone": "2"})
        assert await taken(connector) == [("partner", str(one))]
        odoo.unlink("res.partner", one)
        assert await taken(connector) == [("partner", str(one))]
        assert await taken(connector) == []


async def test_a_deleted_record_is_told_and_reading_it_finds_nothing(odoo):
    one = odoo.create("res.partner", {"name": "Noor"})
    async with prepared(odoo) as connector:
        odoo.unlink("res.partner", one)
        [event] = await connector.pull(10)

        assert (event.entity, event.external_id) == ("partner", str(one))
        assert await connector.read(event.entity, [event.external_id]) == []


async def test_a_line_is_news_of_its_order_and_a_quant_of_a_level(odoo):
    partner = odoo.create("res.partner", {"name": "Noor"})
    storable = {"is_storable": True} if odoo.version >= 18 else {"detailed_type": "product"}
    product = odoo.create("product.product", {"name": "Lamp", **storable})
    order = odoo.create(
        "sale.order", {"partner_id": partner, "order_line": [(0, 0, {"product_id": product})]}
    )
    (line,) = (row["id"] for row in odoo.rows("sale.order.line"))
    place = next(row["id"] for row in odoo.rows("stock.location") if row["usage"] == "internal")
    async with prepared(odoo) as connector:
        odoo.write("sale.order.line", line, {"product_uom_qty": 3})
        told = await taken(connector)
        assert ("sale_order", str(order)) in told

        odoo.create(
            "stock.quant",
            {"product_id": product, "location_id": place, "inventory_quantity": 4},
            inventory_mode=True,
        )
        assert set(await taken(connector)) == {
            ("stock_level", f"{product}@1"),
            ("offer", str(product)),
            ("replenishment", str(product)),
        }


async def test_the_state_of_an_order_is_told_as_it_is_now(odoo):
    partner = odoo.create("res.partner", {"name": "Noor"})
    order = odoo.create("sale.order", {"partner_id": partner})
    async with prepared(odoo, ["order_state"]) as connector:
        odoo.call("sale.order", "action_confirm", [order])

        assert ("order_state", f"{order}:confirmed") in await taken(connector)


async def test_what_was_rolled_back_is_never_told(odoo):
    async with prepared(odoo) as connector:
        with pytest.raises(Exception, match="nobody knows"):
            odoo.call("res.partner", "create", [{"name": "Noor"}, {"nobody knows": 1}])

        assert odoo.database.outside.bus.rings == []
        assert await taken(connector) == []


async def test_our_own_people_are_not_told(odoo):
    async with prepared(odoo) as connector:
        [own] = [row for row in odoo.rows("res.users") if row["login"] == "hub@example.com"]
        odoo.write("res.partner", own["partner_id"], {"phone": "1"})

        assert await taken(connector) == []


async def test_one_save_is_one_row_however_many_fields_it_computes(odoo):
    async with prepared(odoo, ["product"]) as connector:
        odoo.create("product.template", {"name": "Lamp", "default_code": "L-1"})
        told = await connector.pull(100)
        [event] = [one for one in told if one.entity == "product"]

        assert len(event.receipt.split(",")) <= 2, "the template and its variant"


async def test_events_come_again_until_they_are_forgotten_and_then_no_more(odoo):
    async with prepared(odoo) as connector:
        odoo.create("res.partner", {"name": "Noor"})
        first, again = await connector.pull(10), await connector.pull(10)
        await connector.forget(first)
        await connector.forget(again)

        assert first == again
        assert await connector.pull(10) == []


async def test_a_row_that_appears_late_makes_another_event_and_no_repeat(odoo):
    """Numbers are given when a row is written, not when it is committed."""
    one = odoo.create("res.partner", {"name": "Noor"})
    async with prepared(odoo) as connector:
        for phone in "12":
            odoo.write("res.partner", one, {"phone": phone})
        rows = [row for row in odoo.rows(OUTBOX) if row["x_operation"] != "setup"]
        late = rows[0]["id"]
        with odoo.lock:
            held = odoo.database.store.table(OUTBOX).rows.pop(late)
        [early] = await connector.pull(10)
        with odoo.lock:
            odoo.database.store.table(OUTBOX).rows = {
                late: held,
                **odoo.database.store.table(OUTBOX).rows,
            }
        [both] = await connector.pull(10)

        assert early.external_id == both.external_id
        assert early.event_key != both.event_key


async def test_an_outbox_made_anew_repeats_no_key(odoo):
    keys = set()
    for second in range(2):
        async with prepared(odoo) as connector:
            odoo.create("res.partner", {"name": f"Noor {second}"})
            keys |= {event.event_key for event in await connector.pull(10)}
            async with preparing(connector, odoo) as preparation:
                await preparation.remove()

    assert len(keys) == 2


async def test_only_so_many_rows_are_taken_the_oldest_first(odoo):
    async with prepared(odoo) as connector:
        made = odoo.call("res.partner", "create", [{"name": f"P{n}"} for n in range(7)])

        assert [one for _, one in await taken(connector, 3)] == [str(one) for one in made[:3]]
        assert len(await taken(connector, 100)) == 4


async def test_without_an_outbox_there_is_nothing_to_pull_or_hear(odoo):
    async with hub(odoo) as connector:
        with pytest.raises(Unsupported, match="no outbox") as refused:
            await connector.pull(10)
        with pytest.raises(Unsupported):
            await anext(connector.doorbell())

    assert "qantara outbox install factory" in refused.value.remedy


async def test_the_bell_rings_with_the_commit_and_says_only_which_entity(odoo):
    async with prepared(odoo) as connector, aclosing(connector.doorbell()) as bell:
        opened = await asyncio.wait_for(anext(bell), 5)
        await asyncio.to_thread(odoo.create, "res.partner", {"name": "Noor"})
        rung = await asyncio.wait_for(anext(bell), 5)

    assert (opened.entity, opened.external_id) == ("", "")
    assert (rung.entity, rung.external_id) == ("partner", "")
    assert "Noor" not in json.dumps([dict(one.note) for one in odoo.database.outside.bus.rings])


async def test_the_bell_ends_when_its_line_breaks(odoo):
    async with prepared(odoo) as connector:
        bell = connector.doorbell()
        await asyncio.wait_for(anext(bell), 5)
        await asyncio.to_thread(odoo.break_lines)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(bell), 5)


async def walked(connector, cursor, oldest):
    """The partners that a poll lists, and its next cursor."""
    poll = Poll(connector.client, [Stream(model="res.partner")], cursor, 120, oldest)
    found = [one async for step in poll.steps(500, {}) for one in step]
    poll.skip()
    return found, poll.cursor


@pytest.mark.parametrize(("open_for", "found"), [(600, True), (0, False)])
async def test_a_poll_waits_for_the_oldest_open_transaction_and_for_no_other(open_for, found):
    """The late record was stamped longer ago than any overlap, and is committed only now."""

    def ago(seconds):
        return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")

    async def oldest():
        return ago(open_for)

    with standing(18) as odoo:
        late = odoo.create("res.partner", {"name": "Late"})
        async with hub(odoo) as connector:
            _, cursor = await walked(connector, "", oldest)
            _, cursor = await walked(connector, cursor, oldest)
            with odoo.lock:
                odoo.database.store.table("res.partner").update(late, {"write_date": ago(300)})
                odoo.database.store.commit()
            again, _ = await walked(connector, cursor, oldest)

    assert (late in again) is found


async def test_a_prepared_odoo_is_asked_how_far_a_poll_is_safe(odoo):
    async with prepared(odoo, ["partner"]) as connector:
        odoo.create("res.partner", {"name": "Noor"})
        await taken(connector)
        cursor = ""
        for _ in range(2):
            async for page in connector.changes("partner", cursor):
                cursor = page.cursor

    assert json.loads(cursor)["safe"]


class TestWebhooks:
    """What Odoo 17 and later send by themselves."""

    def heard(self, **body):
        body = {"_action": "Send Webhook Notification(#5)", **body}
        return Odoo.hear(Delivery(headers={}, body=json.dumps(body).encode()))

    def test_a_webhook_names_the_record_and_the_moment(self):
        told = {"_model": "res.partner", "_id": 7, "id": 7, "write_date": "2026-11-22 06:05:43.14"}
        [event] = self.heard(**told)
        [again] = self.heard(**told)
        [later] = self.heard(**{**told, "write_date": "2026-11-22 06:05:43.15"})

        assert (event.entity, event.external_id) == ("partner", "7")
        assert event == again
        assert later.event_key != event.event_key

    def test_a_line_or_a_quant_only_rings(self):
        told = [
            *self.heard(_model="sale.order.line", _id=3),
            *self.heard(_model="stock.quant", _id=3),
        ]

        assert {(one.entity, one.external_id) for one in told} >= {
            ("sale_order", ""),
            ("stock_level", ""),
            ("offer", ""),
        }
        assert {one.external_id for one in told} == {""}

    def test_a_model_that_nobody_reads_is_no_event(self):
        assert self.heard(_model="crm.lead", _id=3) == []

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"_model": 1}', b'{"_id": "x"}'])
    def test_nonsense_is_refused(self, body):
        with pytest.raises(Rejected):
            Odoo.hear(Delivery(headers={}, body=body))
