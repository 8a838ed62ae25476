"""OAuth 1.0a with one leg, as WooCommerce asks for it where there is no https."""

import base64
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import quote

METHOD = "HMAC-SHA256"


def signed(method: str, url: str, query: Mapping[str, str], key: str, secret: str) -> str:
    """The query string with the signature in it. `url` has no query.

    The store takes no nonce twice within 15 minutes, and no time further away than that.
    """
    given = {
        **query,
        "oauth_consumer_key": key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": METHOD,
        "oauth_timestamp": str(int(time.time())),
    }
    digest = hmac.digest(f"{secret}&".encode(), base(method, url, given).encode(), "sha256")
    given["oauth_signature"] = base64.b64encode(digest).decode("ascii")
    return encoded(given)


def base(method: str, url: str, query: Mapping[str, str]) -> str:
    """What is signed: the method, the address and the sorted query, each encoded once more."""
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in query.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), _quoted(url), _quoted(joined)))


def encoded(query: Mapping[str, str]) -> str:
    """The query string, a blank as %20."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query.items())


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
