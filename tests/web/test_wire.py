"""Broken, slow and lying senders: each is got rid of, keeps nothing busy, and leaves nothing."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qantara.web import server
from qantara.web.reading import Limits
from tests.web.shop import body, served, signature, sources

GOOD = body()
REFUSAL = b'{"error":"refused"}'


def head(*lines: str, path: str = "/hooks/shop", content: bytes = GOOD) -> bytes:
    first = (f"POST {path} HTTP/1.1", "Host: hub.test", "Content-Type: application/json")
    own = (f"X-Shop-Signature: {signature(content)}", "X-Shop-Topic: products/update")
    return "\r\n".join((*first, *own, *lines, "", "")).encode()


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


@pytest.fixture
def impatient(monkeypatch):
    """Waits are short, so that the test need not wait long."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    return Limits(seconds=0.3)


async def test_a_body_in_chunks_is_kept(gate):
    came = await gate.raw(
        head("Transfer-Encoding: chunked", "Connection: close"),
        chunk(GOOD[:4]),
        chunk(GOOD[4:]),
        b"0\r\n\r\n",
        wait=0.02,
    )

    assert came.startswith(b"HTTP/1.1 200 ")
    assert await gate.rows() == 1


async def test_chunks_without_end_are_cut_off_at_the_limit(gate):
    some = chunk(b"x" * 65_536)

    came = await gate.raw(head("Transfer-Encoding: chunked"), *([some] * 40))

    assert came == b"" or (came.startswith(b"HTTP/1.1 400 ") and came.endswith(REFUSAL))
    assert gate.counters.snapshot() == {"shop": {"too large": 1}}
    assert await gate.rows() == 0


async def test_a_length_over_the_limit_is_refused_before_a_byte_is_sent(gate):
    came = await asyncio.wait_for(gate.raw(head("Content-Length: 1000001")), 5)

    assert came.startswith(b"HTTP/1.1 400 ")
    assert came.endswith(REFUSAL)
    assert gate.counters.snapshot() == {"shop": {"too large": 1}}


async def test_who_waits_to_be_told_to_go_on_is_told_no_before_he_sends(gate):
    came = await gate.raw(head("Content-Length: 1000001", "Expect: 100-continue"))

    assert came.startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_never_ends_is_given_up(sqlite_store, impatient):
    async with served(sqlite_store, sources(), limits=impatient) as hub:
        came = await asyncio.wait_for(hub.raw(head("Content-Length: 500"), GOOD), 5)

        assert came.startswith(b"HTTP/1.1 400 ")
        assert hub.counters.snapshot() == {"shop": {"too slow": 1}}
        assert await hub.rows() == 0


async def test_a_drop_a_second_is_given_up_too(sqlite_store, impatient):
    async with served(sqlite_store, sources(), limits=impatient) as hub:
        drops = [bytes([byte]) for byte in GOOD]
        length = f"Content-Length: {len(GOOD)}"

        came = await asyncio.wait_for(hub.raw(head(length), *drops, wait=0.1), 10)

        assert b"200" not in came
        assert await hub.rows() == 0


@pytest.mark.parametrize("half", [b"", b"\r\n", b"POST /hooks", head()[:-2]])
async def test_half_a_head_is_given_up(sqlite_store, impatient, half):
    async with served(sqlite_store, sources(), limits=impatient) as hub:
        assert await asyncio.wait_for(hub.raw(half), 5) == b""
        assert (await hub.ring(GOOD)).status == 200


async def test_half_a_head_after_a_good_request_is_given_up(sqlite_store, impatient):
    async with served(sqlite_store, sources(), limits=impatient) as hub:
        good = head(f"Content-Length: {len(GOOD)}") + GOOD

        came = await asyncio.wait_for(hub.raw(good, b"\r\nPOST /ho", wait=0.1), 5)

        assert came.startswith(b"HTTP/1.1 200 ")
        assert came.count(b"HTTP/1.1") == 1


async def test_a_head_without_end_is_cut_off(gate):
    line = b"X-Filler: " + b"x" * 1000 + b"\r\n"

    came = await asyncio.wait_for(gate.raw(head()[:-2], *([line] * 5000)), 20)

    assert came == b"" or came.endswith(REFUSAL)
    assert await gate.rows() == 0


async def test_more_than_was_announced_is_no_part_of_the_body(gate):
    come = await gate.raw(head(f"Content-Length: {len(GOOD) - 1}"), GOOD)

    assert b"200 OK" not in come
    assert await gate.rows() == 0


async def test_a_sender_who_hangs_up_leaves_nothing(gate):
    _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    writer.write(head("Content-Length: 500") + GOOD)
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await gate.ring(body(2))).status == 200
    assert await gate.rows() == 1
    assert gate.counters.snapshot() == {"shop": {"accepted": 1}}


BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": head("Content-Length: 1", "Content-Length: 2") + GOOD,
    "length and chunks": head("Content-Length: 8", "Transfer-Encoding: chunked") + chunk(GOOD),
    "a negative length": head("Content-Length: -1") + GOOD,
    "a length of letters": head("Content-Length: many") + GOOD,
    "a chunk of letters": head("Transfer-Encoding: chunked") + b"zz\r\n",
    "an upgrade": head("Connection: Upgrade", "Upgrade: websocket", "Content-Length: 0"),
    "bytes in the address": b"POST /hooks/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
async def test_what_is_no_proper_request_is_refused_in_the_same_words(gate, sent):
    came = await asyncio.wait_for(gate.raw(sent), 5)

    assert came.startswith(b"HTTP/1.1 400 ")
    assert came.endswith(REFUSAL)
    assert b"server:" not in came.lower()
    assert await gate.rows() == 0


@given(
    lines=st.lists(st.binary(max_size=40), max_size=4),
    content=st.binary(max_size=60),
    path=st.binary(max_size=20),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_bytes_come_none_is_kept_and_the_next_is_heard(gate, lines, content, path):
    sent = b"\r\n".join((b"POST /hooks/" + path + b" HTTP/1.1", *lines, b"", content))

    _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    writer.write(sent)
    await writer.drain()
    writer.close()

    assert (await gate.ring(GOOD)).status == 200
    assert await gate.rows() == 1
