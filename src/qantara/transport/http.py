"""The one HTTP client: every failure leaves it as an error that says what to do next."""

import ssl
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp

from qantara.transport import answers, exactjson
from qantara.transport.addresses import GuardedResolver, split_url
from qantara.transport.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)
from qantara.transport.files import Spliced
from qantara.transport.hints import Hint
from qantara.transport.learning import Learner
from qantara.transport.limits import Gate, Limits, TokenBucket
from qantara.transport.statuses import refusal

CONNECT_SECONDS = 10.0
MAX_BYTES = 128 * 1024 * 1024
"""The largest answer read into memory."""

_REDIRECTS = 5


class TimeoutClass(Enum):
    """How long, in seconds, an answer may take, by the kind of operation."""

    PROBE = 15.0
    READ = 60.0
    WRITE = 120.0
    BULK = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `idempotent` says that sending it again does no harm, whatever became of it.

    A status in `expect` is returned instead of raised. `path` is joined to the client's URL. `cost`
    counts against the limits; what it really was may be told afterwards with `HttpClient.spent`.
    `file` takes the place of its mark in the body (see `files`); a good answer is written to the
    file `to` and has no body then. Neither is ever whole in memory.
    """

    method: str = "POST"
    path: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: TimeoutClass = TimeoutClass.READ
    idempotent: bool = False
    expect: Collection[int] = ()
    cost: float = 1.0
    file: Path | None = None
    to: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back. Names of headers are in lower case; `cookies` are those just set."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON with exact numbers; raises exactjson.NotJson."""
        return exactjson.decode(self.body)


@dataclass(slots=True)
class HttpClient:
    """Requests to one server, at most `concurrency` at a time; retries nothing.

    Whose work is most urgent (`limits.urgency`) goes first. What the answers tell of the system's
    limits is learnt, for all who share `limits`, else for this client.

    `headers` go with every request. Redirects are followed for GET within the same origin only.
    The session opens with the first request. `name` is the connection's, as `answers` notes it.
    """

    base_url: str
    _: KW_ONLY
    name: str = ""
    concurrency: int = 2
    ca_file: str | None = None
    private: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: Limits | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    max_bytes: int = MAX_BYTES
    sent: int = field(default=0, init=False)
    _parts: SplitResult = field(init=False, repr=False)
    _learner: Learner = field(init=False, repr=False)
    _gate: Gate = field(init=False, repr=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._parts = split_url(self.base_url, private=self.private)
        limits = self.limits or TokenBucket(clock=self.clock)
        self._learner = Learner(limits, self.clock)
        self._gate = Gate(
            concurrency=self.concurrency,
            limits=(self._learner.pace, limits),
            clock=self.clock,
        )

    @property
    def where(self) -> str:
        """Scheme, host and port, as they may appear in a sentence."""
        return f"{self._parts.scheme}://{self._parts.netloc}"

    async def request(self, request: Request) -> Response:
        """Send it and return the answer, or raise the ConnectorError that says what to do."""
        async with self._gate.turn(request.cost):
            response = await self._exchange(request)
        self._gate.left(self._learner.heard(response.status, response.headers))
        if response.status in request.expect or response.status < 300:
            answers.note(self.name)
            return response
        raise refusal(response.status, response.headers, self.where, idempotent=request.idempotent)

    def spent(self, more: float) -> None:
        """A call cost so much more than its request said (less, when negative)."""
        self._gate.spent(more)

    def told(self, hint: Hint) -> None:
        """The system told its limits in a body; those in headers are heard of themselves."""
        self._gate.left(self._learner.told(hint))

    async def close(self) -> None:
        """Close the session. Safe to repeat."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def _exchange(self, request: Request) -> Response:
        session = self._open()
        progress = SimpleNamespace(connected=False)
        self.sent += 1
        try:
            return await self._follow(session, request, progress)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failure(error, request, connected=progress.connected) from error

    async def _follow(
        self, session: aiohttp.ClientSession, request: Request, progress: SimpleNamespace
    ) -> Response:
        url = self.base_url.rstrip("/") + request.path
        for _ in range(_REDIRECTS):
            async with session.request(
                request.method,
                url,
                data=_data(request),
                headers={**self.headers, **request.headers, **_length(request)},
                timeout=aiohttp.ClientTimeout(
                    total=request.timeout.value, sock_connect=CONNECT_SECONDS
                ),
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as answer:
                target = self._redirect(request, answer)
                if not target:
                    return await self._read(answer, request)
                url = target
        raise Unsupported(f"{self.where} sends the request in circles.")

    def _redirect(self, request: Request, answer: aiohttp.ClientResponse) -> str:
        location = answer.headers.get("Location", "")
        if answer.status not in {301, 302, 303, 307, 308} or not location:
            return ""
        target = urljoin(str(answer.url), location)
        if _origin(target) == _origin(self.base_url):
            return target if request.method == "GET" and answer.status not in request.expect else ""
        raise Unsupported(
            f"{self.where} sends the request on to {_origin(target)}.",
            remedy=f"If that is the system you mean, use {_origin(target)} as its URL.",
        )

    async def _read(self, answer: aiohttp.ClientResponse, request: Request) -> Response:
        body = b""
        if request.to and answer.status < 300:
            await self._save(answer, request, request.to)
        else:
            body = b"".join([chunk async for chunk in self._chunks(answer, request)])
        return Response(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            cookies={name: morsel.value for name, morsel in answer.cookies.items()},
            body=body,
        )

    async def _save(self, answer: aiohttp.ClientResponse, request: Request, to: Path) -> None:
        with to.open("wb") as kept:
            async for chunk in self._chunks(answer, request):
                kept.write(chunk)

    async def _chunks(
        self, answer: aiohttp.ClientResponse, request: Request
    ) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in answer.content.iter_chunked(1 << 16):
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large(request)
            yield chunk

    def _too_large(self, request: Request) -> ConnectorError:
        reason = f"The answer of {self.where} is larger than {self.max_bytes >> 20} MB."
        if request.idempotent:
            return Rejected(reason, remedy="Read less at a time.")
        return OutcomeUnknown(reason)

    def _failure(self, error: Exception, request: Request, *, connected: bool) -> ConnectorError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return _untrusted(error, self.where)
        if not connected:
            return _unreachable(error, self._parts)
        late = isinstance(error, TimeoutError)
        reason = (
            f"{self.where} did not answer within {request.timeout.value:.0f} seconds."
            if late
            else f"{self.where} broke the connection before its answer was complete."
        )
        if request.idempotent:
            return RetryLater(reason, after=5.0)
        return OutcomeUnknown(reason, remedy="The record is looked up before it is sent again.")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    ssl=_tls(self.ca_file) if self._parts.scheme == "https" else True,
                    resolver=GuardedResolver(private=self.private),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_tracing()],
                auto_decompress=True,
            )
            # aiohttp sends a GET or PUT again by itself when a kept connection breaks, and with it
            # a nonce that is good for once; there is no public switch (3.14).
            self._session._retry_connection = False  # noqa: SLF001 - see above
        return self._session


def _data(request: Request) -> bytes | AsyncIterator[bytes] | None:
    if request.file is None or request.body is None:
        return request.body
    return Spliced(body=request.body, file=request.file).pieces()


def _length(request: Request) -> Mapping[str, str]:
    if request.file is None or request.body is None:
        return {}
    return {"Content-Length": str(Spliced(body=request.body, file=request.file).size)}


def _tracing() -> aiohttp.TraceConfig:
    """From the moment a connection is in hand, a byte may have reached the server."""

    async def connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace


def _tls(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not ca_file:
        return context
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise AuthFailed(
            f"The certificates in {ca_file} cannot be read.",
            remedy="Let ca_file name a readable file of certificates in PEM form.",
        ) from error
    return context


_CERTIFICATE_REMEDIES = {
    9: "Check the clocks of both machines.",
    10: "Renew the certificate of the server.",
    62: "Use the host name that the certificate names.",
    64: "Use the host name that the certificate names.",
}


def _untrusted(error: ssl.SSLCertVerificationError, where: str) -> AuthFailed:
    inner = getattr(error, "certificate_error", error)
    return AuthFailed(
        f"The certificate of {where} is not trusted: {inner.verify_message.rstrip('.')}.",
        remedy=_CERTIFICATE_REMEDIES.get(
            inner.verify_code,
            "If you trust its issuer, name the issuer's certificate file as ca_file.",
        ),
    )


def _unreachable(error: Exception, parts: SplitResult) -> RetryLater:
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RetryLater(
            f"There is no host named {parts.hostname}.",
            remedy="Check the spelling of the URL and the name service of this machine.",
            after=30.0,
        )
    if isinstance(error, ssl.SSLError):
        return RetryLater(
            f"{parts.hostname} port {port} does not speak TLS as expected.",
            remedy="If it serves plain HTTP there, write http:// in the URL.",
            after=30.0,
        )
    how = "did not accept a connection in time" if isinstance(error, TimeoutError) else "refused"
    return RetryLater(
        f"{parts.hostname} port {port} cannot be reached ({how}).",
        remedy="Check that the system is running and that no firewall stands between.",
        after=15.0,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
