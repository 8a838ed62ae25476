"""Shopify's errors in our words: what happened, and what a person can do about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)

_SCOPE = re.compile(r"\b((?:unauthenticated_)?(?:read|write)_[a-z_]+)\b")

BUSY = frozenset({"THROTTLED"})
BROKEN = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
DENIED = frozenset({"ACCESS_DENIED"})
AWAY = frozenset({"SHOP_INACTIVE"})
TOO_MUCH = frozenset({"MAX_COST_EXCEEDED"})
UNKNOWN_WORDS = re.compile(
    r"doesn't exist on type|isn't a defined input type|doesn't accept argument"
    r"|not defined by type|Cannot query field|Unknown (?:argument|type|directive)",
    re.IGNORECASE,
)
"""A field or an argument that this version of the interface does not have."""

RETIRED = {
    402: ("asks for the shop's bill to be paid", "Pay for the Shopify plan."),
    423: ("has locked the shop", "Ask Shopify's support why the shop is locked."),
}
"""Statuses of a shop that works for nobody."""

GONE = re.compile(
    r"does not exist|doesn't exist|not found|no longer exists|must exist", re.IGNORECASE
)
LIMITS = re.compile(
    r"\blimit (?:was |has been )?reached|reached (?:the|your) (?:\w+ )*(?:limit|maximum)"
    r"|(?:VARIANT|VIDEO|MODEL3D)_THROTTLE_EXCEEDED"
    r"|(?:FILE_STORAGE|SHOP_MEDIA|MEDIA_PER_SHOP)_LIMIT_EXCEEDED",
    re.IGNORECASE,
)
"""What a shop of a larger plan, or the same one tomorrow, would take."""

CODES_GONE = frozenset(
    {"NOT_FOUND", "PRODUCT_DOES_NOT_EXIST", "INVALID_PRODUCT", "RECORD_NOT_FOUND"}
)


class TooMuch(Unsupported):
    """The call would cost more than Shopify lets a single one; ask for less at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked when the error came: enough for a sentence."""

    where: str
    operation: str
    version: str
    safe: bool


def failure(errors: Any, cost: Mapping[str, Any], asked: Asked) -> ConnectorError:
    """The error for the `errors` of an answer, which are a list or a sentence."""
    if not isinstance(errors, Sequence) or isinstance(errors, str):
        return _refused(str(errors), asked)
    told = [one for one in errors if isinstance(one, Mapping)]
    codes = {_code(one): one for one in reversed(told)}
    message = str(told[0].get("message", "")) if told else "it said nothing"
    for known, make in _BY_CODE:
        if found := next((codes[code] for code in codes if code in known), None):
            return make(found, cost, asked)
    if UNKNOWN_WORDS.search(message):
        return Unsupported(
            f"Version {asked.version} of Shopify's interface does not have it: {_plain(message)}",
            remedy="Set another version of the connection; qantara check names those supported.",
        )
    return _refused(message, asked)


def refused(told: Sequence[Mapping[str, Any]], drop: int = 1) -> ConnectorError:
    """The error for `userErrors`; the first `drop` steps of a path name an argument of ours."""
    first = told[0]
    path = [str(step) for step in first.get("field") or ()]
    message = _plain(" ".join(str(one.get("message", "")) for one in told))
    code = str(first.get("code") or "")
    if code in CODES_GONE or (not code and GONE.search(message)):
        return NotFound(f"Shopify does not have that: {message}")
    field = ".".join(path[drop:])
    if LIMITS.search(f"{code} {message}"):
        return Rejected(
            f"The Shopify shop has reached a limit of its plan: {message}",
            remedy="Nothing else waits for it. A limit by the day is over tomorrow, another one goes "
            "with a larger plan, or by taking away what the shop needs no more; then retry.",
            field=field,
        )
    return Rejected(
        f"Shopify refused {field or 'it'}: {message}",
        remedy="Correct it at the source; it is sent again from there.",
        field=field,
    )


def throttled(cost: Mapping[str, Any]) -> float:
    """Seconds until so much as was asked may be asked again."""
    status = cost.get("throttleStatus") or {}
    missing = Decimal(cost.get("requestedQueryCost") or 0) - Decimal(
        status.get("currentlyAvailable") or 0
    )
    rate = Decimal(status.get("restoreRate") or 0)
    if rate <= 0:
        return 1.0
    return max(0.1, float(missing / rate))


def _busy(_: Mapping[str, Any], cost: Mapping[str, Any], asked: Asked) -> ConnectorError:
    return RetryLater(f"{asked.where} asks for fewer calls.", after=throttled(cost))


def _broken(_: Mapping[str, Any], __: Mapping[str, Any], asked: Asked) -> ConnectorError:
    reason = f"{asked.where} failed while it worked on {asked.operation}."
    return RetryLater(reason, after=5.0) if asked.safe else OutcomeUnknown(reason)


def _denied(one: Mapping[str, Any], _: Mapping[str, Any], asked: Asked) -> ConnectorError:
    extensions = one.get("extensions") or {}
    told = f"{extensions.get('requiredAccess') or ''} {one.get('message') or ''}"
    scopes = ", ".join(dict.fromkeys(_SCOPE.findall(told)))
    what = f"the access scope {scopes}" if scopes else "an access scope"
    return AuthFailed(
        f"Shopify's app lacks {what}, which {asked.operation} needs.",
        remedy=f"Give the app {scopes or 'the scope'} in Shopify and install it again.",
    )


def _away(_: Mapping[str, Any], __: Mapping[str, Any], asked: Asked) -> ConnectorError:
    return AuthFailed(f"The shop at {asked.where} is not active.", remedy="Open the shop again.")


def _too_much(_: Mapping[str, Any], __: Mapping[str, Any], asked: Asked) -> ConnectorError:
    return TooMuch(
        f"{asked.operation} asks for more than Shopify gives in one call.",
        remedy="Tell the makers of Qantara how many variants or lines the record has.",
    )


_BY_CODE = (
    (BUSY, _busy),
    (DENIED, _denied),
    (TOO_MUCH, _too_much),
    (AWAY, _away),
    (BROKEN, _broken),
)


def _refused(message: str, asked: Asked) -> ConnectorError:
    return Rejected(f"Shopify refused {asked.operation}: {_plain(message)}")


def _code(one: Mapping[str, Any]) -> str:
    extensions = one.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, Mapping) else ""


def _plain(message: str) -> str:
    """A sentence of the vendor's, short and with its full stop."""
    said = " ".join(message.split())[:300].rstrip(".")
    return f"{said}."
