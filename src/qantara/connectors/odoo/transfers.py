"""Reads transfers: pickings with their moves, and what was packed with its lots and packages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change
from qantara.connectors.odoo.mapping import transfer
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.transfer import LineShape
from qantara.connectors.odoo.mapping.values import distinct, identity, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.schema import pick, real_name
from qantara.connectors.odoo.site import Site
from qantara.transport import Unsupported

Rows = list[dict[str, Any]]
MOVE = (
    "picking_id",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "description_picking",
    "state",
)
MOVES, LINES = "stock.move", "stock.move.line"
_HELD = (("picking_id", "!=", False),)


class Transfers(Reader):
    """stock.picking; scope "customer:<partner id>" for what goes to one partner or comes from him.

    A change of a line touches neither its move nor the transfer: all three are watched.
    """

    entity: ClassVar[str] = "transfer"
    model = "stock.picking"
    also = (
        Stream(model=MOVES, owner="picking_id", domain=_HELD),
        Stream(model=LINES, owner="picking_id", domain=_HELD),
    )
    page = 100
    canonical = staticmethod(transfer.from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """The partner's transfers, those to his addresses too."""
        kind, _, partner = scope.partition(":")
        if kind in ("customer", "vendor") and partner.isdigit():
            return [("partner_id", "child_of", int(partner))]
        return await super().domain(scope)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Three calls, and one each for lots with a date, for packages and for what came back."""
        domain = [*await self.domain(scope), ("id", "in", ids)]
        pickings = await self.site.rows(self.model, domain, transfer.PICKING)
        if not pickings:
            return []
        shape = await line_shape(self.site)
        held = [("picking_id", "in", [row["id"] for row in pickings])]
        names = (*MOVE, "name", "origin_returned_move_id", "write_date")
        moves = await self.site.rows(MOVES, held, names, order="sequence, id")
        lines = await self.site.rows(LINES, held, shape.fields())
        joined = await self._join(moves, lines, shape)
        by_move, by_line = _by_picking(moves), _by_picking(lines)
        return [
            self._captured(row, by_move.get(row["id"], []), by_line.get(row["id"], []), joined)
            for row in pickings
        ]

    def reserved(self, row: Mapping[str, Any]) -> bool:
        """Whether what is reserved counts as packed where nobody took anything yet."""
        return bool(row.get(transfer.READY)) and row["state"] not in ("done", "cancel")

    async def _join(self, moves: Rows, lines: Rows, shape: LineShape) -> "_Joined":
        units = [identity(row["product_uom"]) for row in moves]
        units += [identity(row["product_uom_id"]) for row in lines]
        return _Joined(
            tables=await self.site.tables.knowing("units", distinct(units)),
            shape=shape,
            expiries=await self._expiries(distinct(identity(row["lot_id"]) for row in lines)),
            packages=await self._packages(lines, shape),
            sources=await self._sources(moves),
        )

    async def _expiries(self, lots: list[int]) -> dict[int, Any]:
        """The expiry date of each lot, where this Odoo keeps any."""
        if not lots or "expiration_date" not in await self.site.client.fields("stock.lot"):
            return {}
        rows = await self.site.rows("stock.lot", [("id", "in", lots)], ["expiration_date"])
        return {row["id"]: row["expiration_date"] for row in rows}

    async def _packages(self, lines: Rows, shape: LineShape) -> dict[int, dict[str, Any]]:
        """The packages of these lines by their ids."""
        ids = distinct(identity(row.get(shape.package)) for row in lines) if shape.package else []
        if not ids:
            return {}
        model = (await self.site.client.fields(LINES))[shape.package].relation
        names = ("name", "package_type_id", "shipping_weight")
        rows = await self.site.rows(model, [("id", "in", ids)], names)
        return {
            row["id"]: {
                "name": row["name"],
                "kind": (row.get("package_type_id") or (0, ""))[1],
                "weight": row.get("shipping_weight", 0),
            }
            for row in rows
        }

    async def _sources(self, moves: Rows) -> dict[int, int]:
        """Move -> the transfer whose goods it brings back."""
        returned = {row["id"]: identity(row.get("origin_returned_move_id")) for row in moves}
        ids = distinct(returned.values())
        if not ids:
            return {}
        rows = await self.site.rows(MOVES, [("id", "in", ids)], ["picking_id"])
        owners = {row["id"]: identity(row["picking_id"]) for row in rows}
        found = {move: owners.get(source or 0) for move, source in returned.items()}
        return {move: owner for move, owner in found.items() if owner}

    def _captured(
        self, row: Mapping[str, Any], moves: Rows, lines: Rows, joined: "_Joined"
    ) -> Captured:
        packed = transfer.taken(lines, joined.shape, reserved=self.reserved(row))
        boxes = distinct(joined.package(one) for one, _ in packed)
        returned = [joined.sources[one["id"]] for one in moves if one["id"] in joined.sources]
        wire = {
            "picking": dict(row),
            "moves": [joined.move(one) for one in moves if one["state"] != "cancel"],
            "packed": [joined.packed(one, quantity) for one, quantity in packed],
            "packages": [joined.packages[one] for one in boxes if one in joined.packages],
            "return_of": returned[0] if returned else None,
        }
        change = Change(
            entity=self.entity,
            external_id=str(row["id"]),
            version=max(text(one["write_date"]) for one in (row, *moves, *lines)),
            wire=wire,
        )
        seen = [
            Row(model=model, id=one["id"], written=text(one["write_date"])[:19])
            for model, rows in ((MOVES, moves), (LINES, lines))
            for one in rows
        ]
        return self.captured(row, change, seen)


class Receipts(Transfers):
    """stock.picking as what was prepared from another side's packing: open lines count too."""

    entity = "receipt"

    def reserved(self, row: Mapping[str, Any]) -> bool:
        """What is prepared is there to be counted, and nobody has taken it yet."""
        return row["state"] not in ("done", "cancel")


async def line_shape(site: Site) -> LineShape:
    """The names of the move lines' fields in this version."""
    there = await site.client.fields(LINES)
    done = real_name(LINES, there, "done")
    if done is None:
        raise Unsupported(
            f"{LINES} lacks its field for the quantity here.",
            remedy="Have the module that removed it looked at, or give the user the right to see it.",
        )
    return LineShape(
        done=done,
        reserved=pick(there, "reserved_uom_qty", "product_uom_qty") or ""
        if done != "quantity"
        else "",
        picked=pick(there, "picked") or "",
        package=pick(there, "result_package_id") or "",
        expires=pick(there, "expiration_date") or "",
    )


class _Joined:
    """What the rows of a page refer to."""

    def __init__(
        self,
        *,
        tables: Tables,
        shape: LineShape,
        expiries: Mapping[int, Any],
        packages: Mapping[int, Mapping[str, Any]],
        sources: Mapping[int, int],
    ) -> None:
        self.shape = shape
        self.packages = packages
        self.sources = sources
        self._tables = tables
        self._expiries = expiries

    def package(self, row: Mapping[str, Any]) -> int | None:
        return identity(row.get(self.shape.package)) if self.shape.package else None

    def move(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "product": identity(row["product_id"]),
            "quantity": row["product_uom_qty"],
            "unit": self._unit(row["product_uom"]),
            "description": row.get("description_picking") or row.get("name"),
        }

    def packed(self, row: Mapping[str, Any], quantity: object) -> dict[str, Any]:
        lot = identity(row["lot_id"])
        box = self.packages.get(self.package(row) or 0)
        return {
            "product": identity(row["product_id"]),
            "quantity": quantity,
            "unit": self._unit(row["product_uom_id"]),
            "lot": row["lot_id"][1] if lot else row["lot_name"],
            "expires": self._expiries.get(lot or 0) or row.get(self.shape.expires),
            "package": box["name"] if box else "",
        }

    def _unit(self, value: object) -> dict[str, str] | None:
        unit = self._tables.units.get(identity(value) or 0)
        if unit is None:
            return None
        return {"name": unit.name, "category": unit.category, "factor": str(unit.factor)}


def _by_picking(rows: Iterable[dict[str, Any]]) -> dict[int, Rows]:
    found: dict[int, Rows] = {}
    for row in rows:
        found.setdefault(identity(row["picking_id"]) or 0, []).append(row)
    return found
