"""Pictures of products: their hashes with every read, their bytes when asked for."""

import base64
import hashlib
from collections.abc import Iterable, Sequence

from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.transport import AuthFailed

MODEL, FIELD = "product.template", "image_1920"

TOGETHER = 20
"""Pictures per call: each may have megabytes."""


async def image_hashes(site: Site, ids: Sequence[int]) -> dict[int, str]:
    """The SHA-1 of each picture, which Odoo keeps with the attachment; one call.

    On 16 only administrators may see attachments of fields: there the pictures are read.
    """
    domain = [("res_model", "=", MODEL), ("res_field", "=", FIELD), ("res_id", "in", ids)]
    try:
        rows = await site.rows("ir.attachment", domain, ["res_id", "checksum"])
    except AuthFailed:
        pictures = await image_bytes(site, await _with_picture(site, ids))
        return {one: hashlib.sha1(told).hexdigest() for one, told in pictures.items()}  # noqa: S324 - Odoo's checksum
    return {identity(row["res_id"]) or 0: text(row["checksum"]) for row in rows}


async def image_bytes(site: Site, ids: Iterable[int]) -> dict[int, bytes]:
    """The pictures themselves, of those that have one."""
    numbers = list(ids)
    found: dict[int, bytes] = {}
    for start in range(0, len(numbers), TOGETHER):
        rows = await site.client.read(MODEL, numbers[start : start + TOGETHER], [FIELD])
        found |= {row["id"]: base64.b64decode(row[FIELD]) for row in rows if row[FIELD]}
    return found


async def _with_picture(site: Site, ids: Sequence[int]) -> list[int]:
    context = await site.tables.context(**EVERYTHING)
    return await site.client.search(
        MODEL, [("id", "in", list(ids)), (FIELD, "!=", False)], context=context
    )
