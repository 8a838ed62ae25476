"""Which receipt was prepared for what: told in its chatter, where everybody may read it.

The note's own message id names the key of the write and the mark of what was prepared. So a
receipt is found again without the right to read external ids, and what a person has changed since
is seen by its mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qantara.connectors.odoo.mapping.values import marked_up, text
from qantara.connectors.odoo.notes import ESCAPES
from qantara.connectors.odoo.site import Site

PICKING, MESSAGE = "stock.picking", "mail.message"
_HEAD, _TAIL = "<receipt.", "@qantara>"


@dataclass(slots=True, kw_only=True)
class Claim:
    """The key under which the receipt was prepared, and the marks of all that was prepared."""

    key: str
    marks: set[str] = field(default_factory=set)


async def claims(site: Site, pickings: Sequence[int]) -> dict[int, Claim]:
    """Those of these transfers that were prepared, by id."""
    domain = [("res_id", "in", list(pickings)), ("message_id", "=like", f"{_HEAD}%{_TAIL}")]
    found: dict[int, Claim] = {}
    for one, key, mark in await _read(site, domain) if pickings else ():
        found.setdefault(one, Claim(key=key)).marks.add(mark)
    return found


async def claimed(site: Site, keys: Sequence[str]) -> dict[str, int]:
    """The receipts prepared under these keys."""
    if not keys:
        return {}
    either = ["|"] * (len(keys) - 1)
    asked = [("message_id", "=like", f"{_HEAD}{key}.%{_TAIL}") for key in keys]
    return {key: one for one, key, _ in await _read(site, [*either, *asked])}


async def claim(site: Site, picking: int, key: str, mark: str, body: str) -> None:
    """Tell at the receipt what it was prepared from. Safe to repeat."""
    await tell(site, picking, f"{_HEAD}{key}.{mark}{_TAIL}", body)


async def tell(site: Site, picking: int, message_id: str, body: str) -> None:
    """Post a note once."""
    there = [("model", "=", PICKING), ("res_id", "=", picking), ("message_id", "=", message_id)]
    if await site.rows(MESSAGE, there, ["message_id"]):
        return
    server = await site.client.enter()
    html = {"body_is_html": True} if server.major >= ESCAPES else {}
    await site.client.call(
        PICKING,
        "message_post",
        [picking],
        body=marked_up(body),
        message_id=message_id,
        message_type="comment",
        subtype_xmlid="mail.mt_note",
        context=await site.tables.context(),
        **html,
    )


async def _read(site: Site, domain: Sequence[object]) -> list[tuple[int, str, str]]:
    """Receipt, key and mark of each note, oldest first."""
    rows = await site.rows(MESSAGE, [("model", "=", PICKING), *domain], ["message_id", "res_id"])
    found = []
    for row in rows:
        key, _, mark = (
            text(row["message_id"]).removeprefix(_HEAD).removesuffix(_TAIL).partition(".")
        )
        found.append((int(row["res_id"]), key, mark))
    return found
