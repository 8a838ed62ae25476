"""Every way a request can fail leaves the client as an error that says what to do next."""

import asyncio
import socket
from contextlib import suppress
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from aiohttp import web

from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)
from qantara.transport import http as http_module
from qantara.transport.http import HttpClient, Request, Response, TimeoutClass
from qantara.transport.limits import TokenBucket, urgency

READ = Request(path="/x", idempotent=True)
WRITE = Request(path="/x", body=b"{}")


async def ask(url: str, request: Request = READ, **options: Any) -> Response:
    client = HttpClient(url, private=True, **options)
    try:
        return await client.request(request)
    finally:
        await client.close()


async def failure(url: str, request: Request = READ, **options: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await ask(url, request, **options)
    return caught.value


def answering(status: int, headers: dict[str, str] | None = None):
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, text="secret-of-the-body")

    return handler


async def cutting(request: web.Request) -> web.Response:
    await request.read()
    if request.transport:
        request.transport.abort()
    return web.Response()


async def cutting_in_the_answer(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100"})
    await answer.prepare(request)
    await answer.write(b"half")
    if request.transport:
        request.transport.abort()
    return answer


async def never(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def test_an_answer_comes_with_status_headers_cookies_and_body(serve):
    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        answer = web.Response(body=body + request.headers["X-Who"].encode())
        answer.set_cookie("session_id", "c")
        answer.headers["X-Reply"] = "r"
        return answer

    request = Request(path="/x", body=b"b", headers={"X-Who": "w"})
    response = await ask(await serve(handler), request)

    assert (response.status, response.body) == (200, b"bw")
    assert (response.cookies["session_id"], response.headers["x-reply"]) == ("c", "r")


@pytest.mark.parametrize(
    ("status", "request_", "kind"),
    [
        (400, WRITE, Rejected),
        (401, WRITE, AuthFailed),
        (403, WRITE, AuthFailed),
        (404, WRITE, NotFound),
        (410, READ, NotFound),
        (413, WRITE, Rejected),
        (422, WRITE, Rejected),
        (429, WRITE, RetryLater),
        (503, WRITE, RetryLater),
        *((status, READ, RetryLater) for status in (408, 500, 502, 504, 520)),
        *((status, WRITE, OutcomeUnknown) for status in (408, 500, 502, 504, 520)),
    ],
)
async def test_a_status_becomes_the_error_that_says_what_to_do(serve, status, request_, kind):
    error = await failure(await serve(answering(status)), request_)

    assert type(error) is kind
    assert str(status) in error.reason
    assert "secret-of-the-body" not in error.reason + error.remedy


async def test_an_expected_status_is_returned(serve):
    response = await ask(await serve(answering(404)), Request(path="/x", expect={404}))

    assert response.status == 404


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("soon", 5, 5),
        ("99999999", 3600, 3600),
    ],
)
async def test_retry_after_is_understood(serve, header, low, high):
    error = await failure(await serve(answering(429, {"Retry-After": header})))

    assert isinstance(error, RetryLater)
    assert low <= error.after <= high


@pytest.mark.parametrize(("ahead", "low", "high"), [(600, 400, 601), (-40, 0, 0)])
async def test_retry_after_may_be_a_date(serve, ahead, low, high):
    date = formatdate(time() + ahead, usegmt=True)

    error = await failure(await serve(answering(429, {"Retry-After": date})))

    assert isinstance(error, RetryLater)
    assert low <= error.after <= high


@pytest.mark.parametrize("cut", [cutting, cutting_in_the_answer])
@pytest.mark.parametrize(("request_", "kind"), [(READ, RetryLater), (WRITE, OutcomeUnknown)])
async def test_a_cut_after_sending_leaves_a_write_unknown(serve, cut, request_, kind):
    error = await failure(await serve(cut), request_)

    assert type(error) is kind


@pytest.mark.parametrize(("request_", "kind"), [(READ, RetryLater), (WRITE, OutcomeUnknown)])
async def test_a_late_answer_leaves_a_write_unknown(serve, monkeypatch, request_, kind):
    monkeypatch.setattr(TimeoutClass.READ, "_value_", 0.2)

    error = await failure(await serve(never), request_)

    assert type(error) is kind
    assert "did not answer within" in error.reason


async def test_a_question_on_a_kept_connection_is_not_sent_again_by_itself(serve):
    """What is signed is good for once: whoever asks again signs again."""
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.method)
        if len(asked) > 1 and request.transport:
            request.transport.abort()
        return web.Response(text="{}")

    client = HttpClient(await serve(handler), private=True)
    question = Request(method="GET", path="/x", idempotent=True)
    try:
        await client.request(question)
        with pytest.raises(RetryLater):
            await client.request(question)
    finally:
        await client.close()

    assert asked == ["GET", "GET"]


async def test_a_refused_connection_did_nothing(unused_tcp_port: int):
    error = await failure(f"http://127.0.0.1:{unused_tcp_port}", WRITE)

    assert type(error) is RetryLater
    assert f"127.0.0.1 port {unused_tcp_port}" in error.reason
    assert error.remedy


async def test_a_server_that_never_accepts_did_nothing(monkeypatch):
    monkeypatch.setattr(http_module, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full, socket.socket() as queued:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queued.connect(full.getsockname())
        error = await failure(f"http://127.0.0.1:{full.getsockname()[1]}", WRITE)

    assert type(error) is RetryLater
    assert "in time" in error.reason


async def test_an_unknown_host_did_nothing():
    error = await failure("http://no-such-host.invalid", WRITE)

    assert type(error) is RetryLater
    assert "no host named no-such-host.invalid" in error.reason


async def test_an_untrusted_certificate_is_for_the_owner(serve, certificate):
    error = await failure(await serve(answering(200), certificate().context), WRITE)

    assert type(error) is AuthFailed
    assert "is not trusted" in error.reason
    assert "ca_file" in error.remedy


async def test_a_certificate_named_as_ca_file_is_trusted(serve, certificate):
    own = certificate()

    response = await ask(await serve(answering(200), own.context), ca_file=own.file)

    assert response.status == 200


@pytest.mark.parametrize(
    ("flaw", "reason", "remedy"),
    [
        ({"days": -1}, "expired", "Renew"),
        ({"host": "10.9.8.7"}, "not valid for '127.0.0.1'", "host name"),
    ],
)
async def test_a_trusted_certificate_with_a_flaw_is_refused(
    serve, certificate, flaw, reason, remedy
):
    own = certificate(**flaw)

    error = await failure(await serve(answering(200), own.context), ca_file=own.file)

    assert type(error) is AuthFailed
    assert reason in error.reason
    assert remedy in error.remedy


async def test_a_ca_file_that_cannot_be_read_is_named():
    error = await failure("https://127.0.0.1", ca_file="no/such.pem")

    assert type(error) is AuthFailed
    assert "no/such.pem" in error.reason


async def test_plain_http_where_tls_was_expected_is_explained(serve):
    url = await serve(answering(200))

    error = await failure(url.replace("http:", "https:"), WRITE)

    assert type(error) is RetryLater
    assert "http://" in error.remedy


async def test_a_redirect_to_another_host_is_not_followed(serve):
    elsewhere = await serve(answering(200))

    error = await failure(
        await serve(answering(301, {"Location": f"{elsewhere}/secret"})),
        Request(method="GET", path="/x", idempotent=True),
    )

    assert type(error) is Unsupported
    assert elsewhere in error.remedy
    assert "secret" not in error.remedy


async def test_a_redirect_of_a_post_is_not_followed(serve):
    error = await failure(await serve(answering(307, {"Location": "/y"})), WRITE)

    assert type(error) is Unsupported
    assert "HTTP 307" in error.reason


async def test_a_get_is_followed_within_its_host(serve):
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/x":
            raise web.HTTPFound("/y")
        return web.Response(text=request.path)

    response = await ask(await serve(handler), Request(method="GET", path="/x"))

    assert response.body == b"/y"


async def test_a_redirect_in_circles_ends(serve):
    url = await serve(answering(302, {"Location": "/x"}))

    error = await failure(url, Request(method="GET", path="/x", idempotent=True))

    assert "in circles" in error.reason


@pytest.mark.parametrize(("request_", "kind"), [(READ, Rejected), (WRITE, OutcomeUnknown)])
async def test_an_answer_too_large_is_not_read_to_its_end(serve, request_, kind):
    async def flood(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            for _ in range(10_000):
                await answer.write(b"x" * 65536)
        return answer

    error = await failure(await serve(flood), request_, max_bytes=1 << 20)

    assert type(error) is kind
    assert "larger than 1 MB" in error.reason


async def test_no_more_requests_at_once_than_allowed(serve):
    running, most = 0, 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return web.Response()

    client = HttpClient(await serve(handler), private=True, concurrency=2)
    await asyncio.gather(*(client.request(READ) for _ in range(8)))
    await client.close()

    assert most == 2
    assert client.sent == 8


def test_nothing_secret_shows_in_the_text_of_a_request():
    request = Request(path="/x", body=b"canary", headers={"Authorization": "canary"})
    client = HttpClient("https://odoo.example.com", headers={"Authorization": "canary"})

    assert "canary" not in repr(request) + repr(client)


async def test_a_server_that_asks_for_a_pause_gets_it(serve):
    now, slept = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    limits = TokenBucket(rate=100.0, burst=100.0, clock=lambda: now, sleep=sleep)
    client = HttpClient(
        await serve(answering(429, {"Retry-After": "7"})), private=True, limits=limits
    )
    for _ in range(2):
        with pytest.raises(RetryLater):
            await client.request(WRITE)
    await client.close()

    assert slept == [7.0]


async def test_of_those_who_wait_the_most_urgent_is_sent_first(serve):
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        await asyncio.sleep(0.01)
        return web.Response()

    client = HttpClient(await serve(handler), private=True, concurrency=1)

    async def ask_urgently(path: str, how_urgent: float) -> None:
        urgency.set(how_urgent)
        await client.request(Request(path=path, idempotent=True))

    waiting = [("/first", 0), ("/image", 1), ("/order", 5), ("/stock", 9)]
    await asyncio.gather(*(ask_urgently(*each) for each in waiting))
    await client.close()

    assert asked == ["/stock", "/order", "/image", "/first"]
