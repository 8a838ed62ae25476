"""The answer of Odoo's `load`: which rows it refused, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.errors import TRANSIENT, field_of, one_line
from qantara.transport import Rejected, RetryLater


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All rows went in (`ids`, in their order) or none did (`ids` is None).

    `refused` names bad rows by their index; Odoo stops looking after many errors, so that a
    second try without these rows can name further ones.
    """

    ids: list[int] | None
    refused: Mapping[int, Rejected] = field(default_factory=dict)


def loaded(answer: Mapping[str, Any], model: str) -> Loaded:
    """The answer understood.

    Raises RetryLater when Odoo swallowed a conflict of transactions, Rejected when it names no
    row at all.
    """
    if answer["ids"] is not False:
        return Loaded(ids=answer["ids"])
    errors = [line for line in answer["messages"] if line.get("type") == "error"]
    if any(TRANSIENT.search(str(line["message"])) for line in errors):
        raise RetryLater(f"Odoo was busy with the same records of {model}.", after=2.0)
    refused: dict[int, Rejected] = {}
    for line in errors:
        for row in _rows(line):
            refused.setdefault(row, _refusal(line, model))
    if not refused:
        raise Rejected(f"Odoo imported nothing into {model}: {_summary(errors)}")
    return Loaded(ids=None, refused=refused)


def _rows(line: Mapping[str, Any]) -> Iterator[int]:
    """All rows of the bad record; a record with lines inside takes several."""
    rows = line.get("rows")
    if rows:
        yield from range(rows["from"], rows["to"] + 1)
    elif isinstance(line.get("record"), int):
        yield line["record"]


def _refusal(line: Mapping[str, Any], model: str) -> Rejected:
    name = line.get("field") or ""
    if isinstance(name, list):
        name = name[0] if name else ""
    message = str(line["message"])
    return Rejected(
        one_line(message), field=str(name).partition("/")[0] or field_of(message, model)
    )


def _summary(errors: Sequence[Mapping[str, Any]]) -> str:
    return one_line("; ".join(str(line["message"]) for line in errors)) or "it gave no reason."
