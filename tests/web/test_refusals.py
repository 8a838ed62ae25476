"""Whatever is wrong, a stranger gets one and the same answer, and nothing of it is kept."""

import json
import logging
import time
from datetime import timedelta
from typing import Any

import pytest

from qantara.web import events
from qantara.web.reading import Limits
from qantara.web.sources import source
from tests.web.shop import (
    OTHER,
    SECRET,
    FormShop,
    TimedShop,
    TokenShop,
    body,
    secret,
    served,
    signature,
    signed,
    sources,
)

JSON = {"Content-Type": "application/json"}
REFUSAL = (400, b'{"error":"refused"}')
GOOD = body()
DEEP = b'{"id":' + b"[" * 70 + b"]" * 70 + b"}"
LARGE = b'{"id":"' + b"x" * 1_000_000 + b'"}'


def with_type(kind: str, content: bytes = GOOD) -> dict[str, str]:
    return {**signed(content), "Content-Type": kind}


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "unsigned": ("unsigned", {"content": GOOD, "headers": JSON}),
    "wrongly signed": ("wrong signature", {"content": GOOD, "headers": signed(GOOD, OTHER)}),
    "altered": ("wrong signature", {"content": body(2), "headers": signed(GOOD)}),
    "oversized": ("too large", {"content": LARGE}),
    "empty": ("not JSON", {"content": b""}),
    "no JSON": ("not JSON", {"content": b"id=1"}),
    "half JSON": ("not JSON", {"content": b'{"id":1'}),
    "two JSONs": ("not JSON", {"content": b'{"id":1}{"id":2}'}),
    "not UTF-8": ("not JSON", {"content": b'{"id":"\xff"}'}),
    "deeply nested": ("too deep", {"content": DEEP}),
    "never closed": ("too deep", {"content": b"[" * 100_000}),
    "wrong content type": (
        "wrong content type",
        {"content": GOOD, "headers": with_type("text/plain")},
    ),
    "a form": (
        "wrong content type",
        {"content": b"id=1", "headers": with_type("application/x-www-form-urlencoded", b"id=1")},
    ),
    "nonsense to the connector": ("nonsense", {"content": b'"nonsense"'}),
    "what the connector did not expect": ("nonsense", {"content": b"7"}),
    "an endless id": ("nonsense", {"content": json.dumps({"id": "x" * 201}).encode()}),
    "a NUL in an id": ("nonsense", {"content": b'{"id":"\\u0000"}'}),
    "half a surrogate pair": ("not JSON", {"content": b'{"id":"\\ud800"}'}),
    "GET": ("wrong method", {"content": b"", "method": "GET"}),
    "PUT": ("wrong method", {"content": GOOD, "method": "PUT"}),
    "DELETE": ("wrong method", {"content": GOOD, "method": "DELETE"}),
}

UNKNOWN = {
    "another name": "nobody",
    "no name": "",
    "a longer name": "shopx",
    "a name in capitals": "SHOP",
    "a way out": "..%2f..%2fhealthz",
    "no UTF-8": "%ff%fe",
    "a NUL": "shop%00",
}


@pytest.mark.parametrize(("reason", "sent"), REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_counted_and_not_kept(gate, reason, sent):
    answer = await gate.ring(**sent)

    assert (answer.status, answer.body) == REFUSAL
    assert await gate.rows() == 0
    assert gate.counters.snapshot() == {"shop": {reason: 1}}
    assert gate.woken == []


@pytest.mark.parametrize("name", UNKNOWN.values(), ids=UNKNOWN)
async def test_a_connection_that_is_not_is_refused_like_a_wrong_signature(gate, name):
    unknown = await gate.ring(GOOD, to=name)
    wrong = await gate.ring(GOOD, headers=signed(GOOD, OTHER))

    assert (unknown.status, unknown.body) == (wrong.status, wrong.body) == REFUSAL
    assert headers_of(unknown) == headers_of(wrong)
    assert await gate.rows() == 0
    assert gate.counters.snapshot() == {
        "": {"unknown connection": 1},
        "shop": {"wrong signature": 1},
    }


async def test_all_refusals_look_the_same(gate):
    answers = [await gate.ring(**sent) for _, sent in REFUSED.values()]
    answers += [await gate.ring(GOOD, to=name) for name in ("nobody", "shopx")]

    assert {(one.status, one.body, headers_of(one)) for one in answers} == {
        (*REFUSAL, headers_of(answers[0]))
    }


async def test_a_made_up_name_takes_no_room(gate):
    for number in range(20):
        await gate.ring(GOOD, to=f"made-up-{number}")

    assert gate.counters.snapshot() == {"": {"unknown connection": 20}}


async def test_no_answer_names_the_server_or_shows_an_error(gate):
    answers = [await gate.ring(GOOD), await gate.ring(GOOD, headers=JSON)]
    answers += [await gate.ring(b"7"), await gate.ring(GOOD, to="nobody")]

    for answer in answers:
        assert {name.lower() for name in answer.headers} <= {
            *("content-type", "content-length", "date", "connection")
        }
        assert b"Traceback" not in answer.body


async def test_no_secret_is_logged(gate, caplog):
    with caplog.at_level(logging.DEBUG):
        await gate.ring(GOOD)
        await gate.ring(GOOD, headers=JSON)
        await gate.ring(GOOD, to=f"shop/{OTHER}", headers=JSON)
        await gate.ring(b"7")

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("qantara")]
    assert any("unsigned" in line for line in ours)
    for hidden in (SECRET, OTHER, signature(GOOD)):
        assert hidden not in caplog.text


async def test_a_flood_of_refusals_is_told_once_a_minute(gate, caplog):
    for _ in range(25):
        await gate.ring(GOOD, headers=JSON)

    told = [record for record in caplog.records if "unsigned" in record.getMessage()]
    assert len(told) == 1
    assert gate.counters.snapshot()["shop"]["unsigned"] == 25


async def test_much_that_is_refused_is_slowed_and_what_is_good_is_not(gate):
    bad = [await gate.ring(GOOD, headers=JSON) for _ in range(40)]

    good = await gate.ring(GOOD)

    slowed = [answer for answer in bad if answer.status == 429]
    assert bad[0].status == 400
    assert 5 <= len(slowed) <= 10
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in slowed)
    assert slowed[0].body == bad[0].body
    assert good.status == 200


async def test_behind_a_trusted_proxy_each_sender_is_slowed_for_himself(sqlite_store):
    async with served(sqlite_store, sources(), trust_proxy=True) as hub:
        first = [await hub.ring(GOOD, headers=from_("203.0.113.1")) for _ in range(31)]
        second = await hub.ring(GOOD, headers=from_("203.0.113.1, 203.0.113.2"))

    assert first[-1].status == 429
    assert second.status == 400


async def test_what_a_stranger_says_of_his_address_counts_for_nothing(gate):
    answers = [await gate.ring(GOOD, headers=from_(f"203.0.113.{number}")) for number in range(31)]

    assert answers[-1].status == 429


def from_(addresses: str) -> dict[str, str]:
    return {**JSON, "X-Forwarded-For": addresses}


async def test_while_a_secret_is_replaced_both_are_heard_and_then_one(sqlite_store):
    old, new = secret(OTHER, for_more=timedelta(hours=1)), secret(SECRET)
    known = sources(shop=source("shop", TokenShop, [new, old]))
    async with served(sqlite_store, known) as hub:
        both = [await hub.ring(GOOD, to=f"shop/{key}", headers=JSON) for key in (SECRET, OTHER)]
        over = secret(OTHER, for_more=timedelta(seconds=-1))
        hub.known["shop"] = source("shop", TokenShop, [new, over])
        then = [await hub.ring(GOOD, to=f"shop/{key}", headers=JSON) for key in (SECRET, OTHER)]

    assert [answer.status for answer in both] == [200, 200]
    assert [answer.status for answer in then] == [200, 400]


async def test_a_connection_without_a_secret_hears_nobody(sqlite_store):
    known = sources(shop=source("shop", TokenShop, []))
    async with served(sqlite_store, known) as hub:
        answers = [await hub.ring(GOOD, to=to, headers=JSON) for to in ("shop", "shop/", "shop/x")]

        assert [(answer.status, answer.body) for answer in answers] == [REFUSAL] * 3
        assert await hub.rows() == 0


def timed(content: bytes, at: float, event: str = "e-1") -> dict[str, str]:
    stamp = str(int(at))
    over = f"{stamp}.".encode() + content
    return {
        **JSON,
        "X-Shop-Signature": signature(over),
        "X-Shop-Time": stamp,
        "X-Shop-Event": event,
    }


async def test_a_replay_is_refused_later_and_known_at_once(sqlite_store):
    known = sources(shop=source("shop", TimedShop, [secret(SECRET)]))
    now = time.time()
    async with served(sqlite_store, known) as hub:
        first, again = [await hub.ring(GOOD, headers=timed(GOOD, now)) for _ in range(2)]
        old = await hub.ring(body(2), headers=timed(body(2), now - 400))
        ahead = await hub.ring(body(3), headers=timed(body(3), now + 400))

        assert (first.status, again.status, again.body) == (200, 200, first.body)
        assert (old.status, old.body) == (ahead.status, ahead.body) == REFUSAL
        assert await hub.rows() == 1
        assert hub.counters.snapshot() == {"shop": {"accepted": 1, "repeat": 1, "stale": 2}}


async def test_the_systems_id_of_the_event_tells_a_repeat(sqlite_store):
    known = sources(shop=source("shop", TimedShop, [secret(SECRET)]))
    now = time.time()
    async with served(sqlite_store, known) as hub:
        await hub.ring(GOOD, headers=timed(GOOD, now, "e-1"))
        await hub.ring(GOOD, headers=timed(GOOD, now + 1, "e-1"))
        await hub.ring(GOOD, headers=timed(GOOD, now, "e-2"))
        await hub.ring(body(4), headers=timed(body(4), now, "e" * 5000))

        assert await hub.rows() == 3


async def test_another_content_type_is_due_where_the_manifest_says_so(sqlite_store):
    known = sources(shop=source("shop", FormShop, [secret(SECRET)]))
    form = with_type("application/x-www-form-urlencoded; charset=utf-8", b"id=1")
    async with served(sqlite_store, known) as hub:
        right = await hub.ring(b"id=1", headers=form)
        wrong = await hub.ring(GOOD)

    assert (right.status, wrong.status) == (200, 400)


async def test_an_unsigned_greeting_is_answered_at_any_address_and_not_kept(gate):
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answers = [await gate.ring(b"webhook_id=12", to=to, headers=form) for to in ("shop", "nobody")]
    more = await gate.ring(b"webhook_id=12&id=1", headers=form)

    assert [answer.status for answer in answers] == [200, 200]
    assert more.status == 400
    assert await gate.rows() == 0


async def test_a_delivery_of_too_many_events_is_refused(gate):
    many = [{"topic": "x", "external_id": str(one)} for one in range(events.MOST + 1)]

    answer = await gate.ring(json.dumps({"events": many}).encode())

    assert (answer.status, answer.body) == REFUSAL
    assert await gate.rows() == 0


async def test_when_too_much_is_in_memory_more_is_sent_away(sqlite_store):
    limits = Limits(held=1000)
    async with served(sqlite_store, sources(), limits=limits) as hub:
        full = await hub.ring(body(1, more="x" * 2000))
        small = [await hub.ring(body(number)) for number in range(3)]

        assert full.status == 503
        assert [answer.status for answer in small] == [200] * 3
        assert await hub.rows() == 3


async def test_other_addresses_are_not_there(gate):
    for path in ("/", "/hooks", "/hook/shop", "/docs"):
        async with gate.http.post(f"{gate.url}{path}") as answer:
            assert answer.status == 404


def headers_of(answer) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in answer.headers.items() if name != "date")
