"""Files on their way: fetched from the source into a folder of their own while they are needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from qantara.connectors.base import Fetch
from qantara.engine.link import Link


def fetching(link: Link) -> Fetch:
    """How the link's target gets at a file of the source."""

    @asynccontextmanager
    async def fetched(id_: str) -> AsyncIterator[Path]:
        with TemporaryDirectory(prefix="qantara-") as folder:
            to = Path(folder) / "file"
            await link.source.fetch(link.entity, id_, to)
            yield to

    return fetched
