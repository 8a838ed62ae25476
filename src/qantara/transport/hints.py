"""What a system tells of its limits in the headers of its answers, read by tables of their names."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SECONDS_TO_LEAK = 20.0
"""A bucket told as "used/size" empties in so long: 2 a second of 40, 20 a second of 400 (Shopify)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What was told; None where nothing was.

    `size` calls may be made at once, or in a window of `window` seconds; `left` of them remain,
    all of them again in `reset` seconds. `rate` is how many a second come back.
    """

    size: float | None = None
    left: float | None = None
    rate: float | None = None
    window: float | None = None
    reset: float | None = None


Facts = Mapping[str, float]

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PARAMETER = re.compile(r"\b(limit|remaining|reset|[qwrt])\s*=\s*(\d+(?:\.\d+)?)")
_NAMES: Mapping[str, str] = {
    "q": "size",
    "limit": "size",
    "w": "window",
    "r": "left",
    "remaining": "left",
    "t": "reset",
    "reset": "reset",
}


def read(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> Hint:
    """The hint in these headers, whose names are in lower case. What cannot be read tells nothing."""
    facts: dict[str, float] = {}
    for name, facts_of in _TABLE.items():
        if name in headers:
            facts |= facts_of(headers[name])
    if "reset" in facts:
        facts["reset"] = _ahead(facts["reset"], now())
    return Hint(**facts)


def _number(fact: str) -> Callable[[str], Facts]:
    """The first number is the fact: some add their policy behind it (`100, 100;w=60`)."""

    def facts(value: str) -> Facts:
        found = _NUMBER.match(value.strip())
        return {fact: float(found[0])} if found else {}

    return facts


def _limit(value: str) -> Facts:
    return {**_parameters(value), **_number("size")(value)}


def _parameters(value: str) -> Facts:
    """`"default";q=100;w=60` or `limit=100, remaining=50, reset=30`; of several policies the first."""
    found: dict[str, float] = {}
    for name, number in _PARAMETER.findall(value):
        found.setdefault(_NAMES[name], float(number))
    return found


def _used_of_size(value: str) -> Facts:
    used, slash, size = (part.strip() for part in value.partition("/"))
    if not (slash and _NUMBER.fullmatch(used) and _NUMBER.fullmatch(size)) or not float(size):
        return {}
    return {
        "size": float(size),
        "left": max(0.0, float(size) - float(used)),
        "rate": float(size) / SECONDS_TO_LEAK,
    }


def _ahead(reset: float, now: float) -> float:
    """Seconds from now: some tell these, some the moment, in seconds or milliseconds since 1970."""
    if reset > 1e12:
        reset /= 1000
    return max(0.0, reset - now) if reset > 1e9 else reset


_TABLE: Mapping[str, Callable[[str], Facts]] = {
    "x-ratelimit-limit": _limit,
    "x-ratelimit-remaining": _number("left"),
    "x-ratelimit-reset": _number("reset"),
    "x-rate-limit-limit": _limit,
    "x-rate-limit-remaining": _number("left"),
    "x-rate-limit-reset": _number("reset"),
    # Drafts of the IETF: three fields until number 6, one until 7, a policy beside it since.
    "ratelimit-limit": _limit,
    "ratelimit-remaining": _number("left"),
    "ratelimit-reset": _number("reset"),
    "ratelimit-policy": _parameters,
    "ratelimit": _parameters,
    "x-shopify-shop-api-call-limit": _used_of_size,
}
