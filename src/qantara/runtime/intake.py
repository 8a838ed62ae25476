"""Intake: what has arrived in the inbox goes to the links that want it."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from qantara.engine.link import Link
from qantara.storage import inbox

Routes = Mapping[str, inbox.Routes]
"""By connection: who wants its records."""


def take(conn: Connection, routes_: Routes) -> frozenset[str]:
    """Route all that waits; says which links now have something to do. Safe to repeat."""
    found: set[str] = set()
    for connection, wanted in routes_.items():
        more = True
        while more:
            routed = inbox.route(conn, connection, wanted)
            found |= routed.links
            more = routed.more
    return frozenset(found)


def routes(links: Iterable[Link]) -> Routes:
    """Who wants what of each connection."""
    told: dict[str, dict[str, list[str]]] = {}
    rung: dict[str, dict[str, list[str]]] = {}
    for link in links:
        kind = rung if link.scope or link.hints_only else told
        kind.setdefault(link.here_name, {}).setdefault(link.entity, []).append(link.name)
    return {
        name: inbox.Routes(told=told.get(name, {}), rung=rung.get(name, {}))
        for name in told.keys() | rung.keys()
    }
