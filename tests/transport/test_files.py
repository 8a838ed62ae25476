"""Files go out and come in piece by piece: the whole is never in memory."""

import base64
import hashlib
import json
import os
import tracemalloc
from typing import Any

import pytest
from aiohttp import web

from qantara.transport import Rejected
from qantara.transport.files import MARK, Spliced
from qantara.transport.http import HttpClient, Request

LARGE = 24 << 20
FLAT = 4 << 20
BLOCK = os.urandom(1 << 16)


@pytest.fixture
def large(tmp_path):
    """A file, and its SHA-256."""
    path = tmp_path / "large"
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for _ in range(LARGE // len(BLOCK)):
            out.write(BLOCK)
            digest.update(BLOCK)
    return path, digest.hexdigest()


@pytest.fixture
def memory():
    """The most that was taken at once, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 196_607, 196_608, 196_609, 500_000])
async def test_the_mark_becomes_the_file_in_base64(tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(content := os.urandom(size))
    spliced = Spliced(body=json.dumps({"a": MARK.decode(), "b": 1}).encode(), file=file)
    sent = b"".join([piece async for piece in spliced.pieces()])

    assert json.loads(sent) == {"a": base64.b64encode(content).decode(), "b": 1}
    assert len(sent) == spliced.size


async def test_a_large_file_is_sent_in_little_memory(serve, large, memory):
    came: dict[str, Any] = {}

    async def count(request: web.Request) -> web.Response:
        came["told"] = request.headers["Content-Length"]
        came["size"] = 0
        async for chunk in request.content.iter_chunked(1 << 16):
            came["size"] += len(chunk)
        return web.Response(text="{}")

    http = HttpClient(await serve(count), private=True)
    await http.request(Request(path="/", body=b"[" + MARK + b"]", file=large[0]))
    await http.close()

    assert came["size"] == int(came["told"]) == LARGE // 3 * 4 + 2
    assert memory() < FLAT


async def test_a_large_answer_goes_to_disk_in_little_memory(serve, large, memory, tmp_path):
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGE // len(BLOCK)):
            await response.write(BLOCK)
        return response

    http = HttpClient(await serve(stream), private=True)
    to = tmp_path / "got"
    answer = await http.request(Request(method="GET", path="/", idempotent=True, to=to))
    await http.close()

    assert answer.body == b""
    assert memory() < FLAT
    assert hashlib.sha256(to.read_bytes()).hexdigest() == large[1]


async def test_an_answer_beyond_the_limit_is_refused(serve, tmp_path):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 2_000_000)

    http = HttpClient(await serve(answer), private=True, max_bytes=1_000_000)
    to = tmp_path / "got"
    with pytest.raises(Rejected, match="larger than"):
        await http.request(Request(method="GET", path="/", idempotent=True, to=to))
    await http.close()


async def test_an_error_page_is_not_taken_for_the_file(serve, tmp_path):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=404, text="Not Found")

    http = HttpClient(await serve(answer), private=True)
    to = tmp_path / "got"
    response = await http.request(
        Request(method="GET", path="/", idempotent=True, to=to, expect=(404,))
    )
    await http.close()

    assert response.body == b"Not Found"
    assert not to.exists()
