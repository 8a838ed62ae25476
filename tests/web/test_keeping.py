"""What is answered with 200 is in the journal; what is not in the journal is not."""

import asyncio
import json
import threading
from collections import Counter

from sqlalchemy import select

from qantara.storage import inbox, steps
from qantara.storage.errors import StorageUnavailable
from qantara.storage.schema import inbox as table
from qantara.storage.store import Store
from tests.web.shop import body, served, signed, sources

BEFORE = "inbox.receive: before its commit"
AFTER = "inbox.receive: after its commit"


async def test_a_signed_webhook_is_kept_as_it_came(hub):
    answer = await hub.ring(body(7))

    (kept,) = await hub.store.run(inbox.waiting, "shop")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert (kept.topic, kept.entity, kept.external_id) == ("products/update", "product", "7")
    assert kept.body == body(7)
    assert hub.woken == ["shop"]


async def test_there_is_no_answer_before_the_commit(hub):
    held, came = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(step):
        if step == BEFORE:
            loop.call_soon_threadsafe(came.set)
            held.wait(30)

    with steps.observed(hold):
        ringing = asyncio.create_task(hub.ring(body()))
        await came.wait()
        done, _ = await asyncio.wait({ringing}, timeout=0.3)
        held.set()
        answer = await ringing

    assert not done
    assert answer.status == 200
    assert await hub.rows() == 1


async def test_five_hundred_at_once_share_few_transactions(hub):
    commits: Counter[str] = Counter()

    with steps.observed(lambda step: commits.update([step])):
        answers = await asyncio.gather(*(hub.ring(body(number)) for number in range(500)))

    assert {answer.status for answer in answers} == {200}
    assert await hub.rows() == 500
    assert 1 <= commits[AFTER] <= 100
    assert hub.counters.transactions == commits[AFTER]


async def test_a_repeat_is_answered_alike_counted_and_kept_once(hub):
    first = await hub.ring(body())
    second = await hub.ring(body())

    assert (first.status, first.body) == (second.status, second.body) == (200, first.body)
    assert await hub.rows() == 1
    assert hub.counters.snapshot() == {"shop": {"accepted": 1, "repeat": 1}}
    assert hub.woken == ["shop"]


async def test_repeats_that_come_together_are_kept_once(hub):
    every = [hub.ring(body(number)) for number in range(20) for _ in range(5)]

    answers = await asyncio.gather(*every)

    assert {answer.status for answer in answers} == {200}
    assert await hub.rows() == 20
    assert hub.counters.snapshot() == {"shop": {"accepted": 20, "repeat": 80}}


async def test_another_version_of_the_record_is_another_event(hub):
    await hub.ring(body(1, version=1))
    await hub.ring(body(1, version=2))

    assert await hub.rows() == 2


async def test_several_events_of_one_delivery_are_kept_together(hub):
    events = [
        {"topic": "stock", "entity": "stock_level", "external_id": str(number)}
        for number in range(3)
    ]
    content = json.dumps({"events": events}).encode()

    for _ in range(2):
        assert (await hub.ring(content)).status == 200

    kept = await hub.store.run(inbox.waiting, "shop")
    assert [one.external_id for one in kept] == ["0", "1", "2"]
    assert [len(one.body) for one in kept] == [len(content), 0, 0]


async def test_an_event_that_has_the_systems_own_id_is_known_by_it(hub):
    def told(note):
        event = {"topic": "paid", "event_key": "evt-1", "entity": "order", "external_id": "5"}
        return json.dumps({"events": [event], "note": note}).encode()

    await hub.ring(told("first"))
    await hub.ring(told("sent again with other words"))

    assert await hub.rows() == 1
    assert hub.counters.snapshot()["shop"]["repeat"] == 1


async def test_a_bell_rings_again_after_it_was_heard(hub):
    content = json.dumps({"events": [{"topic": "bell", "entity": "product"}]}).encode()
    routes = inbox.Routes(told={"product": ["supply.product"]}, rung={})

    links = []
    for _ in range(2):
        await hub.ring(content)
        links.append((await hub.store.run(inbox.route, "shop", routes)).links)

    assert links == [{"supply.product"}] * 2
    assert await hub.rows() == 1


async def test_what_concerns_nobody_is_answered_and_not_kept(hub):
    answer = await hub.ring(b"{}")

    assert answer.status == 200
    assert await hub.rows() == 0
    assert hub.counters.snapshot() == {"shop": {"ignored": 1}}


async def test_while_the_journal_is_away_nothing_is_acknowledged(store: Store):
    away = True

    def guard(_):
        if away:
            raise StorageUnavailable("The database is away.", remedy="Start it.")

    async with served(store.guarded(guard), sources()) as hub:
        while_away = await hub.ring(body())
        async with hub.http.get(f"{hub.url}/healthz") as asked:
            health = asked.status
        away = False
        retried = await hub.ring(body())

        assert (while_away.status, health) == (503, 503)
        assert int(while_away.headers["Retry-After"]) > 0
        assert retried.status == 200
        assert await hub.rows() == 1
        assert hub.counters.snapshot() == {"shop": {"accepted": 1, "busy": 1}}


async def test_when_the_commit_itself_fails_nothing_is_acknowledged(hub):
    def fail(step):
        if step == BEFORE:
            raise StorageUnavailable("The disk is full.", remedy="Make room.")

    with steps.observed(fail):
        failed = await hub.ring(body())
    retried = await hub.ring(body())

    assert (failed.status, retried.status) == (503, 200)
    assert await hub.rows() == 1


async def test_what_cannot_be_kept_together_is_kept_one_by_one(hub):
    held, came = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    seen: list[str] = []

    def refuse_the_second_transaction(step):
        seen.append(step)
        if len(seen) == 1:
            loop.call_soon_threadsafe(came.set)
            held.wait(30)
        if len(seen) == 3:
            raise ValueError("The three cannot be kept together.")

    with steps.observed(refuse_the_second_transaction):
        first = asyncio.create_task(hub.ring(body(0)))
        await came.wait()
        others = [asyncio.create_task(hub.ring(body(number))) for number in (1, 2, 3)]
        await asyncio.sleep(0.2)
        held.set()
        answers = await asyncio.gather(first, *others)

    assert [answer.status for answer in answers] == [200] * 4
    assert await hub.rows() == 4
    assert hub.counters.transactions == 4


async def test_the_lanes_are_woken_after_the_commit_only(hub):
    with steps.observed(hub.woken.append):
        await hub.ring(body())

    assert hub.woken == [BEFORE, AFTER, "shop"]


async def test_a_stopping_hub_answers_what_it_has_begun(store: Store):
    held, came = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(step):
        if step == BEFORE:
            loop.call_soon_threadsafe(came.set)
            held.wait(30)

    async with served(store, sources()) as hub:
        with steps.observed(hold):
            ringing = asyncio.create_task(hub.ring(body()))
            await came.wait()
            hub.stop.set()
            await asyncio.sleep(0.3)
            held.set()
            answer = await ringing

    rows = await store.run(lambda conn: len(conn.execute(select(table)).all()))
    assert answer.status == 200
    assert rows == 1


async def test_it_is_well_while_it_reaches_its_journal(hub):
    async with hub.http.get(f"{hub.url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_however_often_its_health_is_asked_the_journal_is_asked_once(hub):
    asked: Counter[str] = Counter()

    async def ask():
        async with hub.http.get(f"{hub.url}/healthz") as answer:
            return answer.status

    with steps.observed(lambda step: asked.update([step])):
        answers = await asyncio.gather(*(ask() for _ in range(50)))

    assert set(answers) == {200}
    assert max(asked.values()) <= 2


async def test_a_sender_may_come_again_over_the_same_connection(hub):
    for number in range(3):
        assert (await hub.ring(body(number), headers=signed(body(number)))).status == 200

    assert await hub.rows() == 3
