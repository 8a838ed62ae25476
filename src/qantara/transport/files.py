"""Files too large for memory: sent within a body as base64, and received, piece by piece."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

MARK = b"qantara-file-here"
"""Stands in a body where the file's base64 belongs."""

PIECE = 3 * 64 * 1024
"""Bytes read at once; base64 takes three at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spliced:
    """A body with a file in the place of its mark."""

    body: bytes
    file: Path

    @property
    def size(self) -> int:
        """How long it is in bytes, known before it is sent."""
        encoded = 4 * -(-self.file.stat().st_size // 3)
        return len(self.body) - len(MARK) + encoded

    async def pieces(self) -> AsyncIterator[bytes]:
        """The whole body."""
        before, _, after = self.body.partition(MARK)
        yield before
        with self.file.open("rb") as source:
            while piece := source.read(PIECE):
                yield base64.b64encode(piece)
        yield after
