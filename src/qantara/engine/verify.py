"""Verify: read back what was written and compare, field by field."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from qantara.connectors.base import Change
from qantara.engine.fingerprint import fingerprints, plain
from qantara.engine.item import MERGED, WRITTEN, Item, NotKept
from qantara.engine.link import Kind, Link
from qantara.engine.reconcile import confirm
from qantara.model import Record
from qantara.storage.steps import reached
from qantara.transport import ConnectorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not the same on both sides, as people may read it."""

    field: str
    here: Any
    there: Any


async def read_back(link: Link, items: Sequence[Item]) -> None:
    """Learn what the target kept. A record that it kept otherwise is parked, and stays bound."""
    if link.two_way:
        await confirm(link, items)
        return
    written = [item for item in items if item.result in (WRITTEN, MERGED) and not item.kept]
    if not written or link.kind is Kind.THREAD:
        return
    ids = [item.target_id for item in written if item.target_id]
    reached("read-back: about to be asked")
    there = {change.external_id: change for change in await link.target.read(link.there, ids)}
    reached("read-back: answered")
    for item in written:
        _compare(link, item, there.get(item.target_id or ""))


def _compare(link: Link, item: Item, change: Change | None) -> None:
    if change is None:
        item.park(
            NotKept(
                f"{link.there_name} accepted the record and does not show it.",
                remedy="Look whether an automation there removes or hides it.",
            )
        )
        return
    try:
        present = link.present(change)
    except ConnectorError as error:
        item.park(error)
        return
    item.kept = fingerprints(present, link.fields)
    item.children = change.children
    names = (item.fields - link.loose) | link.checks
    if found := list(differences(item.outgoing, present, names)):
        differing = {one.field for one in found}
        item.hashes = {name: old for name, old in item.hashes.items() if name not in differing}
        item.park(_short(item.short, found) if item.short else _not_kept(link, found))


def differences(here: Record, there: Record, names: Collection[str]) -> Iterator[Difference]:
    """The fields among `names` that differ between two records in the same words."""
    for name in sorted(names):
        one, other = getattr(here, name), getattr(there, name)
        if one != other:
            yield Difference(field=name, here=plain(one), there=plain(other))


def differing(one: Any, other: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Each field in which two records of one type differ, and what it is in either."""
    for known in fields(one):
        here, there = getattr(one, known.name), getattr(other, known.name)
        if here != there:
            yield known.name, (here, there)


def _short(told: ConnectorError, found: Sequence[Difference]) -> NotKept:
    """What the target said itself about it says more than the values."""
    names = ", ".join(one.field for one in found)
    return NotKept(f"{told.reason} (Not the same: {names}.)", remedy=told.remedy)


def _not_kept(link: Link, found: Sequence[Difference]) -> NotKept:
    told = "; ".join(f"{one.field}: {one.there!r} in place of {one.here!r}" for one in found)
    return NotKept(
        f"{link.there_name} took the record and keeps other values: {told}.",
        remedy=f"Correct it at {link.here_name} or {link.there_name}, or leave the field out "
        "of the link; then retry.",
    )
