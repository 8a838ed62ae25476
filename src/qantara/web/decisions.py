"""The page behind the buttons of a question: looking at it does nothing, pressing on it decides.

Mail programs and their scanners open links: only a form that was given to this very browser, sent
by somebody who has shown who he is, decides. A link that was altered and one that was never made
are answered alike; so are a stranger and a wrong code.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from qantara.engine.asking import Asking, NoToken, Told
from qantara.storage import approvers, decisions
from qantara.storage.approvers import Approver
from qantara.storage.decisions import OWN, Made, Unknown
from qantara.storage.errors import StorageError
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport.signing import Refused
from qantara.web import deciding
from qantara.web.deciding import Asked, NoForm, Page
from qantara.web.group_commit import Wake
from qantara.web.pages import Locale, locale, policy
from qantara.web.reading import Bodies, Full, Gone, Limits
from qantara.web.slowing import Slowing
from qantara.web.visitors import Visitors, cookies

FORM = Limits(size=32_000, seconds=10.0, held=4_000_000)
TYPE = "application/x-www-form-urlencoded"

GUESSES = 2
"""Codes that are compared at once: each takes 16 MB and much of a core."""

HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request as far as its head tells: `visit` is the browser's own mark."""

    method: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    address: str
    say: Locale
    visit: str = field(repr=False)
    new_cookie: str = field(repr=False)


class Decisions:
    """`/decide/<token>`, as an ASGI application."""

    def __init__(
        self, store: Store, asking: Asking, wake: Wake, *, trust_proxy: bool = False
    ) -> None:
        self._store = store.urgent()
        self._asking = asking
        self._wake = wake
        self._trust_proxy = trust_proxy
        secure = asking.address.startswith("https:")
        self._visitors = Visitors(keys=asking.keys, secure=secure)
        self._bodies = Bodies(FORM)
        self._slowing = Slowing()
        self._guessing = asyncio.Semaphore(GUESSES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit = self._visit(scope)
        try:
            page = await self._answer(visit, receive)
        except Gone:
            return
        except (StorageError, Full) as error:
            log.debug("Not decided: %s", error)
            page = deciding.plain(visit.say, "busy", 503)
        await _send(send, visit, page)

    async def _answer(self, visit: Visit, receive: Receive) -> Page:
        if wait := self._slowing.owed(visit.address):
            return _slow(visit, wait)
        answer = _ANSWERS.get(visit.method)
        if answer is None:
            return deciding.plain(visit.say, "bad", 405)
        try:
            told = self._asking.read(visit.token)
        except NoToken:
            return self._unknown(visit)
        known = await self._store.run(decisions.of_question, told.question.id)
        if known:
            return deciding.decided(visit.say, told, known, own=False)
        if told.expires_at <= now():
            at = deciding.minute(told.expires_at)
            return deciding.plain(visit.say, "expired", 410, at=at)
        return await answer(self, visit, told, receive)

    async def show(self, visit: Visit, told: Told, _: Receive) -> Page:
        """The page that asks; whoever reads it, nothing happens."""
        known = await self._recognised(visit, told)
        return self._ask(visit, told, known=known.name if known else "")

    async def take(self, visit: Visit, told: Told, receive: Receive) -> Page:
        """The form that comes back."""
        try:
            form = await self._form(visit, receive)
        except (Refused, NoForm):
            self._slowing.refused(visit.address)
            return deciding.plain(visit.say, "bad", 400)
        if form.get("forget"):
            page = self._ask(visit, told)
            return Page(200, page.body, [self._visitors.forget(told.question.connection)])
        reason = form.get("reason", "").strip()
        if not self._visitors.is_form(visit.visit, visit.token, form.get("form", "")):
            return self._ask(visit, told, problem="stale", reason=reason, status=403)
        person = await self._recognised(visit, told) or await self._proved(told, form)
        if person is None:
            return self._wrong(visit, told, form)
        return await self._decide(visit, told, person, reason)

    async def _decide(self, visit: Visit, told: Told, person: Approver, reason: str) -> Page:
        try:
            kept, own = await self._store.run(decisions.decide, made(told, person, reason))
        except Unknown:
            return self._unknown(visit)
        self._wake(OWN)
        page = deciding.decided(visit.say, told, kept, own=own)
        return Page(page.status, page.body, [self._visitors.remember(person)])

    async def _recognised(self, visit: Visit, told: Told) -> Approver | None:
        """Who has shown who he is not long ago, and may still decide."""
        place = told.question.connection
        claim = self._visitors.claim(visit.cookies, place)
        if claim is None:
            return None
        found = await self._store.run(approvers.find, place, claim.email)
        return found if claim.holds(found) else None

    async def _proved(self, told: Told, form: Mapping[str, str]) -> Approver | None:
        """Whose e-mail address and code these are. It takes as long when they are nobody's."""
        place, email = told.question.connection, form.get("email", "")
        async with self._guessing:
            tried = await self._store.run(approvers.attempt, place, email)
            right = await asyncio.to_thread(approvers.matches, form.get("code", ""), tried.hash)
        if tried.approver is None:
            return None
        after = approvers.succeeded if right else approvers.failed
        await self._store.run(after, tried.approver)
        return tried.approver if right else None

    async def _form(self, visit: Visit, receive: Receive) -> Mapping[str, str]:
        kind = visit.headers.get("content-type", "").partition(";")[0].strip().lower()
        elsewhere = visit.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
        if kind != TYPE or elsewhere:
            raise NoForm
        async with self._bodies.body(visit.headers, receive) as body:
            return deciding.fields(body)

    def _wrong(self, visit: Visit, told: Told, form: Mapping[str, str]) -> Page:
        if wait := self._slowing.refused(visit.address):
            return _slow(visit, wait)
        return self._ask(
            visit,
            told,
            problem="wrong",
            email=form.get("email", ""),
            reason=form.get("reason", ""),
            status=403,
        )

    def _unknown(self, visit: Visit) -> Page:
        self._slowing.refused(visit.address)
        return deciding.plain(visit.say, "unknown", 404)

    def _ask(self, visit: Visit, told: Told, **more: str | int) -> Page:
        form = self._visitors.form(visit.visit, visit.token)
        return deciding.ask(visit.say, told, Asked(form=form, **more))  # type: ignore[arg-type]

    def _visit(self, scope: Scope) -> Visit:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        address = (scope.get("client") or ("",))[0]
        if self._trust_proxy and (passed := headers.get("x-forwarded-for")):
            address = passed.rpartition(",")[2].strip()
        sent = cookies(headers.get("cookie", ""))
        visit, new_cookie = self._visitors.visit(sent)
        return Visit(
            method=scope["method"],
            token=scope["path_params"]["token"],
            headers=headers,
            cookies=sent,
            address=address,
            say=locale(headers.get("accept-language", "")),
            visit=visit,
            new_cookie=new_cookie,
        )


Answer = Callable[[Decisions, Visit, Told, Receive], Awaitable[Page]]

_ANSWERS: Mapping[str, Answer] = {
    "GET": Decisions.show,
    "HEAD": Decisions.show,
    "POST": Decisions.take,
}


def made(told: Told, person: Approver, reason: str = "") -> Made:
    """The decision that a person takes who presses the button of a link."""
    asked = told.question
    return Made(
        question=asked.id,
        link=asked.link,
        connection=asked.connection,
        entity=asked.entity,
        external_id=asked.external_id,
        verb=told.verb,
        email=person.email,
        name=person.name,
        reason=reason,
        total=asked.total,
    )


def _slow(visit: Visit, wait: float) -> Page:
    page = deciding.plain(visit.say, "slow", 429, seconds=int(wait) + 1)
    return Page(page.status, page.body, retry_after=wait)


async def _send(send: Send, visit: Visit, page: Page) -> None:
    headers = [
        *HEADERS,
        (b"content-security-policy", policy().encode()),
        (b"content-language", visit.say.language.encode()),
        (b"content-length", str(len(page.body)).encode()),
    ]
    every = [*page.cookies, *filter(None, [visit.new_cookie])]
    headers += [(b"set-cookie", cookie.encode()) for cookie in every]
    if page.retry_after:
        headers.append((b"retry-after", str(int(page.retry_after) + 1).encode()))
    if page.status == 405:
        headers.append((b"allow", b"GET, HEAD, POST"))
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    body = b"" if visit.method == "HEAD" else page.body
    await send({"type": "http.response.body", "body": body})
