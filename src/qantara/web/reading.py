"""Reading a request's body within limits, and JSON that is neither broken nor too deep."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from starlette.types import Message, Receive

from qantara.transport.signing import Refused

LARGE, SLOW, NO_JSON, DEEP = "too large", "too slow", "not JSON", "too deep"

_STRING = re.compile(rb'"[^"]*"?')
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_ELSE = bytes(set(range(256)) - set(b'[]{}"\\'))


class Gone(Exception):
    """The sender hung up."""


class Full(Exception):
    """There is no room for another body now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a request may ask of us: bytes of a body, seconds to send it, levels of JSON.

    `held` bounds the bytes of all bodies that are in memory at once.
    """

    size: int = 1_000_000
    seconds: float = 10.0
    depth: int = 64
    held: int = 64_000_000


class Bodies:
    """Reads bodies and knows how much of them is in memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = 0

    @asynccontextmanager
    async def body(self, headers: Mapping[str, str], receive: Receive) -> AsyncIterator[bytes]:
        """The whole body, which counts as held meanwhile; raises Refused, Full or Gone."""
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._limits.size:
            raise Refused(LARGE)
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.seconds):
                while (part := await receive()).get("more_body"):
                    self._add(body, part)
                self._add(body, part)
        except TimeoutError as error:
            self.held -= len(body)
            raise Refused(SLOW) from error
        except BaseException:
            self.held -= len(body)
            raise
        try:
            yield bytes(body)
        finally:
            self.held -= len(body)

    def _add(self, body: bytearray, part: Message) -> None:
        if part["type"] == "http.disconnect":
            raise Gone
        some = part.get("body", b"")
        body += some
        self.held += len(some)
        if len(body) > self._limits.size:
            raise Refused(LARGE)
        if self.held > self._limits.held:
            raise Full


def check_json(body: bytes, depth: int) -> None:
    """Raise Refused unless it is JSON of at most so many levels; nothing is built from it yet."""
    if deeper_than(body, depth):
        raise Refused(DEEP)
    try:
        body.decode()
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(NO_JSON) from error


def deeper_than(body: bytes, depth: int) -> bool:
    """Whether its brackets go deeper than that; of what is no JSON it may say either.

    Works on the brackets alone, a level a pass, each at the speed of `bytes.replace`.
    """
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _STRING.sub(b"", unescaped.translate(_BRACKETS, _ELSE)).replace(b"\\", b"")
    for _ in range(depth):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)
