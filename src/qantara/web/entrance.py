"""The webhook entrance: who may ring is heard and kept; everybody else gets one and the same answer.

Whatever is wrong with a request, and whether its connection exists at all, is answered alike and
takes alike: the body is read, a signature is computed. The reason is counted for the owner alone.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from qantara.connectors.base import Delivery
from qantara.storage.errors import StorageError
from qantara.transport import signing
from qantara.transport.signing import Hmac, Refused, Shown
from qantara.web.counters import BUSY, GREETING, IGNORED, UNKNOWN, Counters
from qantara.web.events import notices
from qantara.web.group_commit import GroupCommit, NotKept
from qantara.web.reading import Bodies, Full, Gone, Limits, check_json
from qantara.web.slowing import Slowing
from qantara.web.sources import Source, Sources, now

METHOD, NOBODY, TYPE = "wrong method", "unknown connection", "wrong content type"

RETRY_AFTER = 10
"""Seconds after which the sender may come back when nothing could be kept."""

DECOY = Hmac(header="x-signature")
"""What is checked where there is nothing to check, so that it takes as long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body and headers as they are sent; a connection is closed after a refusal."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


TAKEN = Answer(status=200, body=b'{"status":"ok"}')
REFUSED = Answer(status=400, body=b'{"error":"refused"}', headers=((b"connection", b"close"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is known before the body: headers have names in lower case, the first of each counts."""

    method: str
    connection: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    address: str

    @classmethod
    def of(cls, scope: Scope, *, trust_proxy: bool) -> "Request":
        """The address is the sender's own, or what a trusted proxy says it is."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        connection, _, token = scope["path_params"]["place"].partition("/")
        address = (scope.get("client") or ("",))[0]
        if trust_proxy and (passed := headers.get("x-forwarded-for")):
            address = passed.rpartition(",")[2].strip()
        return cls(
            method=scope["method"],
            connection=connection,
            token=token,
            headers=headers,
            address=address,
        )


class Entrance:
    """`POST /hooks/<connection>` and `/hooks/<connection>/<token>`, as an ASGI application."""

    def __init__(
        self,
        sources: Sources,
        keeper: GroupCommit,
        counters: Counters,
        *,
        limits: Limits,
        trust_proxy: bool = False,
    ) -> None:
        self._sources = sources
        self._keeper = keeper
        self._counters = counters
        self._bodies = Bodies(limits)
        self._depth = limits.depth
        self._trust_proxy = trust_proxy
        self._slowing = Slowing()
        self._decoys = [secrets.token_hex()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; only what is committed is answered with 200."""
        request = Request.of(scope, trust_proxy=self._trust_proxy)
        source = None
        try:
            source = await self._sources.find(request.connection)
            await self._take(request, source, receive)
            answer = TAKEN
        except Gone:
            return
        except Refused as refused:
            answer = self._refuse(request, source, refused.reason)
        except (StorageError, NotKept, Full) as error:
            answer = self._busy(source, error)
        await _send(send, answer)

    async def _take(self, request: Request, source: Source | None, receive: Receive) -> None:
        if request.method != "POST":
            raise Refused(METHOD)
        async with self._bodies.body(request.headers, receive) as body:
            try:
                known = self._believe(request, source, body)
            except Refused:
                if not self._sources.greets(body):
                    raise
                self._counters.add(_name(source), GREETING)
                return
            await self._keep(known, request, body)

    def _believe(self, request: Request, source: Source | None, body: bytes) -> Source:
        """The source, once the request has shown that it comes from there."""
        shown = Shown(headers=request.headers, body=body, token=request.token)
        scheme, valid = (source.scheme, source.valid(now())) if source else (DECOY, [])
        try:
            scheme.check(shown, valid or self._decoys, signing.clock())
        except Refused as refused:
            raise refused if source else Refused(NOBODY) from refused
        if source is None:
            raise Refused(NOBODY)
        return source

    async def _keep(self, source: Source, request: Request, body: bytes) -> None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if source.content_type and kind != source.content_type:
            raise Refused(TYPE)
        if source.content_type.endswith("json"):
            check_json(body, self._depth)
        topic = request.headers.get(source.topic, "") if source.topic else ""
        found = notices(source, Delivery(headers=request.headers, body=body, topic=topic))
        if found:
            await self._keeper.keep(found)
        else:
            self._counters.add(source.connection, IGNORED)

    def _refuse(self, request: Request, source: Source | None, reason: str) -> Answer:
        self._count(source, reason)
        wait = self._slowing.refused(request.address)
        if not wait:
            return REFUSED
        after = (b"retry-after", str(int(wait) + 1).encode())
        return Answer(status=429, body=REFUSED.body, headers=(*REFUSED.headers, after))

    def _busy(self, source: Source | None, error: Exception) -> Answer:
        self._count(source, BUSY)
        log.debug("Not kept: %s", error)
        after = (b"retry-after", str(RETRY_AFTER).encode())
        return Answer(status=503, body=b'{"error":"busy"}', headers=(after,))

    def _count(self, source: Source | None, reason: str) -> None:
        name = _name(source)
        self._counters.add(name, reason)
        if count := self._counters.untold(name, reason):
            log.warning(
                "Sent away at the entrance of %s: %s (%d).", name or "nobody", reason, count
            )


def _name(source: Source | None) -> str:
    return source.connection if source else UNKNOWN


async def _send(send: Send, answer: Answer) -> None:
    headers = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    )
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
