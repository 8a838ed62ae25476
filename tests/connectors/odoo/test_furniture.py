"""The bridge's furniture in an Odoo: made once, mended, adapted to a new version, taken away."""

import pytest

from qantara.connectors.odoo.furniture import overpowered
from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import AuthFailed, Rejected, Unsupported
from tests.connectors.odoo.furnished import furnish, furnishing
from tests.connectors.odoo.places import EACH_VERSION
from tests.connectors.odoo.prepared import hub, levels, reading
from tests.sandbox.callers import Rpc

LANGUAGES = ("en_US", "ar_001", "uk_UA")
TECHNICAL = ("ir.model", "ir.model.fields", "ir.model.access", "ir.model.data", "ir.ui.view")
SEEN = ("ir.ui.menu", "ir.actions.act_window", "ir.actions.server", "res.groups")


@pytest.fixture(params=EACH_VERSION)
def odoo(request):
    with OdooStandIn(version=request.param, languages=LANGUAGES) as stand:
        yield stand


def traces(odoo):
    """All that furniture could leave behind, and that it could alter."""
    return {model: odoo.rows(model) for model in (*TECHNICAL, *SEEN)}


def named(odoo, key):
    """Model and id of a piece."""
    rows = odoo.rows("ir.model.data")
    [row] = [row for row in rows if row["name"] == f"bridge_{key}"]
    return row["model"], row["res_id"]


def wrong(findings):
    """What is not as it should be, in words."""
    return [one.what for one in findings if one.level != "ok"]


async def test_furnishing_twice_changes_nothing(odoo):
    async with furnishing(odoo) as furniture:
        planned = await furniture.plan()
        made = await furniture.apply()
        after = traces(odoo)
        again = await furniture.apply()

        assert levels(planned) == {"missing"}
        assert len(made) == len(planned)
        assert again == []
        assert traces(odoo) == after
        assert levels(await furniture.plan()) == {"ok"}


async def test_removing_leaves_an_odoo_as_it_was_and_keeps_business_documents(odoo):
    before = traces(odoo)
    kind = odoo.rows("stock.picking.type")[0]["id"]
    picking = odoo.create("stock.picking", {"picking_type_id": kind})
    async with furnishing(odoo) as furniture:
        await furniture.apply()
        odoo.write("stock.picking", picking, {"x_qantara_container": "TRHU 123"})
        odoo.create("x_qantara_offer", {"x_name": "Lamp"})
        told = " ".join(one.what for one in await furniture.removal())
        await furniture.remove()
        assert await furniture.remove() == []

    assert traces(odoo) == before
    assert "x_qantara_offer, with its 1 records" in told
    assert "x_qantara_container of stock.picking, filled in 1 records" in told
    assert "x_qantara_container" not in odoo.rows("stock.picking")[0]


async def test_what_somebody_altered_or_deleted_is_mended(odoo):
    async with furnishing(odoo) as furniture:
        await furniture.apply()
        after = {model: len(rows) for model, rows in traces(odoo).items()}
        view = named(odoo, "view_offers")[1]
        text = next(row["source"] for row in odoo.rows("ir.ui.view") if row["id"] == view)
        odoo.write("ir.ui.view", view, {"arch_db": text.replace("x_remark", "x_unit")})
        odoo.write(*named(odoo, "action_request"), {"code": "pass"})
        odoo.write(*named(odoo, "menu_offers"), {"parent_id": False})
        odoo.write(*named(odoo, "access_offer_team"), {"perm_unlink": True})
        odoo.write(*named(odoo, "view_request"), {"active": False})
        odoo.unlink(*named(odoo, "menu_requests"))
        odoo.unlink(*named(odoo, "view_picking"))
        found = wrong(await furniture.plan())
        await furniture.apply()

        assert len(found) == 7
        assert levels(await furniture.plan()) == {"ok"}
        assert {model: len(rows) for model, rows in traces(odoo).items()} == after


async def test_fields_choices_and_labels_that_are_gone_come_again(odoo):
    async with furnishing(odoo, ["request"], ["offer"]) as furniture:
        await furniture.apply()
        fields = {(row["model"], row["name"]): row["id"] for row in odoo.rows("ir.model.fields")}
        odoo.write(
            "ir.model.fields", fields["x_qantara_offer", "x_free"], {"field_description": "Mine"}
        )
        option = next(
            row["id"]
            for row in odoo.rows("ir.model.fields.selection")
            if row["field_id"] == fields["x_qantara_request", "x_state"] and row["value"] == "ready"
        )
        odoo.unlink("ir.model.fields.selection", option)
        found = wrong(await furniture.plan())
        await furniture.apply()

        assert len(found) == 2
        assert levels(await furniture.plan()) == {"ok"}
    odoo.create("x_qantara_request", {"x_state": "ready"})


async def test_a_piece_that_lost_its_name_is_taken_back_and_not_made_twice(odoo):
    async with furnishing(odoo) as furniture:
        await furniture.apply()
        after = {model: len(rows) for model, rows in traces(odoo).items()}
        ours = [row["id"] for row in odoo.rows("ir.model.data") if row["module"] == "qantara"]
        odoo.unlink("ir.model.data", ours)
        await furniture.apply()

    assert {model: len(rows) for model, rows in traces(odoo).items()} == after


async def test_after_an_upgrade_the_texts_of_the_new_version_are_written():
    with OdooStandIn(version=16, languages=LANGUAGES) as old:
        await furnish(old)
        texts = {row["name"]: row["source"] for row in old.rows("ir.ui.view")}
        [ready] = old.read("ir.actions.server", [named(old, "action_ready")[1]], "code")
    with OdooStandIn(version=18, languages=LANGUAGES) as new:
        async with furnishing(new) as furniture:
            await furniture.apply()
            after = traces(new)
            rows = {row["name"]: row["id"] for row in new.rows("ir.ui.view")}
            for name in ("qantara.view_request", "qantara.view_picking_ready"):
                new.write("ir.ui.view", rows[name], {"active": False})
                new.write("ir.ui.view", rows[name], {"arch_db": texts[name]})
            for name, told in (
                ("action_ready", {"code": ready["code"]}),
                ("window_offers", {"view_mode": "tree,form"}),
            ):
                model, one = named(new, name)
                new.write(model, one, told)
            assert len(wrong(await furniture.plan())) == 4
            await furniture.apply()

        def shown(views):
            return {row["id"]: row["source"] for row in views["ir.ui.view"]}

        assert shown(traces(new)) == shown(after)
        assert "qty_done" in ready["code"]
        assert "qty_done" not in str(new.rows("ir.actions.server"))


async def test_only_what_the_flows_need_is_made(odoo):
    await furnish(odoo, ["transfer"], [])
    factory = {row["name"] for row in odoo.rows("ir.model.data") if row["module"] == "qantara"}
    async with furnishing(odoo, [], ["receipt"]) as furniture:
        receiving = {one.what for one in await furniture.plan()}
    async with furnishing(odoo, ["product"], ["sale_order"]) as furniture:
        nothing = await furniture.plan()

    assert factory == {
        "bridge_field_container",
        "bridge_field_ready",
        "bridge_view_picking",
        "bridge_view_picking_ready",
        "bridge_action_ready",
    }
    assert not [what for what in receiving if "button" in what]
    assert nothing == []


async def test_screens_speak_the_users_language(odoo):
    await furnish(odoo)
    rpc = Rpc(odoo)

    def shown(code):
        told = rpc("stock.picking", "get_view", view_type="form", context={"lang": code})
        return told["arch"]

    assert 'string="Packing list ready"' in shown("en_US")
    assert 'string="قائمة التعبئة جاهزة"' in shown("ar_001")
    assert 'string="Пакувальний лист готовий"' in shown("uk_UA")
    [menu] = odoo.read("ir.ui.menu", [named(odoo, "menu_offers")[1]], "name", lang="uk_UA")
    assert menu["name"] == "Запаси фабрики"


async def test_the_menu_hangs_under_purchase_else_inventory_else_nothing():
    above = {}
    base = ["base", "product", "uom", "mail", "base_automation"]
    for more in (("stock", "purchase"), ("stock",), ()):
        with OdooStandIn(version=18, modules=[*base, *more]) as stand:
            await furnish(stand, ["request"], ["offer"])
            [row] = stand.read("ir.ui.menu", [named(stand, "menu")[1]], "parent_id")
            above[more] = row["parent_id"] and row["parent_id"][1]

    assert list(above.values()) == ["Purchase", "Inventory", False]


async def test_who_may_not_is_told_every_right_that_is_lacking(odoo):
    odoo.add_user("reader", "reader-key", reading(odoo))
    async with furnishing(odoo, login="reader", key="reader-key") as furniture:
        with pytest.raises(AuthFailed, match=r"ir\.ui\.view \(create, write, unlink\)") as refused:
            await furniture.plan()

    assert "ir.actions.server" in str(refused.value)
    assert "--login buyer=LOGIN" in refused.value.remedy


async def test_a_user_who_may_do_too_much_at_run_time_is_warned_of(odoo):
    odoo.add_user("reader", "reader-key", reading(odoo))
    async with hub(odoo) as modest, hub(odoo, "hub@example.com", "hub-key") as mighty:
        assert await overpowered(modest.client) is None
        warning = await overpowered(mighty.client)

    assert warning is not None
    assert warning.level == "warning"
    assert "server actions" in warning.what


async def test_the_team_may_be_another_group_and_must_exist(odoo):
    settings = {"board_group": "stock.group_stock_manager"}
    async with furnishing(odoo, ["request"], ["offer"], settings=settings) as furniture:
        await furniture.apply()
    strange = {"board_group": "stock.nobody"}
    async with furnishing(odoo, ["request"], ["offer"], settings=strange) as furniture:
        with pytest.raises(Rejected, match=r"stock\.nobody"):
            await furniture.plan()

    [row] = odoo.read("ir.model.access", [named(odoo, "access_offer_team")[1]], "group_id")
    group = next(row for row in odoo.rows("ir.model.data") if row["name"] == "group_stock_manager")
    assert row["group_id"][0] == group["res_id"]


async def test_transfers_need_odoos_inventory():
    with OdooStandIn(version=18, modules=["base", "product", "uom", "mail"]) as stand:
        async with furnishing(stand) as furniture:
            with pytest.raises(Unsupported, match=r"stock\.picking"):
                await furniture.plan()
