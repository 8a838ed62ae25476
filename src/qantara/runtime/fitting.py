"""What a person set for a link, put into the link; what does not fit is refused with its key."""

from dataclasses import replace

from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.runtime.complaints import Complaint, unknown
from qantara.runtime.configuration import LinkSettings
from qantara.runtime.toml_lines import Path


class Misfit(Exception):
    """A setting that the link cannot have: under which `key` of its table, and the complaint."""

    def __init__(self, key: Path, complaint: Complaint) -> None:
        super().__init__(complaint.what)
        self.key = key
        self.complaint = complaint


def fitted(link: Link, own: LinkSettings) -> Link:
    """The link with these settings; raises Misfit."""
    short = link.name.rpartition(".")[2]
    for name in own.exclude:
        _refuse_unknown(link, name, ("exclude",))
    for name in own.rules:
        _refuse_unknown(link, name, ("rules", name))
    left = frozenset(own.exclude)
    changed = replace(
        link,
        fields=link.fields - left,
        loose=link.loose - left,
        on_delete=own.on_delete or link.on_delete,
    )
    if not own.two_way:
        _refuse_rules(short, own)
        return changed
    if reason := changed.no_way_back or _unable(changed):
        what = f"The link {short} cannot be two-way: {reason}"
        raise Misfit(("two_way",), Complaint(what, "Remove the line."))
    rules = {name: Rule(rule) for name, rule in own.rules.items() if name not in left}
    return replace(changed, two_way=True, rules=rules, default_rule=Rule(own.default_rule or "ask"))


def _refuse_unknown(link: Link, name: str, key: Path) -> None:
    if name not in link.fields:
        short = link.name.rpartition(".")[2]
        raise Misfit(key, unknown(name, sorted(link.fields), f"field of {short}"))


def _refuse_rules(short: str, own: LinkSettings) -> None:
    given = {"rules": bool(own.rules), "default_rule": own.default_rule is not None}
    for name, is_given in given.items():
        if is_given:
            what = f"{name} means nothing to the link {short}, which has one direction."
            raise Misfit((name,), Complaint(what, "Add `two_way = true`, or remove the line."))


def _unable(link: Link) -> str:
    source, target = link.source.manifest, link.target.manifest
    if link.entity not in source.writes:
        return f"{source.title} does not write {link.entity}."
    return "" if link.there in target.reads else f"{target.title} does not read {link.there}."
