"""The inbox keeps each event once, in the order of arrival."""

from datetime import UTC, datetime, timedelta

from qantara.storage import inbox
from qantara.storage.inbox import Notice
from qantara.storage.store import Store


def notice(key: str, connection: str = "shop", topic: str = "orders/create") -> Notice:
    return Notice(connection=connection, topic=topic, event_key=key, body=b"\x00\xff{}")


async def test_an_event_is_kept_once_and_its_repeats_are_counted(store: Store):
    first = await store.run(inbox.receive, [notice("a"), notice("b"), notice("a")])
    second = await store.run(inbox.receive, [notice("b"), notice("c")])

    assert (len(first.accepted), first.repeats) == (2, 1)
    assert (len(second.accepted), second.repeats) == (1, 1)
    assert [n.event_key for n in await store.run(inbox.waiting, "shop")] == ["a", "b", "c"]


async def test_the_same_key_elsewhere_is_another_event(store: Store):
    alike = [notice("a"), notice("a", topic="orders/cancel"), notice("a", connection="other")]

    received = await store.run(inbox.receive, alike)

    assert (len(received.accepted), received.repeats) == (3, 0)


async def test_what_waits_comes_as_it_was_sent(store: Store):
    await store.run(inbox.receive, [notice("a")])

    (waiting,) = await store.run(inbox.waiting, "shop")

    assert waiting.body == b"\x00\xff{}"
    assert waiting.received_at.tzinfo is UTC


async def test_what_nobody_wants_is_done_and_still_recognised(store: Store):
    await store.run(inbox.receive, [notice("a")])
    await store.run(inbox.route, "shop", inbox.Routes(told={}, rung={}))
    await store.run(inbox.receive, [notice("b")])

    assert [n.event_key for n in await store.run(inbox.waiting, "shop", 10)] == ["b"]
    assert (await store.run(inbox.receive, [notice("a")])).repeats == 1


async def test_many_arrive_at_once(store: Store):
    received = await store.run(inbox.receive, [notice(str(number)) for number in range(1500)])

    waiting = await store.run(inbox.waiting, "shop", 2000)

    assert [n.id for n in waiting] == list(received.accepted)
    assert [n.event_key for n in waiting] == [str(number) for number in range(1500)]


async def test_old_events_are_let_go_once_they_are_done(store: Store):
    await store.run(inbox.receive, [notice("a")])
    await store.run(inbox.route, "shop", inbox.Routes(told={}, rung={}))
    await store.run(inbox.receive, [notice("b")])

    assert await store.run(inbox.prune, datetime.now(UTC) - timedelta(days=1)) == 0
    assert await store.run(inbox.prune, datetime.now(UTC) + timedelta(days=1)) == 1
    assert (await store.run(inbox.receive, [])).accepted == ()
