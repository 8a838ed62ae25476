"""References inside a record: found, and exchanged for the ids of the other side."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from qantara.model import Ref


def references(value: object) -> Iterator[Ref]:
    """Every reference in the record, however deep."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from references(part)
    elif is_dataclass(value):
        for known in fields(value):
            yield from references(getattr(value, known.name))


def exchanged(value: Any, ids: Mapping[Ref, Ref]) -> Any:
    """The same value with each reference replaced; raises KeyError with the one that is unknown."""
    if isinstance(value, Ref):
        return ids[value]
    if isinstance(value, tuple):
        return tuple(exchanged(part, ids) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            known.name: new
            for known in fields(value)
            if (new := exchanged(old := getattr(value, known.name), ids)) is not old
        }
        return replace(value, **changed) if changed else value
    return value
