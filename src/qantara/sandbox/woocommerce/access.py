"""Who may come in: Basic and query keys over https, OAuth 1.0a of one leg over http."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from aiohttp import web

from qantara.sandbox.woocommerce.wire import Refused, query_pairs

WINDOW = 15 * 60
METHODS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}
NAMES = ("consumer_key", "timestamp", "nonce", "signature", "signature_method")
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A pair of REST keys; `permissions` is `read`, `write` or `read_write`."""

    key: str
    secret: str = field(repr=False)
    permissions: str = "read_write"


class Doorman:
    """Knows the keys and the nonces. `now` is the server's own clock: seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.keys: dict[str, Key] = {}
        self._now = now
        self._nonces: dict[tuple[str, str], float] = {}

    def admit(self, request: web.Request, raw_query: str) -> Key | None:
        """The key that was shown; None is a stranger, whom nothing is shown."""
        secure = request.scheme == "https"
        found = self._plain(request, raw_query) if secure else self._signed(request, raw_query)
        if found is not None:
            _check_permission(found, request.method)
        return found

    def _plain(self, request: web.Request, raw_query: str) -> Key | None:
        given = dict(query_pairs(raw_query))
        key, secret = given.get("consumer_key", ""), given.get("consumer_secret", "")
        if not key:
            key, secret = _basic(request.headers.get("Authorization", ""))
        if not key or not secret:
            return None
        found = self.keys.get(key)
        if found is None:
            raise _unauthorized("Consumer key is invalid.")
        if not hmac.compare_digest(found.secret, secret):
            raise _unauthorized("Consumer secret is invalid.")
        return found

    def _signed(self, request: web.Request, raw_query: str) -> Key | None:
        given = _last_of(query_pairs(raw_query))
        header = _oauth_header(request.headers.get("Authorization", ""))
        oauth = {name: {**given, **header}.get(f"oauth_{name}", "") for name in NAMES}
        if not any(oauth.values()):
            return None
        missing = [f"oauth_{name}" for name in NAMES if not oauth[name]]
        if missing:
            raise _unauthorized(f"Missing OAuth parameter {', '.join(missing)}")
        found = self.keys.get(oauth["consumer_key"])
        if found is None:
            raise _unauthorized("Consumer key is invalid.")
        signed = {**given, **header}
        signed.pop("oauth_signature")
        self._check_signature(request, found, oauth, signed)
        self._check_nonce(found, oauth)
        return found

    def _check_signature(
        self, request: web.Request, key: Key, oauth: Mapping[str, str], signed: Mapping[str, str]
    ) -> None:
        method = METHODS.get(oauth["signature_method"])
        if method is None:
            raise _unauthorized("Invalid signature - signature method is invalid.")
        url = f"{request.scheme}://{request.host}{request.path}"
        base = signature_base(request.method, url, signed)
        digest = hmac.new(f"{key.secret}&".encode(), base.encode(), method).digest()
        if not hmac.compare_digest(base64.b64encode(digest).decode(), oauth["signature"]):
            raise _unauthorized("Invalid signature - provided signature does not match.")

    def _check_nonce(self, key: Key, oauth: Mapping[str, str]) -> None:
        now = self._now()
        try:
            stamp = float(oauth["timestamp"])
        except ValueError:
            stamp = 0.0
        if abs(stamp - now) > WINDOW:
            raise _unauthorized("Invalid timestamp.")
        pair = (key.key, oauth["nonce"])
        if pair in self._nonces:
            raise _unauthorized("Invalid nonce - nonce has already been used.")
        self._nonces = {each: at for each, at in self._nonces.items() if at > now - WINDOW}
        self._nonces[pair] = stamp


def signature_base(method: str, url: str, parameters: Mapping[str, str]) -> str:
    """What is signed. Names of PHP lists count by their place: `a[]` and `a[0]` differ."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    joined = "%26".join(f"{name}%3D{value}" for name, value in pairs)
    return f"{method}&{quote(url, safe='')}&{joined}"


def _encoded(text: str) -> str:
    """Encoded, and encoded again as far as its percent signs go."""
    return quote(unquote(text), safe="").replace("%", "%25")


def _last_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """As PHP keeps them: the last of a name wins, `a[]` becomes `a[0]`, `a[1]`."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            number = counts.get(name, 0)
            counts[name] = number + 1
            found[f"{name[:-2]}[{number}]"] = value
        else:
            found[name] = value
    return found


def _basic(header: str) -> tuple[str, str]:
    scheme, _, told = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        key, _, secret = base64.b64decode(told).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return key, secret


def _oauth_header(header: str) -> dict[str, str]:
    scheme, _, told = header.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    pairs = (part.strip().partition("=") for part in told.split(","))
    return {
        name: unquote(value.strip('"')) for name, _, value in pairs if name.startswith("oauth_")
    }


def _check_permission(key: Key, method: str) -> None:
    wanted = "write" if method in WRITING else "read"
    if wanted not in key.permissions:
        raise _unauthorized(f"The API key provided does not have {wanted} permissions.")


def _unauthorized(message: str) -> Refused:
    return Refused(401, "woocommerce_rest_authentication_error", message)
