"""Who sits at the browser: an approver recognised by a signed cookie, and the form that he was given."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie

import msgspec

from qantara.engine.asking import PATH
from qantara.storage.approvers import Approver
from qantara.storage.statements import now

KNOWN_SECONDS = 12 * 3600
"""For so long nobody is asked for his code again."""

VISIT = "qantara_visit"
LENGTH = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who a cookie says somebody is: only as good as what is known of him now."""

    email: str
    changed_at: str

    def holds(self, approver: Approver | None) -> bool:
        """Whether he may still decide, with the code that he showed then."""
        return approver is not None and approver.changed_at.isoformat() == self.changed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Makes and reads cookies; signs with the first key. `secure` where the hub is reached by https."""

    keys: Sequence[bytes] = field(repr=False)
    secure: bool

    def claim(self, cookies: Mapping[str, str], connection: str) -> Claim | None:
        """Who the visitor was at this connection less than half a day ago."""
        body, _, mac = cookies.get(_name(connection), "").partition(".")
        if not self._signed("approver", body, mac):
            return None
        try:
            told = msgspec.json.decode(base64.urlsafe_b64decode(body), type=_Claimed)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        place, email, changed_at, ends = told
        if place != connection or ends < now().timestamp():
            return None
        return Claim(email=email, changed_at=changed_at)

    def remember(self, approver: Approver) -> str:
        """The cookie by which the approver is recognised at his connection."""
        ends = int(now().timestamp()) + KNOWN_SECONDS
        told = (approver.connection, approver.email, approver.changed_at.isoformat(), ends)
        body = base64.urlsafe_b64encode(msgspec.json.encode(told)).decode()
        value = f"{body}.{self._mac(self.keys[0], 'approver', body)}"
        return self._cookie(_name(approver.connection), value, KNOWN_SECONDS)

    def forget(self, connection: str) -> str:
        """The cookie that takes it away."""
        return self._cookie(_name(connection), "", 0)

    def visit(self, cookies: Mapping[str, str]) -> tuple[str, str]:
        """What this browser is known by, and the cookie that says so when it is new."""
        known = cookies.get(VISIT, "")
        if len(known) == LENGTH and known.isascii():
            return known, ""
        fresh = secrets.token_urlsafe(32)
        return fresh, self._cookie(VISIT, fresh, KNOWN_SECONDS)

    def form(self, visit: str, link: str) -> str:
        """What a form must bring back: it was given to this browser, for this link."""
        return self._mac(self.keys[0], "form", f"{visit} {link}")

    def is_form(self, visit: str, link: str, shown: str) -> bool:
        """Whether it did."""
        return self._signed("form", f"{visit} {link}", shown)

    def _signed(self, purpose: str, body: str, mac: str) -> bool:
        told = mac.encode("utf-8", "replace")
        good = [
            hmac.compare_digest(self._mac(key, purpose, body).encode(), told) for key in self.keys
        ]
        return any(good)

    def _mac(self, key: bytes, purpose: str, body: str) -> str:
        return hmac.digest(key, f"{purpose}\0{body}".encode(), "sha256").hex()

    def _cookie(self, name: str, value: str, seconds: int) -> str:
        secure = "; Secure" if self.secure else ""
        return f"{name}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request; none of a header that is broken."""
    try:
        return {name: one.value for name, one in SimpleCookie(header[:8000]).items()}
    except CookieError:
        return {}


_Claimed = tuple[str, str, str, int]


def _name(connection: str) -> str:
    return f"qantara_{sha256(connection.encode()).hexdigest()[:12]}"
