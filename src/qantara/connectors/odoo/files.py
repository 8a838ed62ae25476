"""Files of messages: read to disk, sent from disk, each once for one record."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qantara.connectors.base import Write
from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.site import Site
from qantara.model import Attachment
from qantara.transport import AuthFailed, NotFound, Rejected, Unsupported
from qantara.transport.files import MARK

MODEL = "ir.attachment"

LARGEST = 100_000_000
"""Bytes. A request to Odoo may have 128 MiB, and base64 makes four bytes of three."""

REFUSALS = (AuthFailed, NotFound, Rejected, Unsupported)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The record that files are attached to."""

    model: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Ids here by the files' ids at the source; what was `left` there, in sentences."""

    ids: Mapping[str, int]
    left: Sequence[str]


async def fetch(site: Site, id_: str, to: Path) -> None:
    """The file's bytes, streamed to disk.

    Its access token opens it; Odoo makes one when there is none.
    """
    tokens = await site.client.call(MODEL, "generate_access_token", [int(id_)])
    await site.client.download(f"/web/content/{id_}?download=true&access_token={tokens[0]}", to)


async def bring(site: Site, place: Place, files: Sequence[Attachment], write: Write) -> Brought:
    """Attach the files to the record, unless the same bytes are there already."""
    ids: dict[str, int] = {}
    left: list[str] = []
    there = await _there(site, place, files)
    for one in files:
        try:
            number = there.get(one.checksum) or await _upload(site, place, one, write)
            ids[one.id] = there[one.checksum] = number
        except REFUSALS as error:
            left.append(f"The file {one.name} was not carried over: {error.reason}")
    return Brought(ids=ids, left=left)


async def _there(site: Site, place: Place, files: Sequence[Attachment]) -> dict[str, int]:
    """What the record has already, by checksum."""
    if not files:
        return {}
    domain = [
        ("res_model", "=", place.model),
        ("res_id", "=", place.id),
        ("checksum", "in", sorted({one.checksum for one in files})),
    ]
    rows = await site.rows(MODEL, domain, ["checksum"])
    return {text(row["checksum"]): int(row["id"]) for row in rows}


async def _upload(site: Site, place: Place, file: Attachment, write: Write) -> int:
    if file.size > LARGEST:
        raise Rejected(
            f"it has {_megabytes(file.size)} MB, and no more than {_megabytes(LARGEST)} MB can pass."
        )
    if write.fetch is None:
        raise Unsupported("its source cannot hand it over.")
    values = {
        "datas": MARK.decode(),
        "name": file.name,
        "mimetype": file.mimetype,
        "res_model": place.model,
        "res_id": place.id,
    }
    async with write.fetch(file.id) as path:
        await _check(path, file)
        return await site.client.upload(MODEL, values, path)


async def _check(path: Path, file: Attachment) -> None:
    """An Odoo that has lost its file store gives nothing, and says that all is well."""
    if file.checksum and await asyncio.to_thread(_digest, path) != file.checksum:
        raise Rejected("what its Odoo gives is not the file that it describes.")


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha1").hexdigest()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.0f}"
