"""Whether a webhook comes from who it says: signatures and tokens, read off the manifest's table.

| `[webhook]`        | means                                                                        |
|--------------------|------------------------------------------------------------------------------|
| `scheme`           | `hmac`: the request is signed; `token`: it shows the secret itself           |
| `header`           | where the signature or token stands; a token without it ends the address     |
| `algorithm`        | `sha256` (when not said), `sha1`, `sha512`                                   |
| `encoding`         | `hex` (when not said) or `base64`                                            |
| `prefix`           | what stands before the signature or token: `sha256=`, `v1=`, `Bearer `       |
| `separator`        | what parts a header that holds several of them: `,`                          |
| `signs`            | what is signed: `{body}` (when not said), `{timestamp}.{body}`, `{header}`   |
| `timestamp`        | the header with the time of the signature                                    |
| `timestamp_prefix` | what stands before the time, where it is a part of that header: `t=`         |
| `tolerance`        | seconds that this time may be off, either way; 300 when not said             |
"""

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

TOLERANCE = 300.0
"""Seconds between the sender's clock and ours, at most; what most vendors recommend."""

ALGORITHMS = ("sha256", "sha1", "sha512")

ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "hex": binascii.hexlify,
    "base64": base64.b64encode,
}

SCHEMES: Mapping[str, frozenset[str]] = {
    "hmac": frozenset(
        {
            *("header", "algorithm", "encoding", "prefix", "separator"),
            *("signs", "timestamp", "timestamp_prefix", "tolerance"),
        }
    ),
    "token": frozenset({"header", "prefix", "separator"}),
}
"""Each scheme with the keys it understands."""

KEYS = frozenset({"scheme"}).union(*SCHEMES.values())

MOST = 16
"""Signatures in one header that are looked at."""

UNSIGNED, WRONG, STALE = "unsigned", "wrong signature", "stale"

_TIMESTAMP, _BODY = "timestamp", "body"
_PLACE = re.compile(r"\{([A-Za-z0-9_-]+)\}")
_SECONDS_END = 100_000_000_000
"""From here on (the year 5138 in seconds) a number counts milliseconds."""


class Refused(Exception):
    """The request does not show what it must; `reason` is one word or two, for counting."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request shows: headers with names in lower case, the body's bytes, the address's token."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    token: str = field(default="", repr=False)


class Scheme(Protocol):
    """One way of proving who sends."""

    @property
    def in_address(self) -> bool:
        """Whether the secret is a part of the address that the vendor rings at."""

    def check(self, shown: Shown, secrets: Collection[str], now: float) -> None:
        """Raise Refused unless one of the secrets was used; `now` in seconds since 1970.

        Takes as long for any wrong signature, and looks at every secret.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The secret itself, in a header or at the end of the address: for systems that cannot sign."""

    header: str = ""
    prefix: str = ""
    separator: str = ""

    @property
    def in_address(self) -> bool:
        """A token that has no header stands in the address."""
        return not self.header

    def check(self, shown: Shown, secrets: Collection[str], now: float) -> None:  # noqa: ARG002 - the protocol's
        """Compare what is shown with each secret."""
        in_path = shown.token.encode("utf-8", "replace").decode("latin-1")
        given = in_path if self.in_address else shown.headers.get(self.header, "")
        tokens = _parts(given, self.separator, self.prefix)
        if not _any_equal(tokens, [secret.encode() for secret in secrets if secret]):
            raise Refused(WRONG if tokens else UNSIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hmac:
    """A keyed hash over the body's very bytes, and where the vendor says so over a time as well."""

    header: str
    algorithm: str = ALGORITHMS[0]
    encoding: str = "hex"
    prefix: str = ""
    separator: str = ""
    signs: str = "{body}"
    timestamp: str = ""
    timestamp_prefix: str = ""
    tolerance: float = TOLERANCE

    @property
    def in_address(self) -> bool:
        """A signature never is."""
        return False

    def check(self, shown: Shown, secrets: Collection[str], now: float) -> None:
        """Compare each signature shown with each that a secret would give, then look at the time."""
        signatures = self._signatures(shown)
        stamp = self._stamp(shown)
        signed = self._signed(shown, stamp)
        right = [self._signature(secret, signed) for secret in secrets if secret]
        known = _any_equal(signatures, right)
        if not signatures or (self.timestamp and not stamp):
            raise Refused(UNSIGNED)
        if not known:
            raise Refused(WRONG)
        if self.timestamp and not _near(stamp, now, self.tolerance):
            raise Refused(STALE)

    def _signatures(self, shown: Shown) -> Sequence[bytes]:
        shown_here = _parts(shown.headers.get(self.header, ""), self.separator, self.prefix)
        return [one.lower() for one in shown_here] if self.encoding == "hex" else shown_here

    def _stamp(self, shown: Shown) -> str:
        value = shown.headers.get(self.timestamp, "")
        separator = self.separator if self.timestamp_prefix else ""
        stamps = _parts(value, separator, self.timestamp_prefix)
        return stamps[0].decode("latin-1") if stamps else ""

    def _signed(self, shown: Shown, stamp: str) -> bytes:
        """The bytes that the signature is over."""
        own = {_BODY: shown.body, _TIMESTAMP: _bytes(stamp)}
        words, *rest = _PLACE.split(self.signs)
        signed = [words.encode()]
        for place, literal in zip(rest[::2], rest[1::2], strict=True):
            header = _bytes(shown.headers.get(place.lower(), ""))
            signed += [own.get(place, header), literal.encode()]
        return b"".join(signed)

    def _signature(self, secret: str, signed: bytes) -> bytes:
        digest = hmac.digest(secret.encode(), signed, self.algorithm)
        return ENCODINGS[self.encoding](digest)


def scheme(table: Mapping[str, Any]) -> Scheme:
    """The scheme that a manifest's table describes; raises ValueError with what is wrong in it."""
    name = str(table.get("scheme"))
    if name not in SCHEMES:
        raise ValueError(f"The webhook's scheme is {name!r}; write one of {', '.join(SCHEMES)}.")
    given = {key: value for key, value in table.items() if key != "scheme"}
    if unknown := sorted(given.keys() - SCHEMES[name]):
        raise ValueError(f"The webhook's scheme {name} has no {unknown[0]!r}.")
    kinds: Mapping[str, Any] = {"tolerance": int | float}
    if odd := [key for key in given if not isinstance(given[key], kinds.get(key, str))]:
        raise ValueError(f"The webhook's {odd[0]} cannot be {given[odd[0]]!r}.")
    given |= {key: given[key].lower() for key in ("header", "timestamp") if key in given}
    return Token(**given) if name == "token" else _checked(given)


def in_address(table: Mapping[str, Any]) -> bool:
    """Whether that table makes the secret a part of the address; a secret that signs never is."""
    return table.get("scheme") == "token" and not table.get("header")


def address(base: str, connection: str, token: str = "") -> str:
    """Where a vendor rings for this connection: `base` is how the hub is reached from outside."""
    parts = ("hooks", connection, token)
    return "/".join((base.rstrip("/"), *(quote(part, safe="") for part in parts if part)))


def clock() -> float:
    """Seconds since 1970, the `now` of a check."""
    return time.time()


def _checked(given: Mapping[str, Any]) -> Hmac:
    if not given.get("header"):
        raise ValueError("A signed webhook names the header of its signature.")
    made = Hmac(**given)
    choices = ((made.algorithm, ALGORITHMS), (made.encoding, ENCODINGS))
    for value, known in choices:
        if value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}.")
    places = _PLACE.findall(made.signs)
    if _BODY not in places:
        raise ValueError("A signature that leaves out the body proves nothing of it.")
    if bool(made.timestamp) != (_TIMESTAMP in places):
        raise ValueError("A timestamp is of use only where it is signed, and needs its header.")
    return made


def _parts(value: str, separator: str, prefix: str) -> Sequence[bytes]:
    """What a header holds after the prefix, each of several; nothing where that is empty."""
    every = value.split(separator) if separator else [value]
    stripped = [part.strip() for part in every]
    lead = prefix.strip()
    found = [part[len(lead) :].strip() for part in stripped if part.startswith(lead)]
    return [_bytes(part) for part in found if part][:MOST]


def _any_equal(given: Collection[bytes], right: Collection[bytes]) -> bool:
    """Whether any of these is one of those; each pair is compared, in constant time."""
    return bool(sum([hmac.compare_digest(one, other) for one in given for other in right]))


def _near(stamp: str, now: float, tolerance: float) -> bool:
    moment = _moment(stamp)
    return moment is not None and abs(now - moment) <= tolerance


def _moment(stamp: str) -> float | None:
    """Seconds since 1970 of a number of seconds or milliseconds, or of an ISO time with its zone."""
    if stamp.isascii() and stamp.isdecimal():
        number = int(stamp[:20])
        return number / 1000 if number >= _SECONDS_END else float(number)
    try:
        moment = datetime.fromisoformat(stamp)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _bytes(text: str) -> bytes:
    """Headers are read as Latin-1, so this gives back the bytes that were sent."""
    return text.encode("latin-1", "replace")
