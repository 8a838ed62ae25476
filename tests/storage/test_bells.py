"""A bell is kept once and rings again; whoever brings the same events in another order waits."""

import threading

from qantara.storage import inbox
from qantara.storage.inbox import Notice, Routes
from qantara.storage.store import Store

ROUTES = Routes(told={"product": ["supply.product"]}, rung={})


def bell(entity: str = "product", connection: str = "shop") -> Notice:
    return Notice(connection=connection, topic="doorbell", event_key="", body=b"{}", entity=entity)


def notice(key: str) -> Notice:
    return Notice(
        connection="shop", topic="changed", event_key=key, body=b"{}", entity="x", external_id=key
    )


async def test_a_bell_that_rings_already_is_a_repeat(store: Store):
    first = await store.run(inbox.receive, [bell(), bell()])
    second = await store.run(inbox.receive, [bell()])

    assert (len(first.accepted), first.repeats) == (1, 1)
    assert (len(second.accepted), second.repeats) == (0, 1)


async def test_a_bell_that_was_heard_rings_again(store: Store):
    await store.run(inbox.receive, [bell()])
    heard = await store.run(inbox.route, "shop", ROUTES)
    silent = await store.run(inbox.route, "shop", ROUTES)

    again = await store.run(inbox.receive, [bell()])
    heard_again = await store.run(inbox.route, "shop", ROUTES)

    assert heard.links == heard_again.links == {"supply.product"}
    assert silent.links == frozenset()
    assert (len(again.accepted), again.repeats) == (1, 0)


async def test_bells_of_two_entities_are_two(store: Store):
    rung = await store.run(inbox.receive, [bell("product"), bell("stock_level")])

    assert len(rung.accepted) == 2


async def test_it_is_told_where_something_new_came(store: Store):
    await store.run(inbox.receive, [notice("a")])

    received = await store.run(
        inbox.receive, [notice("a"), notice("b"), bell(), bell(connection="other")]
    )

    assert received.by_connection == {"shop": 2, "other": 1}
    assert received.repeats == 1


async def test_two_who_bring_the_same_in_other_orders_both_come_through(store: Store):
    keys = [f"{number:04}" for number in range(300)]
    fresh: list[int] = []

    def bring(some):
        for start in range(0, len(some), 50):
            batch = [notice(key) for key in some[start : start + 50]]
            fresh.append(len(store.run_here(inbox.receive, batch).accepted))

    threads = [threading.Thread(target=bring, args=(some,)) for some in (keys, keys[::-1]) * 2]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(fresh) == 24
    assert sum(fresh) == len(keys)
