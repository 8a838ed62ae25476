"""Which furniture an Odoo needs, from the entities that flows read and write there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from qantara.connectors.odoo.furniture import arches, board, code, packing
from qantara.connectors.odoo.furniture.arches import READYING, REQUESTING
from qantara.connectors.odoo.furniture.shapes import Among, Arch, ModelOf, Ours, Piece, Plan, Theirs

GROUP = "group"
"""The key of the group of those who work for the hub."""

ADMINISTRATORS, STOCK_USERS = "base.group_system", "stock.group_stock_user"

WINDOW = "ir.actions.act_window"
ALL = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)
LOOKING = {"perm_read": True, "perm_write": False, "perm_create": False, "perm_unlink": False}
TYPING = {**LOOKING, "perm_write": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What of this Odoo decides how the furniture looks.

    `rows` is its tag of a list, `done` the done quantity of a move line, `groups` the field that
    names the groups of an action or menu, `members` that of a group's users; `team` is the external
    id of the group that works with the board, `above` that of the menu over ours ("" for none),
    `user` the id of the user of the connection.
    """

    major: int
    rows: str
    done: str
    groups: str
    members: str
    team: str
    above: str
    user: int


def wanted(reads: Collection[str], writes: Collection[str], ground: Ground) -> Plan:
    """Offers written or requests read want the board; transfers want fields on Odoo's own."""
    with_board = "offer" in writes or "request" in reads
    with_packing = "transfer" in reads or "receipt" in writes
    pieces: tuple[Piece, ...] = ()
    if with_board:
        pieces += (_group(ground), *_rights(ground), *_board(ground), *_menus(ground))
    if with_packing:
        pieces += (_picking("view_picking", Arch(build=arches.picking)),)
    if "transfer" in reads:
        pieces += _ready(ground)
    return Plan(
        tables=board.TABLES if with_board else (),
        additions=packing.ADDITIONS if with_packing else (),
        pieces=pieces,
    )


def _group(ground: Ground) -> Piece:
    members = Among(each=(ground.user,), more=True)
    told = {"name": "Qantara bridge", "comment": "The user by whom Qantara works."}
    return Piece(
        key=GROUP,
        model="res.groups",
        what="The group of the user by whom Qantara works",
        values={**told, ground.members: members},
    )


def _rights(ground: Ground) -> list[Piece]:
    """The team types quantities and notes; the hub and administrators do all."""
    found = []
    for table in board.TABLES:
        team = LOOKING if table is board.LINES else TYPING
        for short, group, rights in (
            ("team", Theirs(name=ground.team), team),
            ("hub", Ours(key=GROUP), ALL),
            ("keepers", Theirs(name=ADMINISTRATORS), ALL),
        ):
            named = {"name": f"{table.model}, {short}", "model_id": ModelOf(name=table.model)}
            piece = Piece(
                key=f"access_{table.key.removeprefix('model_')}_{short}",
                model="ir.model.access",
                what=f"The right to {table.model} ({short})",
                values={**named, "group_id": group, **rights},
            )
            found.append(piece)
    return found


def _board(ground: Ground) -> list[Piece]:
    allowed = (Theirs(name=ground.team), Ours(key=GROUP), Theirs(name=ADMINISTRATORS))
    action = _action(
        REQUESTING,
        "Request from the factory",
        {
            "model_id": ModelOf(name=board.OFFER),
            "binding_model_id": ModelOf(name=board.OFFER),
            "code": code.requesting(),
            ground.groups: Among(each=allowed),
        },
    )
    rows = ground.rows
    return [
        action,
        _view("view_offers", board.OFFER, rows, Arch(build=arches.offers(rows))),
        _view("view_offer", board.OFFER, "form", Arch(build=arches.offer)),
        _view("view_offer_search", board.OFFER, "search", Arch(build=arches.offer_search)),
        _view("view_requests", board.REQUEST, rows, Arch(build=arches.requests(rows))),
        _view(
            "view_request", board.REQUEST, "form", Arch(build=arches.request(rows, ground.major))
        ),
        _view("view_request_search", board.REQUEST, "search", Arch(build=arches.request_search)),
    ]


def _menus(ground: Ground) -> list[Piece]:
    above: Any = Theirs(name=ground.above) if ground.above else False
    every = Among(each=(Theirs(name=ground.team), Ours(key=GROUP), Theirs(name=ADMINISTRATORS)))
    shown = {ground.groups: every}
    top = Piece(
        key="menu",
        model="ir.ui.menu",
        what="The menu Factory",
        values={"parent_id": above, "sequence": 50, "active": True, **shown},
        words={"name": "Factory"},
        known_by=("name", "parent_id"),
    )
    return [
        top,
        *_window(ground, "offers", "Factory stock", board.OFFER),
        *_window(ground, "requests", "Requests", board.REQUEST),
    ]


def _window(ground: Ground, short: str, title: str, model: str) -> list[Piece]:
    """An action that opens a list, and the menu that starts it."""
    search = Ours(key=f"view_{short.removesuffix('s')}_search")
    window = Piece(
        key=f"window_{short}",
        model=WINDOW,
        what=f"The window {title}",
        values={
            "res_model": model,
            "view_mode": f"{ground.rows},form",
            "search_view_id": search,
        },
        words={"name": title},
        known_by=("res_model",),
    )
    place = {"offers": 10, "requests": 20}[short]
    menu = Piece(
        key=f"menu_{short}",
        model="ir.ui.menu",
        what=f"The menu {title}",
        values={
            "parent_id": Ours(key="menu"),
            "action": Ours(key=f"window_{short}", kind=WINDOW),
            "sequence": place,
            "active": True,
        },
        words={"name": title},
        known_by=("action",),
    )
    return [window, menu]


def _ready(ground: Ground) -> tuple[Piece, ...]:
    allowed = (Theirs(name=STOCK_USERS), Theirs(name=ADMINISTRATORS))
    action = _action(
        READYING,
        "Packing list ready",
        {
            "model_id": ModelOf(name=packing.PICKING),
            "code": code.readying(ground.done),
            ground.groups: Among(each=allowed),
        },
    )
    return (action, _picking("view_picking_ready", Arch(build=arches.ready(ground.major))))


def _action(key: str, title: str, values: Mapping[str, Any]) -> Piece:
    return Piece(
        key=key,
        model="ir.actions.server",
        what=f"The button {title}",
        values={"state": "code", **values},
        words={"name": title},
        known_by=("name", "model_id"),
    )


def _view(key: str, model: str, kind: str, arch: Arch) -> Piece:
    values = {"name": f"qantara.{key}", "model": model, "type": kind, "arch_db": arch}
    return Piece(
        key=key,
        model="ir.ui.view",
        what=f"The {'list' if kind == 'tree' else kind} of {model}",
        values={**values, "active": True},
    )


def _picking(key: str, arch: Arch) -> Piece:
    values = {
        "name": f"qantara.{key}",
        "model": packing.PICKING,
        "inherit_id": Theirs(name="stock.view_picking_form"),
        "mode": "extension",
        "arch_db": arch,
        "active": True,
    }
    return Piece(
        key=key,
        model="ir.ui.view",
        what=f"The addition to the form of {packing.PICKING} ({key.removeprefix('view_')})",
        values=values,
    )
