"""Preparing an Odoo for capture: made once, watched over, and taken away without a trace."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import AuthFailed, Unsupported
from tests.connectors.odoo.places import EACH_VERSION
from tests.connectors.odoo.prepared import (
    hub,
    levels,
    own_preparation,
    prepared,
    preparing,
    reading,
    standing,
    taken,
    traces,
)


@pytest.fixture(params=EACH_VERSION)
def odoo(request):
    with standing(request.param) as stand:
        yield stand


async def test_preparing_twice_changes_nothing(odoo):
    async with hub(odoo) as connector, preparing(connector, odoo) as preparation:
        planned = await preparation.plan()
        made = await preparation.install()
        after, rights = traces(odoo), odoo.rows("ir.model.access")
        again = await preparation.install()

        assert levels(planned) == {"missing"}
        assert len(made) == len(planned)
        assert again == []
        assert traces(odoo) == after
        assert odoo.rows("ir.model.access") == rights
        assert levels(await preparation.plan()) == {"ok"}


async def test_removing_leaves_nothing_behind(odoo):
    before = traces(odoo)
    async with prepared(odoo) as connector:
        odoo.create("res.partner", {"name": "Noor"})
        async with preparing(connector, odoo) as preparation:
            await preparation.remove()
            assert await preparation.remove() == []
        with pytest.raises(Unsupported, match="no outbox"):
            await connector.pull(10)

    assert traces(odoo) == before
    odoo.create("res.partner", {"name": "Still working"})


async def test_removing_takes_the_remains_of_rules_that_were_deleted_by_hand(odoo):
    before = traces(odoo)
    async with prepared(odoo) as connector:
        odoo.unlink("base.automation", [row["id"] for row in odoo.rows("base.automation")[:3]])
        await connector.subscribe(["partner"], "")
        async with preparing(connector, odoo) as preparation:
            await preparation.remove()

    assert traces(odoo) == before


async def test_fewer_entities_take_the_rules_of_the_others_away(odoo):
    async with prepared(odoo) as connector:
        async with preparing(connector, odoo, ["partner"]) as preparation:
            await preparation.install()
        odoo.create("product.category", {"name": "Lamps"})

        assert len(odoo.rows("base.automation")) == 2
        assert await taken(connector) == []


async def test_the_watch_makes_again_what_somebody_deleted_switched_off_or_altered(odoo):
    async with prepared(odoo, ["partner", "category", "warehouse"]) as connector:
        rules = odoo.rows("base.automation")
        odoo.unlink("base.automation", rules[0]["id"])
        odoo.write("base.automation", rules[1]["id"], {"active": False})
        actions = [
            row for row in odoo.rows("ir.actions.server") if "stock.warehouse" in row["name"]
        ]
        odoo.write("ir.actions.server", actions[0]["id"], {"code": "pass"})
        found = await connector.subscribe(["partner", "category", "warehouse"], "")
        again = await connector.subscribe(["partner", "category", "warehouse"], "")
        odoo.create("product.category", {"name": "Lamps"})
        odoo.create("stock.warehouse", {"name": "Far", "code": "FAR"})
        told = await taken(connector)

    assert levels(found) == {"warning"}
    assert [
        word for word in ("deleted", "switched off", "altered") for one in found if word in one.what
    ]
    assert len(found) == 3
    assert again == []
    assert {entity for entity, _ in told} == {"category", "warehouse"}


async def test_the_watch_says_what_is_not_watched_and_what_it_cannot_mend(odoo):
    async with hub(odoo) as connector:
        with pytest.raises(Unsupported, match="no outbox"):
            await connector.subscribe(["partner"], "")
    async with prepared(odoo, ["partner"]) as connector:
        [uncovered] = await connector.subscribe(["partner", "category"], "")
        [guard] = [row for row in odoo.rows("ir.actions.server") if "guard" in row["name"]]
        odoo.unlink("ir.actions.server", guard["id"])
        [silent] = await connector.subscribe(["partner"], "")
        async with preparing(connector, odoo) as preparation:
            await preparation.remove()
        [gone] = await connector.subscribe(["partner"], "")

    assert "product.category" in uncovered.what
    assert "guard" in silent.what
    assert "gone" in gone.what
    assert "qantara outbox install factory" in gone.remedy


async def test_an_outbox_serves_one_connection(odoo):
    async with prepared(odoo), hub(odoo, name="other") as other:
        with pytest.raises(Unsupported, match="connection factory"):
            await other.pull(10)
        async with preparing(other, odoo) as preparation:
            with pytest.raises(Unsupported, match="belongs to the connection factory"):
                await preparation.install()


async def test_who_may_not_prepare_is_told_what_is_lacking(odoo):
    async with hub(odoo) as connector, own_preparation(connector) as preparation:
        with pytest.raises(AuthFailed, match=r"lacks rights on ir\.model") as refused:
            await preparation.plan()

    assert "--login" in refused.value.remedy


async def test_who_may_empty_the_outbox_may_see_how_it_stands(odoo):
    async with prepared(odoo) as connector:
        odoo.create("res.partner", {"name": "Noor"})
        async with own_preparation(connector) as preparation:
            [there] = await preparation.plan()

    assert there.level == "ok"
    assert "1 rows wait" in there.what


async def test_nobody_else_may_look_into_the_outbox(odoo):
    odoo.add_user("curious", "curious-key", reading(odoo))
    async with prepared(odoo), hub(odoo, "curious", "curious-key") as curious:
        with pytest.raises(AuthFailed):
            await curious.pull(10)


async def test_an_odoo_without_automation_rules_is_told_apart():
    with OdooStandIn(version=18, modules=["base", "product", "mail", "uom"]) as odoo:
        async with (
            hub(odoo, "hub@example.com", "hub-key") as connector,
            own_preparation(connector) as preparation,
        ):
            with pytest.raises(Unsupported, match="base_automation"):
                await preparation.install()
