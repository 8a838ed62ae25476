"""References inside a record: found, and exchanged for the ids of the other side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, get_args, get_type_hints

from sqlalchemy import Connection as Database

from qantara.engine.link import Link
from qantara.model import Record, Ref
from qantara.storage import bindings
from qantara.storage.store import Store


def references(value: object) -> Iterator[Ref]:
    """Every reference in the record, however deep."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from references(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _referring(type(value)):
            yield from references(getattr(value, name))


def exchanged(value: Any, ids: Mapping[Ref, Ref]) -> Any:
    """The same value with each reference replaced; raises KeyError with the one that is unknown."""
    if isinstance(value, Ref):
        return ids[value]
    if isinstance(value, tuple):
        return tuple(exchanged(part, ids) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        names = _referring(type(value))
        new = {name: exchanged(getattr(value, name), ids) for name in names}
        return replace(value, **new) if new else value
    return value


async def exchange_rates(link: Link, store: Store, records: Sequence[Record]) -> Mapping[Ref, Ref]:
    """The target's counterpart of each reference in the records, as far as it is known."""
    wanted = {ref for record in records for ref in references(record)}
    return await store.run(known_there, link, wanted) if wanted else {}


def known_there(database: Database, link: Link, wanted: set[Ref]) -> dict[Ref, Ref]:
    """The target's counterparts of these records of the source; the others are absent."""
    found: dict[Ref, Ref] = {}
    for entity in {ref.entity for ref in wanted}:
        ids = [ref.id for ref in wanted if ref.entity == entity]
        there = link.aliases.get(entity, entity)
        records = bindings.records_of(database, link.here_name, entity, ids)
        targets = bindings.external_ids(database, link.there_name, there, list(records.values()))
        found |= {
            Ref(entity, id_): Ref(there, targets[record])
            for id_, record in records.items()
            if record in targets
        }
    return found


@cache
def _referring(record: type) -> tuple[str, ...]:
    """The fields of the record that may hold a reference, by their types."""
    hints = get_type_hints(record)
    return tuple(known.name for known in fields(record) if _may_refer(hints[known.name]))


def _may_refer(hint: Any) -> bool:
    if hint is Ref:
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return bool(_referring(hint))
    return any(_may_refer(part) for part in get_args(hint))
