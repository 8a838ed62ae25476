"""Bindings: this record of the hub is that record there. One to one in each connection and entity."""

import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.exc import IntegrityError

from qantara.storage.columns import storable
from qantara.storage.errors import AlreadyBound
from qantara.storage.schema import bindings as table
from qantara.storage.statements import chunks

KEY_LENGTH = 400
"""PostgreSQL indexes at most about 2,700 bytes of one value; longer natural keys are digested."""

_REMEDY = (
    "Find out which of the two is right, then remove the wrong binding or merge the duplicates."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """`record` is the hub's id, `key` the natural key it has there.

    Binding with "" says that it has none, with None that nobody looked: what is stored stays.
    """

    record: str
    connection: str
    entity: str
    external_id: str
    key: str | None = None


def new_record() -> str:
    """A new id of the hub: 32 hex digits of a UUID version 7, which sort by the time of making."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    number = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{number:032x}"


def record_for(key: str, connection: str, entity: str, external_id: str) -> str:
    """The hub's id for a record that is met for the first time: 32 hex digits.

    It is the same whenever the record is met: a journal that was put back from a backup names it
    to the target as it did before, and finds there what was made since. `key` is the
    installation's: another hub names it otherwise.
    """
    whole = msgspec.json.encode([key, connection, entity, storable(external_id)])
    return sha256(whole).hexdigest()[:32]


def records_of(
    conn: Connection, connection: str, entity: str, ids: Collection[str]
) -> dict[str, str]:
    """The hub's record of each external id that is bound; the others are absent."""
    return dict(_pairs(conn, (connection, entity), table.c.external_id, ids))


def external_ids(
    conn: Connection, connection: str, entity: str, records: Collection[str]
) -> dict[str, str]:
    """The external id of each record that is bound there; the others are absent."""
    found = _pairs(conn, (connection, entity), table.c.record, records)
    return {record: external_id for external_id, record in found}


def holders(
    conn: Connection, connection: str, entity: str, keys: Collection[str]
) -> dict[str, list[str]]:
    """Who has each natural key there: first bound, first named. A key nobody has is absent."""
    asked = {_indexable(key): key for key in keys if key}
    found: dict[str, list[str]] = {}
    for some in chunks(asked):
        rows = conn.execute(
            select(table.c.key, table.c.external_id)
            .where(*_where(connection, entity), table.c.key.in_(some))
            .order_by(table.c.record)
        )
        for key, external_id in rows:
            found.setdefault(asked[key], []).append(external_id)
    return found


def bound_ids(conn: Connection, connection: str, entity: str) -> set[str]:
    """All external ids that are bound there: what is here and not there was deleted there."""
    return set(conn.scalars(select(table.c.external_id).where(*_where(connection, entity))))


def places(conn: Connection, records: Collection[str]) -> list[Binding]:
    """Every binding of these records, in all connections."""
    return [
        Binding(**row)
        for some in chunks(records)
        for row in conn.execute(
            select(table)
            .where(table.c.record.in_(some))
            .order_by(table.c.record, table.c.connection)
        ).mappings()
    ]


def bind(conn: Connection, bindings: Iterable[Binding]) -> None:
    """Bind; the same pair again is harmless and renews its key. Safe to repeat.

    Raises AlreadyBound, naming both sides, before anything is written when a record or an external
    id is bound otherwise, in the database or among `bindings` themselves.
    """
    for place, given in _by_place(bindings):
        known = _known(conn, place, given)
        wanted = _without_clash(given, known)
        _insert(conn, [b for b in wanted if b.external_id not in known])
        _renew(conn, [b for b in wanted if b.key is not None and known.get(b.external_id, b) != b])


def rebind(conn: Connection, bindings: Iterable[Binding]) -> None:
    """Bind, whatever the records and external ids were bound to before. Safe to repeat."""
    for (connection, entity), given in _by_place(bindings):
        some = list(given)
        unbind(conn, connection, entity, [b.external_id for b in some])
        for records in chunks([b.record for b in some]):
            conn.execute(
                delete(table).where(*_where(connection, entity), table.c.record.in_(records))
            )
        bind(conn, some)


def unbind(conn: Connection, connection: str, entity: str, external_ids: Collection[str]) -> int:
    """Forget these bindings; says how many there were. Safe to repeat."""
    return sum(
        conn.execute(
            delete(table).where(*_where(connection, entity), table.c.external_id.in_(some))
        ).rowcount
        for some in chunks(external_ids)
    )


def forget(conn: Connection, connection: str) -> int:
    """Forget all bindings of a connection, when its account is removed or replaced."""
    return conn.execute(delete(table).where(table.c.connection == connection)).rowcount


Place = tuple[str, str]


def _where(connection: str, entity: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (table.c.connection == connection, table.c.entity == entity)


def _indexable(key: str) -> str:
    whole = storable(key)
    if len(whole) <= KEY_LENGTH:
        return whole
    return f"{whole[:KEY_LENGTH]}#{sha256(whole.encode()).hexdigest()}"


def _pairs(
    conn: Connection, place: Place, column: ColumnElement[str], values: Collection[str]
) -> Iterator[tuple[str, str]]:
    for some in chunks(values):
        statement = select(table.c.external_id, table.c.record)
        for row in conn.execute(statement.where(*_where(*place), column.in_(some))):
            yield row.external_id, row.record


def _by_place(bindings: Iterable[Binding]) -> Iterator[tuple[Place, list[Binding]]]:
    places: dict[Place, list[Binding]] = {}
    for binding in bindings:
        key = None if binding.key is None else _indexable(binding.key)
        kept = replace(binding, key=key)
        places.setdefault((binding.connection, binding.entity), []).append(kept)
    yield from sorted(places.items())


def _known(conn: Connection, place: Place, given: list[Binding]) -> dict[str, Binding]:
    """By external id, what is stored of any of these records or external ids."""
    wanted = (
        (table.c.external_id, [b.external_id for b in given]),
        (table.c.record, [b.record for b in given]),
    )
    rows = (
        row
        for column, values in wanted
        for some in chunks(values)
        for row in conn.execute(select(table).where(*_where(*place), column.in_(some))).mappings()
    )
    return {row["external_id"]: Binding(**row) for row in rows}


def _without_clash(given: list[Binding], known: dict[str, Binding]) -> list[Binding]:
    """The distinct bindings of `given`, in the order of their ids."""
    by_id = dict(known)
    by_record = {b.record: b for b in known.values()}
    wanted: dict[str, Binding] = {}
    for binding in given:
        for other in (by_id.get(binding.external_id), by_record.get(binding.record)):
            if other and (other.external_id, other.record) != (binding.external_id, binding.record):
                raise _clash(binding, other)
        by_id[binding.external_id] = by_record[binding.record] = binding
        wanted[binding.external_id] = binding
    return [wanted[external_id] for external_id in sorted(wanted)]


def _clash(new: Binding, old: Binding) -> AlreadyBound:
    return AlreadyBound(
        f"{new.entity} {new.external_id} of {new.connection} cannot be bound to record {new.record}:"
        f" {old.external_id} is already bound to record {old.record}.",
        remedy=_REMEDY,
    )


def _insert(conn: Connection, bindings: list[Binding]) -> None:
    if not bindings:
        return
    try:
        conn.execute(insert_into(table), [asdict(b) | {"key": b.key or ""} for b in bindings])
    except IntegrityError as error:
        first = bindings[0]
        raise AlreadyBound(
            f"One of {len(bindings)} {first.entity} records of {first.connection} was bound"
            " otherwise by another worker at the same moment.",
            remedy="Nothing was kept; the batch may be tried again.",
        ) from error


def _renew(conn: Connection, bindings: list[Binding]) -> None:
    if not bindings:
        return
    same = (
        table.c.external_id == bindparam("its_id"),
        table.c.connection == bindparam("its_connection"),
        table.c.entity == bindparam("its_entity"),
    )
    conn.execute(
        update(table).where(*same).values(key=bindparam("its_key")),
        [
            {
                "its_id": b.external_id,
                "its_connection": b.connection,
                "its_entity": b.entity,
                "its_key": b.key,
            }
            for b in bindings
        ],
    )
