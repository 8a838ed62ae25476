"""Whether the process is alive and reaches its journal: what a load balancer or a container asks."""

import asyncio
import time

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from qantara.storage.errors import StorageError
from qantara.storage.store import Store

FRESH = 1.0
"""Seconds for which an answer is given again: anybody may ask, and as often as he likes."""

PATIENCE = 5.0


class Health:
    """Asks the journal for a sign of life."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asking = asyncio.Lock()
        self._at = -FRESH
        self._well = False

    async def answer(self, _: Request) -> JSONResponse:
        """200 when the journal answers, else 503."""
        async with self._asking:
            if time.monotonic() - self._at > FRESH:
                self._well = await self._reaches_its_journal()
                self._at = time.monotonic()
        if self._well:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "no database"}, status_code=503)

    async def _reaches_its_journal(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._store.run(sign_of_life)
        except (StorageError, SQLAlchemyError, TimeoutError):
            return False


def sign_of_life(conn: Connection) -> bool:
    """The least that a database can be asked."""
    return bool(conn.scalar(text("SELECT 1")))
