"""What an HTTP status means to us when the body says nothing better."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from qantara.transport.errors import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)

BUSY = frozenset({429, 503})
"""Nothing was done; the server says when to come again."""

AMBIGUOUS = frozenset({408, 500, 502, 504})
"""Something may have been done before it broke."""

BY_ITSELF = (
    "Nothing is lost: it is asked again by itself. If it stays so, look whether the system works."
)

_PAUSE, _LONGEST_PAUSE = 5.0, 3600.0

_FINAL: dict[int, tuple[type[ConnectorError], str, str]] = {
    401: (AuthFailed, "did not accept the credentials", "Enter them again."),
    403: (AuthFailed, "forbids this", "Give the user the right, or ask the server's owner."),
    404: (NotFound, "does not have that", ""),
    410: (NotFound, "does not have that any more", ""),
    413: (Rejected, "finds the request too large", "Send fewer records at a time."),
}


def refusal(
    status: int, headers: Mapping[str, str], where: str, *, idempotent: bool
) -> ConnectorError:
    """The error for a status of 300 and above. `headers` have names in lower case."""
    if status in BUSY:
        word = "asks for fewer requests" if status == 429 else "is not available now"
        reason = f"{where} {word} (HTTP {status})."
        return RetryLater(reason, remedy=BY_ITSELF, after=retry_after(headers))
    if status in AMBIGUOUS or status > 504:
        reason = f"{where} failed while it worked on the request (HTTP {status})."
        if idempotent:
            return RetryLater(reason, remedy=BY_ITSELF, after=_PAUSE)
        return OutcomeUnknown(reason)
    if status < 400:
        return Unsupported(f"{where} does not serve that address (HTTP {status}).")
    kind, word, remedy = _FINAL.get(status, (Rejected, "refused the request", ""))
    return kind(f"{where} {word} (HTTP {status}).", remedy=remedy)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait by `Retry-After`, which holds seconds or a date; a few when it is absent."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value) if value[:1].isdigit() else _until(value)
    except (ValueError, TypeError):
        return _PAUSE
    return min(max(seconds, 0.0), _LONGEST_PAUSE)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
