"""What links have to look at: asked once, handed out in batches, done when nothing happened since."""

import pytest

from qantara.storage import inbox, lanes, work
from qantara.storage.errors import Overtaken
from qantara.storage.inbox import Notice
from qantara.storage.store import Store
from qantara.storage.work import Task


def task(id_: str, event: int = 0, link: str = "a.product") -> Task:
    return Task(link=link, connection="shop", entity="product", external_id=id_, event=event)


def notice(key: str, id_: str = "1", entity: str = "product") -> Notice:
    return Notice(
        connection="shop", topic="t", event_key=key, body=b"", entity=entity, external_id=id_
    )


def to(**told: list[str]) -> inbox.Routes:
    return inbox.Routes(told=told, rung={})


async def due(store: Store, link: str = "a.product") -> list[str]:
    return [one.external_id for one in await store.run(work.due, link)]


async def test_a_record_is_looked_at_once_however_often_it_is_told_of(store: Store):
    for event in (3, 5, 4):
        await store.run(work.ask, [task("1", event)])

    [only] = await store.run(work.due, "a.product")

    assert only.event == 5


async def test_what_happened_meanwhile_is_looked_at_again(store: Store):
    await store.run(work.ask, [task("1", 3)])
    batch = await store.run(work.due, "a.product")
    await store.run(work.ask, [task("1", 4)])
    await store.run(work.finish, batch)

    assert await due(store) == ["1"]


async def test_the_failed_come_after_the_fresh_and_at_last_alone(store: Store):
    many = [task(f"{n:04}") for n in range(600)]
    await store.run(work.ask, many)
    sizes = []
    for _ in range(5):
        batch = await store.run(work.due, "a.product")
        sizes.append((batch[0].attempts, len(batch)))
        await store.run(work.fail, batch, "No.", after=0)

    assert sizes == [(0, 500), (0, 100), (1, 60), (1, 60), (1, 60)]
    for _ in range(7 + 75 + 10):
        batch = await store.run(work.due, "a.product")
        await store.run(work.fail, batch, "No.", after=0)
    assert (batch[0].attempts, len(batch)) == (3, 1)


async def test_what_failed_waits(store: Store):
    await store.run(work.ask, [task("1")])
    await store.run(work.fail, await store.run(work.due, "a.product"), "No.", after=60)

    assert await due(store) == []
    assert (await store.run(work.backlogs))["a.product"].count == 1


async def test_a_notice_is_done_when_the_last_link_has_looked(store: Store):
    await store.run(inbox.receive, [notice("e1"), notice("e2")])
    routed = await store.run(inbox.route, "shop", to(product=["a.product", "b.product"]))

    assert routed == inbox.Routed(links=frozenset({"a.product", "b.product"}), more=False)
    assert await waits(store) == ["e1", "e2"]
    await store.run(work.finish, await store.run(work.due, "a.product"))
    assert await waits(store) == ["e1", "e2"]
    await store.run(work.finish, await store.run(work.due, "b.product"))
    assert await waits(store) == []


async def waits(store: Store) -> list[str]:
    return [one.event_key for one in await store.run(inbox.waiting, "shop")]


async def test_a_later_notice_of_the_same_record_is_not_done_with_the_earlier(store: Store):
    await store.run(inbox.receive, [notice("e1")])
    await store.run(inbox.route, "shop", to(product=["a.product"]))
    batch = await store.run(work.due, "a.product")
    await store.run(inbox.receive, [notice("e2")])
    await store.run(inbox.route, "shop", to(product=["a.product"]))
    await store.run(work.finish, batch)

    assert await waits(store) == ["e1", "e2"]
    await store.run(work.finish, await store.run(work.due, "a.product"))
    assert await waits(store) == []


async def test_a_notice_that_is_only_a_hint_asks_the_source_at_once(store: Store):
    await store.run(inbox.receive, [notice("e1", "7", "order")])
    routes = inbox.Routes(told={"product": ["a.product"]}, rung={"order": ["a.order"]})
    await store.run(inbox.route, "shop", routes)

    assert (await store.run(lanes.states))["a.order"].poll_at is not None
    assert await waits(store) == []
    await store.run(inbox.receive, [notice("e2", "", "")])
    assert (await store.run(inbox.route, "shop", routes)).links == {"a.order", "a.product"}


async def test_whoever_was_overtaken_can_write_no_more(store: Store):
    first = await store.run(lanes.take, "a.product", "one")
    mine = store.guarded(lambda conn: lanes.guard(conn, "a.product", first.token))
    await mine.run(work.ask, [task("1")])
    second = await store.run(lanes.take, "a.product", "two")

    with pytest.raises(Overtaken):
        await mine.run(work.ask, [task("2")])

    assert await due(store) == ["1"]
    assert (second.token, second.holder) == (first.token + 1, "two")
