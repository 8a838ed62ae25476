"""Offers, requests and draft transfers over a stand-in Odoo: what is read, what is written, what never."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.base import Written
from qantara.model import Offer, Ref, Request, Transfer, TransferLine, Unit
from qantara.transport import NotFound, Rejected, Unsupported
from tests.connectors.odoo.furnished import furnish
from tests.connectors.odoo.places import (
    VERSIONS,
    connector,
    create,
    gather,
    ids,
    meaning,
    record,
    send,
    standing,
    update,
)

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))


@pytest.fixture(params=VERSIONS)
async def odoo(request):
    """A factory or a buyer: both are an Odoo with the bridge's furniture."""
    with standing(request.param) as stand_in:
        await furnish(stand_in)
        yield stand_in


def storable(odoo, name="Lamp", **more):
    told = (
        {"detailed_type": "product"}
        if odoo.version == 16
        else {"type": "consu", "is_storable": True}
    )
    return odoo.create("product.product", {"name": name, "sale_ok": True, **told, **more})


def count(odoo, variant, quantity):
    here = odoo.rows("stock.warehouse")[0]["lot_stock_id"]
    counted = {"product_id": variant, "location_id": here, "inventory_quantity": quantity}
    quant = odoo.create("stock.quant", counted, inventory_mode=True)
    odoo.call("stock.quant", "action_apply_inventory", [quant])


def offer(variant, **told):
    facts = {"name": "Lamp", "unit": PIECE, **told}
    return Offer(product=Ref("variant", str(variant)), **facts)


def transfer(odoo, *lines, **told):
    partner = odoo.create("res.partner", {"name": "Buyer", "is_company": True})
    moved = tuple(
        TransferLine(product=Ref("variant", str(one)), quantity=Decimal(n), unit=PIECE)
        for one, n in lines
    )
    facts = {"origin": "REQ1", "note": "Asked.\nسريع", "lines": moved}
    return Transfer(number="", partner=Ref("partner", str(partner)), **{**facts, **told})


async def test_an_offer_tells_what_is_free_incoming_and_how_long_it_takes(odoo):
    one = storable(odoo, default_code="L-1", sale_delay=4)
    count(odoo, one, 12.5)
    async with connector(odoo) as hub:
        found, _ = await gather(hub, "offer")

        assert meaning(hub, found[str(one)]) == offer(
            one, sku="L-1", free=Decimal("12.5"), lead_days=Decimal(4)
        )
        assert str(one) in await hub.ids("offer")


@pytest.mark.parametrize("end", [{"sale_ok": False}, {"active": False}], ids=["unsold", "archived"])
async def test_what_is_not_sold_has_nothing_free(odoo, end):
    one = storable(odoo)
    count(odoo, one, 5)
    odoo.write("product.product", one, end)
    async with connector(odoo) as hub:
        told = await record(hub, "offer", str(one))

    assert (told.active, told.free) == (False, 0)


async def test_what_is_not_counted_is_not_offered(odoo):
    one = odoo.create("product.product", {"name": "Advice", "type": "service", "sale_ok": True})
    async with connector(odoo) as hub:
        assert not (await record(hub, "offer", str(one))).active


async def test_less_than_nothing_is_nothing(odoo):
    one = storable(odoo)
    count(odoo, one, -3)
    async with connector(odoo) as hub:
        assert (await record(hub, "offer", str(one))).free == 0


async def test_only_what_was_touched_is_offered_again(odoo):
    one, other = storable(odoo), storable(odoo, "Other")
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "offer")
        quiet, cursor = await gather(hub, "offer", cursor)
        count(odoo, other, 2)
        found, cursor = await gather(hub, "offer", cursor)

    assert quiet == {}
    assert found.keys() == {str(other)}
    assert str(one) not in found


async def test_goods_that_are_expected_are_incoming(odoo):
    one = storable(odoo)
    vendor = odoo.create("res.partner", {"name": "Mill"})
    async with connector(odoo) as hub:
        _, cursor = await gather(hub, "offer")
        line = {"product_id": one, "product_qty": 7, "price_unit": 1.0, "name": "Lamp"}
        order = odoo.create("purchase.order", {"partner_id": vendor, "order_line": [(0, 0, line)]})
        odoo.call("purchase.order", "button_confirm", [order])
        found, _ = await gather(hub, "offer", cursor)

        assert meaning(hub, found[str(one)]).incoming == 7


async def test_a_line_of_the_board_comes_back_as_it_was_written(odoo):
    one = storable(odoo)
    told = offer(one, sku="F-1", free=Decimal("2.5"), incoming=Decimal(3), lead_days=Decimal(1))
    async with connector(odoo) as hub:
        (line,) = ids(await send(hub, "offer", [create("k", told)]))

        assert line.startswith("line:")
        assert await record(hub, "offer", line) == replace(told, unit=None)
        assert await hub.lookup("offer", ["k", "none"]) == {"k": line}
        assert (await send(hub, "offer", [create("k", told)]))[0].external_id == line
        (row,) = odoo.rows("x_qantara_offer")
        assert (row["x_unit"], bool(row["x_updated_at"])) == ("Units", True)


async def test_the_writer_leaves_alone_what_the_team_types(odoo):
    one = storable(odoo)
    typed = {"x_quantity": 4.0, "x_request": "REQ9", "x_state": "sent", "x_remark": "Ours"}
    async with connector(odoo) as hub:
        (line,) = ids(await send(hub, "offer", [create("k", offer(one))]))
        odoo.write("x_qantara_offer", int(line.partition(":")[2]), typed)
        await send(hub, "offer", [update("k", offer(one, free=Decimal(1)), line, "free")])

    (row,) = odoo.rows("x_qantara_offer")
    assert row["x_free"] == 1.0
    assert {name: row[name] for name in typed} == typed


async def test_hundreds_of_offers_take_few_calls_and_a_bad_one_stands_alone(odoo):
    variants = [storable(odoo, f"Lamp {n}") for n in range(300)]
    async with connector(odoo) as hub:
        await send(hub, "offer", [create("0", offer(variants[0]))])
        before = hub.client.calls
        writes = [create(str(n), offer(one)) for n, one in enumerate(variants)]
        bad = create("bad", offer(987654321))
        *good, lost = await send(hub, "offer", [*writes, bad])

        assert all(isinstance(one, Written) for one in good)
        assert isinstance(lost, Rejected)
        assert hub.client.calls - before <= 3


async def test_without_its_furniture_the_way_out_is_named():
    with standing(18) as bare:
        one = storable(bare)
        async with connector(bare) as hub:
            with pytest.raises(Unsupported) as caught:
                await send(hub, "offer", [create("k", offer(one))])
            with pytest.raises(Unsupported):
                await gather(hub, "request")

    assert "qantara bridge apply" in caught.value.remedy


def asked(odoo, **more):
    one = storable(odoo, default_code="L-1")
    told = {"x_name": "Lamp", "x_product_id": one, "x_request": "REQ1", "x_state": "sent"}
    line = odoo.create("x_qantara_offer", told)
    wanted = {"x_offer_id": line, "x_product_id": one, "x_quantity": 2.5}
    head = {"x_name": "REQ1", "x_state": "sent", "x_user_id": 2, "x_note": "Soon, please."}
    lines = {"x_line_ids": [(0, 0, wanted)]}
    return odoo.create("x_qantara_request", {**head, **lines, **more}), one


async def test_a_request_tells_who_asks_for_what_and_in_which_language(odoo):
    number, one = asked(odoo)
    odoo.write("res.users", 2, {"lang": "ar_001"})
    async with connector(odoo) as hub:
        found, _ = await gather(hub, "request")
        told = meaning(hub, found[str(number)])

    assert (told.number, told.state, told.note) == ("REQ1", "sent", "Soon, please.")
    assert told.requested_by
    assert told.language == "ar"
    assert [(line.product.id, line.quantity, line.name) for line in told.lines] == [
        (str(one), Decimal("2.5"), "[L-1] Lamp")
    ]


async def test_a_product_that_was_deleted_leaves_its_lines(odoo):
    number, _ = asked(odoo)
    (asked_line,) = odoo.rows("x_qantara_request_line")
    (shown,) = odoo.rows("x_qantara_offer")
    odoo.write("x_qantara_request_line", asked_line["id"], {"x_product_id": False})
    odoo.write("x_qantara_offer", shown["id"], {"x_product_id": False})
    async with connector(odoo) as hub:
        told = await record(hub, "request", str(number))
        line = await record(hub, "offer", f"line:{shown['id']}")

    assert [(one.product.id, one.name) for one in told.lines] == [("", "")]
    assert line.product.id == ""


async def test_a_request_in_a_state_that_nobody_knows_is_put_aside(odoo):
    number, _ = asked(odoo, x_state=False)
    async with connector(odoo) as hub:
        (change,) = await hub.read("request", [str(number)])
        with pytest.raises(Rejected, match="unknown to the hub"):
            meaning(hub, change)


async def test_an_answer_stands_on_the_request_and_on_its_lines_alone(odoo):
    number, one = asked(odoo)
    other = odoo.create(
        "x_qantara_offer", {"x_name": "Else", "x_product_id": one, "x_request": "R2"}
    )
    answer = Request(number="", answer="WH/OUT/1", state="draft")
    async with connector(odoo) as hub:
        told = [update("k", answer, str(number), "answer", "state")]
        assert isinstance((await send(hub, "request", told))[0], Written)
        calls = hub.client.calls
        await send(hub, "request", told)
        assert hub.client.calls - calls == 4

    (request,) = odoo.rows("x_qantara_request")
    lines = {row["id"]: row for row in odoo.rows("x_qantara_offer")}
    touched = [row for one, row in lines.items() if one != other]
    for row in (request, *touched):
        assert (row["x_answer"], row["x_state"]) == ("WH/OUT/1", "draft")
    assert not lines[other].get("x_answer")


async def test_of_a_request_nothing_else_is_written(odoo):
    number, _ = asked(odoo)
    told = Request(number="MINE", state="done")
    async with connector(odoo) as hub:
        wrong, made, gone = await send(
            hub,
            "request",
            [
                update("k", told, str(number), "number"),
                create("n", told),
                update("g", told, "987654321", "state"),
            ],
        )

    assert isinstance(wrong, Rejected)
    assert isinstance(made, Rejected)
    assert isinstance(gone, NotFound)
    assert odoo.rows("x_qantara_request")[0]["x_name"] == "REQ1"


async def test_a_transfer_is_drafted_with_its_lines_and_found_by_its_key(odoo):
    one, other = storable(odoo), storable(odoo, "Sofa")
    told = transfer(odoo, (one, 2), (other, "1.5"))
    async with connector(odoo) as hub:
        (number,) = ids(await send(hub, "transfer", [create("k", told)]))
        again = ids(await send(hub, "transfer", [create("k", told)]))
        kept = await record(hub, "transfer", number)

        assert again == [number]
        assert await hub.lookup("transfer", ["k"]) == {"k": number}
    assert (kept.state, kept.direction, kept.origin, kept.note) == (
        "draft",
        "outgoing",
        "REQ1",
        "Asked.\nسريع",
    )
    assert kept.partner == told.partner
    assert [(line.product, line.quantity, line.unit) for line in kept.lines] == [
        (line.product, line.quantity, line.unit) for line in told.lines
    ]


async def test_of_a_transfer_only_the_note_follows_and_only_until_it_has_left(odoo):
    one = storable(odoo)
    told = transfer(odoo, (one, 2))
    async with connector(odoo) as hub:
        (number,) = ids(await send(hub, "transfer", [create("k", told)]))
        new = replace(told, note="Ring.", origin="Other")
        wrong, right, gone = await send(
            hub,
            "transfer",
            [
                update("k", new, number, "origin"),
                update("k", new, number, "note"),
                update("k", new, "987654321", "note"),
            ],
        )
        odoo.call("stock.picking", "action_cancel", [int(number)])
        (late,) = await send(hub, "transfer", [update("k", told, number, "note")])
        kept = await record(hub, "transfer", number)

    assert [type(each) for each in (wrong, right, gone, late)] == [
        Rejected,
        Written,
        NotFound,
        Rejected,
    ]
    assert (kept.note, kept.origin) == ("Ring.", "REQ1")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"direction": "incoming"}, "only outgoing drafts"),
        ({"state": "done"}, "only outgoing drafts"),
        ({"lines": ()}, "no lines"),
        ({"partner": None}, "partner"),
    ],
)
async def test_what_is_no_draft_is_not_made(odoo, told, why):
    good = transfer(odoo, (storable(odoo), 1))
    async with connector(odoo) as hub:
        bad, made = await send(
            hub, "transfer", [create("b", replace(good, **told)), create("g", good)]
        )

    assert isinstance(bad, Rejected)
    assert why in bad.reason
    assert isinstance(made, Written)
    assert len(odoo.rows("stock.picking")) == 1
