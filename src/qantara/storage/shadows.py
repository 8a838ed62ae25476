"""Shadows: per field, a hash of what both sides of a link last agreed on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, delete, select

from qantara.storage.schema import shadows as table
from qantara.storage.statements import chunks, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """Hash by field as the source and as the target had it; `version` is the source's."""

    record: str
    source: Mapping[str, str]
    target: Mapping[str, str]
    version: str = ""

    @property
    def mirrored(self) -> "Shadow":
        """The same as the other direction of its link sees it."""
        return replace(self, source=self.target, target=self.source)


def of(conn: Connection, link: str, records: Collection[str]) -> dict[str, Shadow]:
    """The shadow of each record that has one on this link."""
    columns = (table.c.record, table.c.source, table.c.target, table.c.version)
    return {
        row["record"]: Shadow(**row)
        for some in chunks(records)
        for row in conn.execute(
            select(*columns).where(table.c.link == link, table.c.record.in_(some))
        ).mappings()
    }


def remembered(conn: Connection, records: Collection[str]) -> set[str]:
    """Those of the records that have a shadow on any link."""
    return {
        record
        for some in chunks(records)
        for record in conn.scalars(select(table.c.record).where(table.c.record.in_(some)))
    }


def keep(conn: Connection, link: str, shadows: Iterable[Shadow]) -> None:
    """Remember these in place of what was remembered of the same records. Safe to repeat."""
    upsert(conn, table, [{"link": link, **asdict(s)} for s in shadows], on=("link", "record"))


def drop(conn: Connection, link: str, records: Collection[str]) -> int:
    """Forget what was agreed on these records; says how many had a shadow. Safe to repeat."""
    return sum(
        conn.execute(delete(table).where(table.c.link == link, table.c.record.in_(some))).rowcount
        for some in chunks(records)
    )


def forget(conn: Connection, link: str) -> int:
    """Forget all shadows of a link: its next run compares every record anew."""
    return conn.execute(delete(table).where(table.c.link == link)).rowcount
