"""Categories and partners, written and read back over a stand-in Odoo."""

from dataclasses import replace

import pytest

from qantara.model import Address, Category, Partner, Ref, Text
from qantara.transport import NotFound, Rejected
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

PARTNER = Partner(
    name="شركة النخيل",
    is_company=True,
    reference="C-1001",
    vat="300000000000003",
    email="info@nakheel.example",
    phone="+966 11 000 0000",
    website="https://nakheel.example",
    language="ar",
    address=Address(
        street="طريق الملك فهد", street2="Tower 2", city="الرياض", zip="12211", country="SA"
    ),
)


@pytest.fixture(params=VERSIONS)
def odoo(request):
    with standing(request.param) as stand_in:
        yield stand_in


async def test_a_partner_comes_back_as_it_was_written(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", PARTNER)]))

        assert await record(hub, "partner", one) == PARTNER


async def test_an_address_keeps_its_company(odoo):
    async with connector(odoo) as hub:
        (company,) = ids(await send(hub, "partner", [create("p1", PARTNER)]))
        address = Partner(name="Depot", parent=Ref("partner", company), kind="delivery")
        (one,) = ids(await send(hub, "partner", [create("p2", address)]))

        assert await record(hub, "partner", one) == replace(address, vat=PARTNER.vat)


async def test_every_field_of_a_partner_can_change(odoo):
    other = Partner(
        name="Palm Co",
        is_company=False,
        reference="C-2",
        vat="300000000000011",
        email="sales@palm.example",
        phone="1",
        website="https://palm.example",
        language="en",
        address=Address(street="1 Palm St", city="Dubai", country="AE"),
        active=False,
    )
    names = ("name", "is_company", "reference", "vat", "email", "phone", "website")
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", PARTNER)]))
        await send(
            hub, "partner", [update("p1", other, one, *names, "language", "address", "active")]
        )

        assert await record(hub, "partner", one) == other


async def test_only_the_named_fields_are_written(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", PARTNER)]))
        changed = replace(PARTNER, name="Other", email="other@nakheel.example")
        await send(hub, "partner", [update("p1", changed, one, "email")])

        assert await record(hub, "partner", one) == replace(PARTNER, email=changed.email)


async def test_a_repeated_write_makes_one_record(odoo):
    async with connector(odoo) as hub:
        first = await send(hub, "partner", [create("p1", PARTNER)])
        second = await send(hub, "partner", [create("p1", PARTNER)])

        assert first == second
        assert await hub.lookup("partner", ["p1", "p2"]) == {"p1": first[0].external_id}


async def test_a_bad_record_is_answered_alone_and_the_others_go_through(odoo):
    lost = Partner(name="Nowhere", address=Address(country="ZZ"))
    orphan = Partner(name="Orphan", parent=Ref("partner", "999999"))
    async with connector(odoo) as hub:
        good, bad, worse, fine = await send(
            hub,
            "partner",
            [
                create("p1", PARTNER),
                create("p2", lost),
                create("p3", orphan),
                create("p4", Partner(name="Fine")),
            ],
        )
        names = [row["name"] for row in odoo.rows("res.partner")]

    assert isinstance(bad, Rejected)
    assert "'ZZ'" in bad.reason
    assert isinstance(worse, Rejected)
    assert good.external_id != fine.external_id
    assert [name for name in names if name in {"شركة النخيل", "Nowhere", "Fine"}] == [
        "شركة النخيل",
        "Fine",
    ]


async def test_a_record_deleted_meanwhile_does_not_stop_the_batch(odoo):
    async with connector(odoo) as hub:
        one, two = ids(
            await send(
                hub, "partner", [create("p1", PARTNER), create("p2", Partner(name="Second"))]
            )
        )
        odoo.unlink("res.partner", int(one))
        gone, done = await send(
            hub,
            "partner",
            [
                update("p1", replace(PARTNER, phone="2"), one, "phone"),
                update("p2", Partner(name="Two"), two, "name"),
            ],
        )

        assert isinstance(gone, (NotFound, Rejected))
        assert done.external_id == two
        assert await record(hub, "partner", two) == Partner(name="Two")


async def test_staff_and_the_company_itself_are_no_partners(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", PARTNER)]))
        found, _ = await gather(hub, "partner")
        company, _ = await gather(hub, "partner", scope="company")

        assert list(found) == [one]
        assert len(company) == 1
        assert one not in company


async def test_an_archived_partner_is_read_and_found(odoo):
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", replace(PARTNER, active=False))]))
        found, _ = await gather(hub, "partner")

        assert meaning(hub, found[one]) == replace(PARTNER, active=False)
        assert await hub.find("partner", ["reference:C-1001"]) == {"reference:C-1001": [one]}


async def test_partners_are_found_by_vat_reference_and_email(odoo):
    keys = ["vat:300000000000003", "reference:C-1001", "email:in_fo@nakheel.example"]
    written, other = "Nakheel <In_fo@Nakheel.example>", "in-fo@nakheel.example"
    async with connector(odoo) as hub:
        (one,) = ids(await send(hub, "partner", [create("p1", replace(PARTNER, email=written))]))
        await send(hub, "partner", [create("p2", Partner(name="X", email=other))])

        found = await hub.find("partner", [*keys, "email:nobody@nakheel.example"])

    assert found == {key: [one] for key in keys}


async def test_many_equal_changes_take_one_call(odoo):
    people = [create(f"p{n}", Partner(name=f"Person {n}")) for n in range(30)]
    async with connector(odoo) as hub:
        made = ids(await send(hub, "partner", people))
        before = hub.client.calls
        off = Partner(name="", active=False)
        await send(
            hub, "partner", [update(f"p{n}", off, one, "active") for n, one in enumerate(made)]
        )

        assert hub.client.calls - before == 1
        assert not any(row["active"] for row in odoo.rows("res.partner") if str(row["id"]) in made)


async def test_categories_nest_and_are_found_by_their_path(odoo):
    async with connector(odoo) as hub:
        (top,) = ids(
            await send(hub, "category", [create("c1", Category(name=Text("أثاث"), path="أثاث"))])
        )
        child = Category(name=Text("Chairs"), path="أثاث / Chairs", parent=Ref("category", top))
        (one,) = ids(await send(hub, "category", [create("c2", child)]))

        assert await record(hub, "category", one) == child
        assert await hub.find("category", ["path:أثاث / Chairs"]) == {"path:أثاث / Chairs": [one]}
