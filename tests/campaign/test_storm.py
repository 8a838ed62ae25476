"""Storms of webhooks: repeated, reordered, lost, with a hub that is killed all the while."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection as Database
from sqlalchemy import func, select

from qantara.storage import schema
from qantara.storage.store import Store
from tests.campaign.senders import News, Senders, free_port, repeated
from tests.campaign.shop import BOOKS, SHOP, Place, open_shop, shuffled
from tests.campaign.storm_hub import Setting, storming

THREADS = 8
PATIENCE = 180.0
"""Seconds after the storm in which all must have come to its end."""

WHOLE = 10_000

SIZES = [
    pytest.param(300, 8, id="sample"),
    pytest.param(WHOLE, 200, id="whole", marks=[pytest.mark.campaign]),
]

EMBEDDED, DISTRIBUTED = ("hub",), ("scheduler", "worker")


@pytest.fixture
def shop():
    with open_shop() as place:
        yield place


@pytest.fixture(
    params=[
        pytest.param((EMBEDDED, "sqlite"), id="embedded-sqlite"),
        pytest.param((DISTRIBUTED, "postgresql"), id="distributed-postgresql"),
        pytest.param(
            (EMBEDDED, "postgresql"), id="embedded-postgresql", marks=pytest.mark.campaign
        ),
    ]
)
def setting(request, shop, tmp_path):
    roles, database = request.param
    url = request.getfixturevalue(f"{database}_databases").migrated()
    log = str(tmp_path / "log")
    return Setting(store=url, shop=shop.url, port=free_port(), roles=roles, log=log)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("events", "kills"), SIZES)
def test_each_event_has_one_effect_however_often_it_comes_and_the_hub_dies(
    shop, setting, events, kills
):
    if events == WHOLE and not setting.store.startswith("sqlite"):
        pytest.skip("The whole storm is one process's; several processes have their sample.")
    setting = replace(setting, kills=kills)
    senders = Senders(setting.address)
    news = _customers(shop, events)
    with storming(setting) as storm:
        senders.bring(repeated(news, THREADS, seed=events))
        assert storm.is_over() == kills
        _until_all_is_done(setting)

        made = shop.ask(BOOKS, "made")

    assert len(made) == events
    assert set(made.values()) == {1}
    assert senders.acknowledged >= events
    assert _journal(setting) == {"inbox": events, "open": 0, "letters": 0, "effects": 0, "held": 0}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("events", "kills"), SIZES[:1])
def test_an_order_that_is_told_of_while_it_is_imported_arrives_once(shop, setting, events, kills):
    setting = replace(setting, every="1s", kills=kills // 4)
    with storming(setting) as storm:
        for start in range(0, events, events // 3):
            news = _customers(shop, min(events // 3, events - start), start)
            Senders(setting.address).bring(repeated(news, THREADS, seed=start))
        storm.is_over()
        _until_all_is_done(setting)
        _until(lambda: len(shop.ask(BOOKS, "made")) == events)

        made = shop.ask(BOOKS, "made")

    assert set(made.values()) == {1}
    assert _journal(setting)["letters"] == 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "events", [300, pytest.param(WHOLE, id="whole", marks=pytest.mark.campaign)]
)
def test_what_no_webhook_told_arrives_and_the_subscription_is_restored(shop, setting, events):
    if events == WHOLE and setting.roles == EMBEDDED and "sqlite" not in setting.store:
        pytest.skip("The whole is tried in one process on SQLite and in several on PostgreSQL.")
    setting = replace(setting, every="2s", watched=1.0)
    with storming(setting):
        _until(lambda: shop.ask(SHOP, "address"))
        first = _customers(shop, events // 2)
        Senders(setting.address).bring(repeated(first[: len(first) * 8 // 10], THREADS, seed=1))
        shop.ask(SHOP, "unsubscribe")
        _customers(shop, events - events // 2, events // 2)
        _until(lambda: len(shop.ask(BOOKS, "made")) == events)
        _until(lambda: shop.ask(SHOP, "address"))
        _until(lambda: _told(setting) >= 2)

    assert set(shop.ask(BOOKS, "made").values()) == {1}
    assert shop.ask(SHOP, "subscriptions") == 2


def _customers(shop: Place, many: int, start: int = 0) -> list[News]:
    """So many new customers of the shop, and the news of each."""
    names = [f"Customer {number}" for number in range(start, start + many)]
    ids = shop.ask(SHOP, "put", shuffled(names, seed=start))
    return [News(event=f"event-{one}", id=one) for one in ids]


def _until_all_is_done(setting: Setting) -> None:
    _until(lambda: not _journal(setting)["open"] and not _journal(setting)["held"])


def _until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.2)


def _journal(setting: Setting) -> Counter[str]:
    with Store.open(setting.store) as store:
        return store.run_here(_counted)


def _counted(database: Database) -> Counter[str]:
    inbox, letters, effects, lanes = (
        schema.inbox,
        schema.dead_letters,
        schema.effects,
        schema.lanes,
    )
    conditions = {
        "inbox": inbox.c.id.is_not(None),
        "open": inbox.c.done_at.is_(None),
        "letters": letters.c.state == "open",
        "effects": effects.c.state.in_(("intended", "unknown")),
        "held": lanes.c.holder != "",
    }
    return Counter(
        {
            name: database.scalar(select(func.count()).where(condition)) or 0
            for name, condition in conditions.items()
        }
    )


def _told(setting: Setting) -> int:
    """How often a person was told that a subscription was gone."""
    with Store.open(setting.store) as store:
        counted = select(func.sum(schema.alerts.c.count)).where(schema.alerts.c.subject == SHOP)
        return store.run_here(lambda database: database.scalar(counted)) or 0
