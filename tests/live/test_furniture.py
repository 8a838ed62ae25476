"""The bridge's furniture on real servers: made once, used by people, and taken away without a trace."""

import asyncio
import secrets
import xmlrpc.client
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from qantara.connectors.base import Connection
from qantara.connectors.odoo.connector import Odoo
from tests.flows.bridge import connection
from tests.flows.witness import Witness
from tests.live.conftest import VERSIONS, administrator, as_administrator, server

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

READS, WRITES = ("request", "transfer"), ("offer", "receipt", "transfer")
TRACES = (
    *("ir.model", "ir.model.fields", "ir.model.fields.selection", "ir.model.access"),
    *("ir.ui.view", "ir.ui.menu", "ir.actions.actions", "base.automation", "res.groups"),
    "ir.model.data",
)
SEEN = {
    "ir.ui.view": ("arch_db", "active"),
    "ir.ui.menu": ("parent_id", "sequence", "active"),
    "ir.model.access": ("write_date",),
    "ir.actions.actions": ("write_date",),
}
"""By what an alteration of Odoo's own would be seen. (Odoo writes its form of users with each
group anew, so the dates of views say nothing.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One real Odoo: the hub's user in it, who also presses buttons, and an administrator."""

    version: int
    hub: Connection
    administrator: Connection
    keyboard: Witness
    clerk: Witness

    def traces(self) -> dict[str, set[tuple[Any, ...]]]:
        """All that furniture could leave behind or alter."""
        return {model: self._trace(model) for model in TRACES}

    def _trace(self, model: str) -> set[tuple[Any, ...]]:
        if model not in SEEN:
            return {(one,) for one in self.keyboard.call(model, "search", [], active_test=False)}
        rows = self.keyboard.rows(model, [], SEEN[model])
        return {(row["id"], str([row[name] for name in SEEN[model]])) for row in rows}

    def press(self, key: str, model: str, *ids: int) -> Any:
        """As the web client does; the button is found as its form has it."""
        [row] = self.keyboard.rows(
            "ir.model.data",
            [("module", "=", "qantara"), ("name", "=", f"bridge_{key}")],
            ["res_id"],
        )
        context = {"active_model": model, "active_ids": list(ids), "active_id": ids[0]}
        return self.clerk.call("ir.actions.server", "run", [row["res_id"]], **context)

    def offer(self, free: float, quantity: float) -> int:
        """A line of the board, typed into; its product can lie in stock."""
        name = f"FURN {secrets.token_hex(3)}"
        kind = {"is_storable": True} if self.version >= 18 else {"detailed_type": "product"}
        product = self.keyboard.create("product.product", {"name": name, **kind})
        told = {"x_name": name, "x_unit": "Units", "x_product_id": product, "x_free": free}
        made = self.clerk.create("x_qantara_offer", told)
        self.clerk.write("x_qantara_offer", made, {"x_quantity": quantity})
        return made


@pytest.fixture(params=VERSIONS)
def site(request: pytest.FixtureRequest) -> Site:
    """Each real server that is named with its administrator, and that nobody has furnished."""
    clerk = server(request.param)
    keyboard = administrator(clerk)
    hub = connection("furnished", clerk)
    by = as_administrator(hub, keyboard)
    if keyboard.call("ir.model.data", "search_count", [("name", "=like", "bridge_%")]):
        pytest.skip(f"Somebody works with the furniture of the Odoo {request.param}.")
    return Site(version=request.param, hub=hub, administrator=by, keyboard=keyboard, clerk=clerk)


@asynccontextmanager
async def furnishing(site: Site):
    """The furniture, gone at the end."""
    async with Odoo(site.hub) as connector:
        made = await connector.furniture(READS, WRITES, by=site.administrator)
        async with aclosing(made) as furniture:
            try:
                yield furniture
            finally:
                await furniture.remove()


def refused(work: Any, *args: Any) -> str:
    """What Odoo says no with."""
    with pytest.raises(xmlrpc.client.Fault) as caught:
        work(*args)
    return str(caught.value.faultString)


async def test_furnishing_twice_changes_nothing_and_removing_leaves_nothing(site):
    before = await asyncio.to_thread(site.traces)
    async with furnishing(site) as furniture, Odoo(site.hub) as connector:
        made = await furniture.apply()
        async with aclosing(await connector.preparation(READS, by=site.administrator)) as outbox:
            watched = await outbox.install()
            after = await asyncio.to_thread(site.traces)
            again = [*await furniture.apply(), *await outbox.install()]
            standing = [*await furniture.plan(), *await outbox.plan()]
            kept = await asyncio.to_thread(site.traces)
            await outbox.remove()
    left = await asyncio.to_thread(site.traces)

    assert {one.level for one in (*made, *watched)} == {"missing"}
    assert any("x_qantara_request" in one.what for one in watched)
    assert again == []
    assert {one.level for one in standing} == {"ok"}
    assert kept == after
    assert after != before
    assert {
        model: left[model] ^ before[model] for model in TRACES if left[model] != before[model]
    } == {}


async def test_people_use_the_screens_and_the_buttons(site):
    async with furnishing(site) as furniture:
        await furniture.apply()
        await asyncio.to_thread(_look, site)
        await asyncio.to_thread(_request, site)
        await _click_twice(site)
        await asyncio.to_thread(_pack, site)


def _look(site: Site) -> None:
    """Somebody of the team sees list, form and button, in Arabic."""
    rows = "list" if site.version >= 18 else "tree"
    for kind in (rows, "form", "search"):
        told = site.clerk.call("x_qantara_offer", "get_view", False, kind, lang="ar_001")
        assert "x_sku" in told["arch"]
    shown = site.clerk.call("x_qantara_offer", "get_view", False, rows, lang="ar_001")["arch"]
    transfer = site.clerk.call("stock.picking", "get_view", False, "form", lang="en_US")["arch"]
    label = site.clerk.call("x_qantara_offer", "fields_get", ["x_free"], ["string"], lang="ar_001")
    menus = site.clerk.call("ir.ui.menu", "search", [("name", "=", "Factory stock")], lang="en_US")

    assert "اطلب من المصنع" in shown
    assert transfer.index('name="origin"') < transfer.index("x_qantara_container")
    assert "Packing list ready" in transfer
    assert label["x_free"]["string"] == "المتاح"
    assert menus
    site.clerk.call("x_qantara_request", "get_view", False, "form")


def _request(site: Site) -> None:
    """Too much, nothing, and then one request of two lines."""
    lamp, sofa = site.offer(10.0, 3.0), site.offer(5.0, 99.0)
    press = ("action_request", "x_qantara_offer", lamp, sofa)
    assert "you ask for 99 Units, but only 5 are free" in refused(site.press, *press)
    site.clerk.write("x_qantara_offer", sofa, {"x_quantity": 2.0})
    told = site.press(*press)
    [request] = site.clerk.rows(
        "x_qantara_request", [("x_line_ids.x_offer_id", "=", lamp)], ["x_name"]
    )
    lines = site.clerk.rows(
        "x_qantara_request_line", [("x_request_id", "=", request["id"])], ["x_quantity"]
    )

    assert request["x_name"] == f"REQ{request['id']:05}"
    assert request["x_name"] in told["params"]["message"]
    assert [line["x_quantity"] for line in lines] == [3.0, 2.0]
    assert "Nothing was typed" in refused(site.press, *press)


async def _click_twice(site: Site) -> None:
    """Six clicks at once make one request."""
    lamp = await asyncio.to_thread(site.offer, 10.0, 4.0)
    clicks = [
        asyncio.to_thread(site.press, "action_request", "x_qantara_offer", lamp) for _ in range(6)
    ]
    results = await asyncio.gather(*clicks, return_exceptions=True)
    made = site.clerk.rows("x_qantara_request", [("x_line_ids.x_offer_id", "=", lamp)], ["x_name"])
    faults = [one for one in results if isinstance(one, xmlrpc.client.Fault)]

    assert len(made) == 1
    assert len(faults) == 5
    assert all("Nothing was typed" in str(one.faultString) for one in faults)


def _pack(site: Site) -> None:
    """A draft has no packing list; a reserved transfer has."""
    keys, clerk = site.keyboard, site.clerk
    offer = clerk.row("x_qantara_offer", [("id", "=", site.offer(1.0, 0.0))], ["x_product_id"])
    product = offer["x_product_id"][0]
    kind = clerk.rows(
        "stock.picking.type", [("code", "=", "outgoing")], ["default_location_src_id"]
    )[0]
    here = kind["default_location_src_id"][0]
    [there] = clerk.call("stock.location", "search", [("usage", "=", "customer")], 0, 1)
    vals = {"product_id": product, "location_id": here, "inventory_quantity": 2.0}
    quant = keys.call("stock.quant", "create", vals, inventory_mode=True)
    keys.call("stock.quant", "action_apply_inventory", [quant])
    places = {"location_id": here, "location_dest_id": there}
    move = {"product_id": product, "product_uom_qty": 2.0, **places}
    move |= {"name": "Lamp"} if site.version < 19 else {}
    told = {"picking_type_id": kind["id"], **places, "move_ids": [(0, 0, move)]}
    picking = clerk.create("stock.picking", told)
    early = refused(site.press, "action_ready", "stock.picking", picking)
    clerk.call("stock.picking", "action_confirm", [picking])
    clerk.call("stock.picking", "action_assign", [picking])
    clerk.write("stock.picking", picking, {"x_qantara_container": "TRHU 4911"})
    site.press("action_ready", "stock.picking", picking)
    fields = ["x_qantara_container", "x_qantara_ready"]
    row = clerk.row("stock.picking", [("id", "=", picking)], fields)

    assert "no packing list yet" in early
    assert (row["x_qantara_container"], row["x_qantara_ready"]) == ("TRHU 4911", True)
    clerk.call("stock.picking", "action_cancel", [picking])
    assert "done or cancelled" in refused(site.press, "action_ready", "stock.picking", picking)
