"""Foresight: what a write of a two-way link would make both sides hold, kept before it is sent.

A crash between a write and its page's end leaves our own value at one side, and a shadow that does
not know it. It must not be taken for a person's: what was about to be agreed on stands in the shadow
under a mark until the page is closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection as Database

from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import Item
from qantara.engine.link import Link
from qantara.storage import shadows
from qantara.storage.shadows import Shadow

MARKS = ("<", ">")
"""Before a field's name: a value on its way to the pair's source, to its target."""

Hashes = Mapping[str, str]


def foresee(database: Database, link: Link, items: Sequence[Item]) -> None:
    """In the transaction of the intents: what both sides hold once they are carried out."""
    known = shadows.of(database, link.pair, [item.hub for item in items])
    empty = Shadow(record="", source={}, target={})
    kept = [_foreseen(link, item, known.get(item.hub, empty)) for item in items]
    shadows.keep(database, link.pair, kept)


def pending(shadow: Shadow | None) -> bool:
    """True when a write was under way that nobody closed."""
    return shadow is not None and any(name.startswith(MARKS) for name in shadow.source)


def base(link: Link, shadow: Shadow | None, here: Hashes, there: Hashes) -> tuple[Hashes, Hashes]:
    """What was last agreed on, by field, as the link sees it; what an open write did counts."""
    if shadow is None:
        return {}, {}
    agreed_here, agreed_there = dict(shadow.source), dict(shadow.target)
    for mark in MARKS:
        written, sent = (there, shadow.target) if mark == _mark(link) else (here, shadow.source)
        for name in link.fields:
            told = mark + name
            if told in sent and (written[name] == sent[told] or name not in shadow.source):
                agreed_here[name], agreed_there[name] = shadow.source[told], shadow.target[told]
    return agreed_here, agreed_there


def _mark(link: Link) -> str:
    """The mark of what the link writes to its own target."""
    return "<" if link.origin else ">"


def _foreseen(link: Link, item: Item, before: Shadow) -> Shadow:
    seen = before.mirrored if link.origin else before
    sent, mark = fingerprints(item.outgoing, item.fields), _mark(link)
    after = replace(
        seen,
        record=item.hub,
        source={**seen.source, **{mark + name: item.hashes[name] for name in item.fields}},
        target={**seen.target, **{mark + name: sent[name] for name in item.fields}},
    )
    return after.mirrored if link.origin else after
