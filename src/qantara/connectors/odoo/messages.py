"""Reads what people write on orders and transfers, with who they are and what they attach."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from qantara.connectors.base import Change, Page
from qantara.connectors.odoo.mapping import message
from qantara.connectors.odoo.mapping.values import distinct, identity, moment, text
from qantara.connectors.odoo.polling import Captured
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.tables import EVERYTHING

MODELS: Mapping[str, str] = {
    "purchase_order": "purchase.order",
    "sale_order": "sale.order",
    "transfer": "stock.picking",
    "receipt": "stock.picking",
}
"""What a message can be on. A picking is a receipt when it comes in, else a transfer."""

ENTITIES = {"purchase.order": "purchase_order", "sale.order": "sale_order"}

BOUNCING = timedelta(minutes=10)
"""For how long a message counts as having been written just before another."""

_RECORD = ("partner_id", "company_id", "picking_type_code")
_PERSON = ("name", "email", "commercial_partner_id", "commercial_company_name", "partner_share")
_FILE = ("name", "mimetype", "file_size", "checksum", "type")
_LIKE = ("model", "res_id", "author_id", "email_from", "body", "subject", "message_type", "date")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What belongs to the messages of a page, by id."""

    records: Mapping[tuple[str, int], Row]
    files: Mapping[int, Row]
    internal: Mapping[int, bool]
    earlier: Sequence[Row]
    people: Mapping[int, Row]
    company: str


class Messages(Reader):
    """mail.message: comments and e-mails; what Odoo itself notes of changes is no message.

    Scope "on:<entity>:<id>,<id>..." are those on these records. A first poll begins at the present:
    what was said before the hub listened stays where it is.
    """

    model = "mail.message"
    page = 100
    canonical = staticmethod(message.from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """What people wrote on our documents; never what the hub did."""
        written = [
            ("model", "in", sorted(set(MODELS.values()))),
            ("message_type", "in", list(message.WRITTEN_TYPES)),
            ("message_id", "not like", message.OURS),
        ]
        kind, _, rest = scope.partition(":")
        entity, _, ids = rest.partition(":")
        if kind == "on" and entity in MODELS:
            numbers = [int(one) for one in ids.split(",") if one.isdigit()]
            return [*written, ("model", "=", MODELS[entity]), ("res_id", "in", numbers)]
        return [*written, *await super().domain(scope)]

    async def changes(self, cursor: str, scope: str) -> AsyncIterator[Page]:
        """Pages of what changed; within a page as it was written, whatever was edited since."""
        async for page in super().changes(await self._start(cursor, scope), scope):
            in_order = sorted(page.changes, key=lambda change: int(change.external_id))
            yield replace(page, changes=in_order)

    async def count(self, cursor: str, scope: str) -> int:
        """There is no first load: at the start, too, only those of the last moments."""
        return await super().count(await self._start(cursor, scope), scope)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """A handful of calls, whatever the number; messages on records of others are absent."""
        found = await self.site.rows(self.model, [("id", "in", ids)], message.FIELDS)
        rows = [row for row in found if _concerns_us(row)]
        if not rows:
            return []
        around = await self._around(rows)
        return [
            self.captured(row, change)
            for row in rows
            if (change := _change(row, around)) is not None
        ]

    async def _start(self, cursor: str, scope: str) -> str:
        return cursor or await self.site.poll(await self.streams(scope), "").present()

    async def _around(self, rows: Sequence[Row]) -> _Around:
        records, files, internal, earlier = await asyncio.gather(
            self._records(rows), self._files(rows), self._internal(rows), self._earlier(rows)
        )
        authors = [identity(row["author_id"]) for row in rows]
        with_whom = [identity(one["partner_id"]) for one in records.values()]
        wanted = distinct([*authors, *with_whom])
        people = await self.site.rows("res.partner", [("id", "in", wanted)], _PERSON)
        return _Around(
            records=records,
            files=files,
            internal=internal,
            earlier=earlier,
            people={row["id"]: row for row in people},
            company=(await self.site.tables.get()).company_name,
        )

    async def _records(self, rows: Sequence[Row]) -> dict[tuple[str, int], Row]:
        """Those of our company that the messages are on."""
        company = (await self.site.tables.get()).company
        found: dict[tuple[str, int], Row] = {}
        for model in sorted({row["model"] for row in rows}):
            ids = distinct(row["res_id"] for row in rows if row["model"] == model)
            for one in await self.site.rows(model, [("id", "in", ids)], _RECORD):
                if identity(one["company_id"]) in (company, None):
                    found[model, one["id"]] = one
        return found

    async def _files(self, rows: Sequence[Row]) -> dict[int, Row]:
        wanted = distinct(one for row in rows for one in row["attachment_ids"])
        if not wanted:
            return {}
        found = await self.site.rows("ir.attachment", [("id", "in", wanted)], _FILE)
        return {row["id"]: row for row in found if row["type"] == "binary"}

    async def _internal(self, rows: Sequence[Row]) -> dict[int, bool]:
        wanted = distinct(identity(row["subtype_id"]) for row in rows)
        found = await self.site.rows("mail.message.subtype", [("id", "in", wanted)], ["internal"])
        return {row["id"]: bool(row["internal"]) for row in found}

    async def _earlier(self, rows: Sequence[Row]) -> list[Row]:
        """What was written on the same records shortly before, or since."""
        first = min(text(row["date"]) for row in rows)
        since = moment(first)
        if since is None:
            return []
        domain = [
            *await self.domain(""),
            ("date", ">=", since - BOUNCING),
            ("model", "in", sorted({row["model"] for row in rows})),
            ("res_id", "in", distinct(row["res_id"] for row in rows)),
        ]
        context = await self.site.tables.context(**EVERYTHING)
        found: list[Row] = []
        found += await self.site.client.search_read(self.model, domain, _LIKE, context=context)
        return found


def _concerns_us(row: Row) -> bool:
    """News may be of any message: others of our readers watch them, too."""
    return row["model"] in MODELS.values() and row["message_type"] in message.WRITTEN_TYPES


def _change(row: Row, around: _Around) -> Change | None:
    record = around.records.get((row["model"], row["res_id"]))
    if record is None:
        return None
    wire = {
        "row": dict(row),
        "author": _author(around, identity(row["author_id"])),
        "record": _record(row, record, around),
        "internal": bool(row["is_internal"]) or _is_internal(row, around),
        "files": [
            dict(around.files[one]) for one in sorted(row["attachment_ids"]) if one in around.files
        ],
        "repeats": _repeats(row, around.earlier),
    }
    return Change(
        entity="message",
        external_id=str(row["id"]),
        version=text(row["write_date"]),
        wire=wire,
    )


def _is_internal(row: Row, around: _Around) -> bool:
    """A message without subtype is shown to the staff only."""
    return around.internal.get(identity(row["subtype_id"]) or 0, True)


def _record(row: Row, record: Row, around: _Around) -> dict[str, Any]:
    incoming = record.get("picking_type_code") == "incoming"
    entity = ENTITIES.get(row["model"]) or ("receipt" if incoming else "transfer")
    partner = identity(record["partner_id"])
    known = around.people.get(partner or 0, {})
    return {
        "entity": entity,
        "partners": distinct([partner, identity(known.get("commercial_partner_id"))]),
    }


def _author(around: _Around, partner: int | None) -> dict[str, str]:
    """The staff, who share nothing with outsiders, work for the connection's own company."""
    person = around.people.get(partner or 0)
    if person is None:
        return {}
    own = around.company if person.get("partner_share") is False else ""
    company = text(person.get("commercial_company_name")) or own
    name = text(person["name"])
    return {
        "name": name,
        "email": text(person["email"]),
        "company": company if company != name else "",
    }


def _repeats(row: Row, earlier: Iterable[Row]) -> int:
    written = moment(row["date"])
    if written is None or message.is_ours(row):
        return 0
    mine = message.likeness(row)
    return sum(
        other["id"] < row["id"]
        and (moment(other["date"]) or written) >= written - BOUNCING
        and message.likeness(other) == mine
        for other in earlier
    )
