"""A websocket is opened under the same guard as a request."""

import asyncio

import pytest
from aiohttp import web

from qantara.transport import RetryLater, Unsupported
from qantara.transport.sockets import Address, opened


@pytest.fixture
async def server():
    """`/echo` talks back and hangs up, `/away` redirects, `/<status>` answers with it."""

    async def echo(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(await socket.receive_str())
        await socket.close()
        return socket

    async def away(_):
        raise web.HTTPFound("http://169.254.169.254/latest")

    async def status(request):
        return web.Response(status=int(request.match_info["status"]))

    app = web.Application()
    app.add_routes([web.get("/echo", echo), web.get("/away", away), web.get("/{status}", status)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def address(server, path, *, private=True):
    return Address(url=server, path=path, private=private)


async def attempt(where):
    async with opened(where) as line:
        await line.send(b"hello")
        return [text async for text in line]


async def test_texts_come_until_the_line_ends(server):
    assert await asyncio.wait_for(attempt(address(server, "/echo")), 10) == ["hello"]


async def test_an_address_in_ones_own_network_needs_leave(server):
    with pytest.raises(Unsupported, match="not a public address"):
        await attempt(address(server, "/echo", private=False))


async def test_no_redirect_is_followed(server):
    with pytest.raises(Unsupported, match="another address"):
        await attempt(address(server, "/away"))


@pytest.mark.parametrize(
    ("status", "error"), [(404, Unsupported), (403, Unsupported), (503, RetryLater)]
)
async def test_a_refusal_says_whether_to_come_again(server, status, error):
    with pytest.raises(error, match=str(status)):
        await attempt(address(server, f"/{status}"))


async def test_where_nobody_listens_one_comes_again():
    with pytest.raises(RetryLater, match="cannot be reached"):
        await attempt(address("http://127.0.0.1:9", "/echo"))
