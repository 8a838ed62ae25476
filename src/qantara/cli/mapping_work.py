"""The work of `qantara mapping`: finding the link, trying its rules, and writing its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from qantara.cli.desk import Desk
from qantara.connectors.base import Change
from qantara.engine.link import Link, Skipped
from qantara.engine.verify import differing
from qantara.engine.weighing import label
from qantara.rules.mapping import FlawedMapping
from qantara.rules.mapping.editing import with_rule, without_rule
from qantara.rules.mapping.reading import read_value
from qantara.rules.mapping.rules import Rule
from qantara.rules.mapping.trying import CounterExample, counter_example
from qantara.runtime import mappings
from qantara.runtime.hub import Hub, Unconfigured
from qantara.transport import ConnectorError

FEW = 5
"""Records that are looked at when none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A rule that was saved; `example` is what it fails on, where it was saved anyway."""

    link: str
    file: Path
    rule: Rule
    example: CounterExample | None


class Refused(Exception):
    """A rule that was not saved, for a made-up record fails on it."""

    def __init__(self, file: Path, rule: Rule, example: CounterExample) -> None:
        super().__init__(example.reason)
        self.file, self.rule, self.example = file, rule, example


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A real record: what each field is `before` and after the rules; `reason`: it is not carried."""

    id: str
    title: str = ""
    reason: str = ""
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


async def found(desk: Desk, name: str) -> tuple[Link, Path]:
    """The link of this name, and the file of its rules."""
    async with desk.hub() as hub:
        one = await _link(hub, name)
        return one, mappings.file_of(hub.home, one.name)


async def saved(
    desk: Desk, name: str, place: str, rule: Mapping[str, Any], *, anyway: bool
) -> Saved:
    """Put the rule into the link's file; raises Refused where it fails on a made-up record."""
    async with desk.hub() as hub:
        link = await _link(hub, name)
        file = mappings.file_of(hub.home, link.name)
        new = _edited(file, place, _said(rule))
        changed = replace(link, two_way=False, mapping=mappings.compiled(link, file, new))
        _refuse_one_way(link, changed)
        assert changed.mapping is not None  # noqa: S101 - it was set two lines above
        made = next(one for one in changed.mapping.rules if one.field == place)
        example = tried(replace(changed, two_way=link.two_way))
        if example and not anyway:
            raise Refused(file, made, example)
        mappings.write(file, new)
        return Saved(link=link.name, file=file, rule=made, example=example)


async def removed(desk: Desk, name: str, place: str) -> tuple[Path, bool]:
    """Take the field's rule out of the link's file; says whether it had one."""
    async with desk.hub() as hub:
        link = await _link(hub, name)
        file = mappings.file_of(hub.home, link.name)
        try:
            new = without_rule(mappings.text_of(file), file.name, place)
        except FlawedMapping as error:
            raise mappings.problems(error, file) from None
        if new is not None:
            _refuse_one_way(link, replace(link, two_way=False, mapping=None))
            mappings.compiled(link, file, new)
            mappings.write(file, new)
        return file, new is not None


async def tested(desk: Desk, name: str, ids: Sequence[str]) -> tuple[str, list[Tested]]:
    """What the rules make of these records of the source, or of the first few."""
    async with desk.hub() as hub:
        link = await (await _link(hub, name)).prepared(hub.store)
        changes = await link.source.read(link.entity, ids) if ids else await _first(link)
        missing = [one for one in ids if one not in {each.external_id for each in changes}]
        gone = [Tested(id=one, reason=f"{link.here_name} has no such record.") for one in missing]
        return link.name, [*(_tested(link, one) for one in changes), *gone]


async def checked(desk: Desk) -> list[tuple[Link, CounterExample | None]]:
    """Every link with rules, and what they fail on."""
    async with desk.hub() as hub:
        links = [one for one in await hub.links() if one.mapping and not one.origin]
        flows = {flow.name for flow in hub.flows()}
        for file in sorted((hub.home.path / mappings.FOLDER).glob(f"*{mappings.ENDING}")):
            if file.name.partition(".")[0] not in flows:
                raise Unconfigured(
                    f"{file} belongs to no flow.", remedy="Call it FLOW.LINK.yaml, or remove it."
                )
        return [(one, tried(one)) for one in links]


def tried(link: Link) -> CounterExample | None:
    """What the link's rules fail on; in a two-way link all that is carried must come back."""
    if link.mapping is None:
        return None
    returning = link.fields if link.two_way else ()
    return counter_example(link.mapping, link.record_type, returning=returning)


async def _link(hub: Hub, name: str) -> Link:
    flow, _, short = name.rpartition(".")
    return next(iter(await hub.links(flow or None, [short])))


def _said(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of the command line as a file would have it."""
    said = {key: value for key, value in rule.items() if value not in (None, [])}
    if len(said.get("from", ())) == 1:
        said["from"] = said["from"][0]
    for name in ("constant", "default"):
        if name in said:
            said[name] = _value(said[name])
    if "transform" in said:
        said["transform"] = [_value(one) for one in said["transform"]]
    return said


def _value(text: str) -> Any:
    try:
        return read_value(text)
    except yaml.YAMLError:
        raise Unconfigured(
            f"{text!r} is not YAML.", remedy="Quote it, or write it like 'case: upper'."
        ) from None


def _edited(file: Path, place: str, said: Mapping[str, Any]) -> str:
    try:
        return with_rule(mappings.text_of(file), file.name, place, said)
    except FlawedMapping as error:
        raise mappings.problems(error, file) from None


def _refuse_one_way(link: Link, changed: Link) -> None:
    if link.two_way and (reason := changed.no_way_back):
        raise Unconfigured(
            f"The link {link.name} is two-way: {reason}",
            remedy="Write a rule that has a way back, or make the link one-way.",
        )


async def _first(link: Link) -> Sequence[Change]:
    async for page in link.source.changes(link.entity, "", scope=link.scope):
        if page.changes:
            return page.changes[:FEW]
    return ()


def _tested(link: Link, change: Change) -> Tested:
    try:
        before = replace(link, two_way=False, mapping=None).outgoing(change)
        after = link.outgoing(change)
    except ConnectorError as error:
        return Tested(id=change.external_id, reason=f"{error.reason} {error.remedy}".rstrip())
    if isinstance(before, Skipped) or isinstance(after, Skipped):
        reason = before.reason if isinstance(before, Skipped) else ""
        return Tested(id=change.external_id, reason=reason)
    return Tested(
        id=change.external_id, title=label(before), changes=dict(differing(before, after))
    )
