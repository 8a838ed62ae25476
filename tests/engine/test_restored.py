"""A journal from a backup is older than the systems: the engine goes on without loss or doubles."""

from dataclasses import replace
from pathlib import Path

import pytest

from qantara.engine.link import Kind, Link
from qantara.engine.pipeline import run
from qantara.model import Money, Ref, SaleOrder
from qantara.storage import archive, backup, bindings, effects, restore, runs
from qantara.storage.archive import JOURNAL
from qantara.storage.store import Store
from qantara.transport import ConnectorError
from tests.conftest import Databases
from tests.engine.memory import Memory, every_field
from tests.engine.test_pipeline import Silent

CUSTOMER = Ref("partner", "1")


class Killed(ConnectorError):
    """The process ends here, after the target had done the write."""

    def __init__(self) -> None:
        super().__init__("Killed.")


def order(number: int, note: str = "") -> SaleOrder:
    return SaleOrder(
        number=f"S{number}",
        customer_reference=f"PO-{number}",
        state="confirmed",
        customer=CUSTOMER,
        currency="KWD",
        ordered_at=None,
        lines=(),
        total=Money.of("1.500", "KWD"),
        note=note,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def others(request: pytest.FixtureRequest) -> Databases:
    """The kind of database that is restored into."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


async def test_orders_carried_over_after_the_backup_are_not_doubled(
    store_url: str, others: Databases, tmp_path: Path
):
    here, there = Memory("here"), Memory("there!")
    link, file, target = _orders(here, there), tmp_path / "backup.zip", others.empty()
    with Store.open(store_url) as store:
        await store.run(bindings.bind, _known_customer())
        for number in range(1, 4):
            here.put("sale_order", order(number), f"o{number}")
        await run(link, store, Silent())
        here.put("sale_order", order(4), "o4")
        there.fail_after = [Killed()]
        with pytest.raises(Killed):
            await run(link, store, Silent())

        backup.take(backup.Order(url=store_url, files={}, actor="maria"), file)

        for number in range(5, 30):
            here.put("sale_order", order(number), f"o{number}")
        here.put("sale_order", order(1, note="Changed after the backup"), "o1")
        await run(link, store, Silent())
    before = _orders_at(there)
    here.put("sale_order", order(30), "o30")

    _restore(file, target, tmp_path)
    with Store.open(target) as store:
        assert [e.state for e in await store.run(effects.unsettled, link.name)] == ["intended"]
        first = await run(link, store, Silent())
        second = await run(link, store, Silent())

        assert await store.run(effects.unsettled, link.name) == []
        assert (await store.run(runs.get, first.run)).state == "complete"
    assert len(before) == 29
    assert _orders_at(there) == sorted([*before, ("PO-30", "")])
    assert second.results.get("written", 0) == 0
    assert {*first.results} <= {"written", "merged", "unchanged"}


async def test_a_change_carried_over_after_the_backup_is_at_most_sent_once_more(
    store_url: str, databases: Databases, tmp_path: Path
):
    here, there = Memory("here"), Memory("there!")
    link, file, target = _orders(here, there), tmp_path / "backup.zip", databases.empty()
    with Store.open(store_url) as store:
        await store.run(bindings.bind, _known_customer())
        here.put("sale_order", order(1), "o1")
        await run(link, store, Silent())
        backup.take(backup.Order(url=store_url, files={}, actor="maria"), file)
        here.put("sale_order", replace(order(1), note="New"), "o1")
        await run(link, store, Silent())
    there.written.clear()

    _restore(file, target, tmp_path)
    with Store.open(target) as store:
        for _ in range(3):
            await run(link, store, Silent())

    assert [write.fields for write in there.written] in ([], [{"note"}])
    assert _orders_at(there) == [("PO-1", "New")]


def _orders(here: Memory, there: Memory) -> Link:
    there.records["partner"] = {}
    return Link(
        name="orders",
        entity="sale_order",
        source=here,
        target=there,
        record_type=SaleOrder,
        fields=every_field(SaleOrder),
        kind=Kind.DOCUMENT,
    )


def _known_customer() -> list[bindings.Binding]:
    return [
        bindings.Binding(record="c", connection=name, entity="partner", external_id="1")
        for name in ("here", "there!")
    ]


def _restore(file: Path, url: str, folder: Path) -> None:
    with archive.opened(file) as opened:
        restore.check(opened)
        opened.extract(JOURNAL, folder / "extracted.sqlite3")
        restore.into(restore.Order(url=url, actor="maria"), opened, folder / "extracted.sqlite3")


def _orders_at(there: Memory) -> list[tuple[str, str]]:
    orders = (one for one in there.records["sale_order"].values() if isinstance(one, SaleOrder))
    return sorted((one.customer_reference, one.note) for one in orders)
