"""Prepares receipts from what another side packed: the people here only count and validate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.loading import Line, Result, external_id, load
from qantara.connectors.odoo.mapping import receipt
from qantara.connectors.odoo.mapping.receipt import Move, Units
from qantara.connectors.odoo.mapping.transfer import CONTAINER, LineShape, taken
from qantara.connectors.odoo.mapping.values import Cell, distinct, identity, number, settable, text
from qantara.connectors.odoo.receipt_claims import PICKING, Claim, claim, claimed, claims, tell
from qantara.connectors.odoo.receipt_places import OVER, order_receipt, own_receipt
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.transfers import LINES, MOVES, line_shape
from qantara.connectors.odoo.writing import Writer, its, outcomes
from qantara.model import Transfer
from qantara.transport import ConnectorError, NotFound, NotYet, Rejected

ENDS = ("location_id", "location_dest_id")
HEAD = ("name", "state", "origin", "scheduled_date", "picking_type_id", CONTAINER, *ENDS)
_LATE = "<late-receipt.{key}.{mark}@qantara>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A receipt as it is: its head, its lines with what counts of each, its moves, its claim."""

    row: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    moves: Sequence[Mapping[str, Any]]
    claim: Claim | None
    mark: str
    counted: bool

    @property
    def number(self) -> int:
        """Its id."""
        return int(self.row["id"])


class ReceiptWriter(Writer):
    """stock.picking of what comes in: lines with lots, dates and packages; never validated."""

    entity, model = "receipt", PICKING

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One after the other: two packing lists may ask for the receipts of one order."""
        results: list[Result] = []
        for one in writes:
            try:
                results.append(await self._prepare(one))
            except (Rejected, NotFound, NotYet) as error:
                results.append(error)
        return outcomes(results)

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Receipts by the notes in their chatter, those without an order by their external id."""
        made = await super().lookup(keys)
        return made | {key: str(one) for key, one in (await claimed(self.site, keys)).items()}

    async def _prepare(self, write: Write) -> int:
        told = its(Transfer, write)
        shape = await line_shape(self.site)
        units = await self._units(told)
        number_ = int(write.external_id) if write.external_id else None
        if number_ is None:
            number_ = await self._place(write, told, units)
        seen = await self._look(number_, shape)
        if "packed" in write.fields:
            await self._fill(write, told, seen, shape)
        else:
            await self._head(write, seen, [])
        return seen.number

    async def _fill(self, write: Write, told: Transfer, seen: Seen, shape: LineShape) -> None:
        """Make the lines what was packed, unless that comes too late."""
        wanted = receipt.wanted_mark(told)
        if seen.mark != wanted and (seen.counted or seen.row["state"] in OVER):
            raise await self._late(write.key, told, seen)
        if seen.mark == wanted and seen.claim is not None and wanted in seen.claim.marks:
            await self._head(write, seen, [])
        else:
            await self._lay(write, told, seen, shape)

    async def _place(self, write: Write, told: Transfer, units: Units) -> int:
        if told.order and told.order.entity == "purchase_order" and not told.return_of:
            return await order_receipt(self.site, told.order, write.key)
        return await own_receipt(self.site, write, told, units)

    async def _units(self, told: Transfer, also: Sequence[int] = ()) -> Units:
        products = distinct(int(one.product.id) for one in told.packed)
        rows = await self.site.rows("product.product", [("id", "in", products)], ["uom_id"])
        own = {row["id"]: identity(row["uom_id"]) or 0 for row in rows}
        if missing := set(products) - own.keys():
            raise NotFound(f"The product with the id {min(missing)} is not there any more.")
        return Units(await self.site.tables.knowing("units", [*own.values(), *also]), own)

    async def _look(self, one: int, shape: LineShape) -> Seen:
        rows = await self.site.rows(PICKING, [("id", "=", one)], HEAD)
        if not rows:
            raise NotFound(f"The receipt with the id {one} is not there any more.")
        held = [("picking_id", "=", one)]
        moves = await self.site.rows(MOVES, held, await self._move_fields(), order="sequence, id")
        fields = [*shape.fields(), "write_uid"]
        lines = await self.site.rows(LINES, held, fields)
        tables = await self.site.tables.knowing(
            "units", distinct(identity(row["product_uom_id"]) for row in lines)
        )
        found = (await claims(self.site, [one])).get(one)
        now = taken(lines, shape, reserved=rows[0]["state"] not in OVER and not shape.reserved)
        mark = receipt.mark(
            (
                identity(row["product_id"]) or 0,
                row["lot_id"][1] if row["lot_id"] else text(row["lot_name"]),
                row[shape.package][1] if row.get(shape.package) else "",
                number(quantity) * tables.units[identity(row["product_uom_id"]) or 0].factor,
            )
            for row, quantity in now
        )
        counted = await self._counted(lines, shape, (found, mark))
        return Seen(row=rows[0], lines=lines, moves=moves, claim=found, mark=mark, counted=counted)

    async def _counted(
        self,
        lines: Sequence[Mapping[str, Any]],
        shape: LineShape,
        prepared: tuple[Claim | None, str],
    ) -> bool:
        """Whether a person has begun: picked something, or changed what was prepared."""
        claim_, mark = prepared
        if shape.picked and any(row[shape.picked] for row in lines):
            return True
        if claim_:
            return mark not in claim_.marks
        if shape.picked:
            return False
        mine = (await self.site.client.enter()).uid
        return any(row[shape.done] and identity(row["write_uid"]) != mine for row in lines)

    async def _move_fields(self) -> list[str]:
        fields = await self.site.client.fields(MOVES)
        unit = real_name(MOVES, fields, "unit") or "product_uom"
        return [unit, "product_id", "product_uom_qty", "state", *ENDS]

    async def _lay(self, write: Write, told: Transfer, seen: Seen, shape: LineShape) -> None:
        """Replace the lines by what was packed, in one call; then say so in the chatter.

        Lines that are there already (the answer to that call was lost) stay.
        """
        wanted = receipt.wanted_mark(told)
        moves, units = await self._open_moves(told, seen)
        made = receipt.plan(told.packed, moves, units)
        commands: list[Any] = []
        if seen.mark != wanted:
            boxes = await self._boxes(write.key, told, shape)
            lots = await self._lots(told, seen)
            new = [_cells(one, seen, shape, boxes) | _lot(one, lots) for one in made.lines]
            commands += [(2, row["id"], 0) for row in seen.lines]
            commands += [(0, 0, {**settable(cells), "picking_id": seen.number}) for cells in new]
            commands += [(0, 0, one) for one in _triggers(made, seen, shape)]
        await self._head(write, seen, commands)
        await self._settle(seen.number, shape)
        names = await self._names([*made.above, *made.unasked])
        body = receipt.words(told, made, names, dated=bool(shape.expires))
        await claim(self.site, seen.number, write.key, wanted, body)

    async def _open_moves(self, told: Transfer, seen: Seen) -> tuple[list[Move], Units]:
        """What is still expected, and the units to tell it in."""
        unit = (await self._move_fields())[0]
        rows = [
            row
            for row in seen.moves
            if row["state"] not in OVER and number(row["product_uom_qty"]) > 0
        ]
        units = await self._units(told, distinct(identity(row[unit]) for row in rows))
        moves = []
        for row in rows:
            one = identity(row[unit]) or 0
            left = units.reference(number(row["product_uom_qty"]), one)
            product = identity(row["product_id"]) or 0
            moves.append(Move(id=row["id"], product=product, unit=one, left=left))
        return moves, units

    async def _head(self, write: Write, seen: Seen, commands: Sequence[Any]) -> None:
        """Container, number and date where they differ, with the commands for the lines."""
        told = its(Transfer, write)
        values: dict[str, Any] = {"move_line_ids": list(commands)} if commands else {}
        there = await self.site.client.fields(PICKING)
        named = "container" in write.fields and CONTAINER in there
        if named and text(seen.row[CONTAINER]) != told.container:
            values[CONTAINER] = told.container
        if seen.row["state"] not in OVER:
            values |= _header(told, seen.row, write.fields)
        if values:
            context = await self.site.tables.context(**EVERYTHING)
            await self.site.client.write(PICKING, [seen.number], values, context=context)

    async def _settle(self, one: int, shape: LineShape) -> None:
        """16 tells the state of a move anew only when a line goes: empty ones were added for that."""
        if not shape.reserved:
            return
        empty = [("picking_id", "=", one), (shape.done, "=", 0), (shape.reserved, "=", 0)]
        rows = await self.site.rows(LINES, empty, ["move_id"])
        if rows:
            context = await self.site.tables.context(**EVERYTHING)
            gone = {"move_line_ids": [(2, row["id"], 0) for row in rows]}
            await self.site.client.write(PICKING, [one], gone, context=context)

    async def _boxes(self, key: str, told: Transfer, shape: LineShape) -> dict[str, int]:
        """The packages by name, each made once under an external id of its own."""
        names = list(dict.fromkeys(one.package for one in told.packed if one.package))
        if not names or not shape.package:
            return {}
        model = (await self.site.client.fields(LINES))[shape.package].relation
        weights = {one.name: one.weight for one in told.packages}
        weighed = "shipping_weight" in await self.site.client.fields(model)
        lines = []
        for name in names:
            cells: dict[str, Cell] = {"id": external_id("package", f"{key}_{name}"), "name": name}
            if weighed and weights.get(name):
                cells["shipping_weight"] = weights[name]
            lines.append(Line(cells=cells))
        results = await load(
            self.site.client, model, lines, await self.site.tables.context(**EVERYTHING)
        )
        for one in results:
            if isinstance(one, ConnectorError):
                raise one
        return {name: one for name, one in zip(names, results, strict=True) if isinstance(one, int)}

    async def _lots(self, told: Transfer, seen: Seen) -> dict[tuple[int, str], int]:
        """The lots that are there, where this kind of transfer makes none of their names.

        So it is with the returns of 16 (measured in November 2026).
        """
        kind = [("id", "=", identity(seen.row["picking_type_id"]))]
        rows = await self.site.rows("stock.picking.type", kind, ["use_create_lots"])
        if not rows or rows[0].get("use_create_lots", True):
            return {}
        names = sorted({one.lot for one in told.packed if one.lot})
        found = await self.site.rows("stock.lot", [("name", "in", names)], ["name", "product_id"])
        return {(identity(row["product_id"]) or 0, text(row["name"])): row["id"] for row in found}

    async def _names(self, products: Sequence[int]) -> dict[int, str]:
        if not products:
            return {}
        domain = [("id", "in", distinct(products))]
        rows = await self.site.rows("product.product", domain, ["display_name"])
        return {row["id"]: text(row["display_name"]) for row in rows}

    async def _late(self, key: str, told: Transfer, seen: Seen) -> Rejected:
        """Tell the people at the receipt that a correction came too late; answers the refusal."""
        why = {
            "done": "is validated already",
            "cancel": "was cancelled",
        }.get(seen.row["state"], "is being counted already")
        names = await self._names([int(one.product.id) for one in told.packed])
        what = "was corrected" if seen.claim else "came"
        head = f"The packing list {told.origin} {what} after this receipt {_PAST[why]}."
        now = [_said(one.quantity, names[int(one.product.id)], one.lot) for one in told.packed]
        body = "\n".join([f"{head} It now says:", *now])
        mark = receipt.wanted_mark(told)
        await tell(self.site, seen.number, _LATE.format(key=key, mark=mark), body)
        return Rejected(
            f"{seen.row['name']} {why}: {told.origin} {what} too late and changes nothing.",
            remedy="Its chatter says what the packing list says now: agree with the other side, and"
            " correct the stock by hand.",
            field="packed",
        )


_PAST = {
    "is validated already": "was validated",
    "was cancelled": "was cancelled",
    "is being counted already": "began to be counted",
}


def _said(quantity: Decimal, name: str, lot: str) -> str:
    return f"{quantity.normalize():f} {name}" + (f" ({lot})" if lot else "")


def _header(told: Transfer, row: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """Whence it comes, beside what was there, and when."""
    values: dict[str, Any] = {}
    origin = text(row["origin"])
    known = [one.strip() for one in origin.split(",")]
    if "origin" in fields and told.origin and told.origin not in known:
        values["origin"] = f"{origin}, {told.origin}" if origin else told.origin
    if "scheduled_at" in fields and told.scheduled_at:
        when = settable({"at": told.scheduled_at})["at"]
        if text(row["scheduled_date"])[:19] != when:
            values["scheduled_date"] = when
    return values


def _cells(
    one: receipt.Line, seen: Seen, shape: LineShape, boxes: Mapping[str, int]
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        "product_id": one.product,
        "product_uom_id": one.unit,
        **_ends(one, seen),
        shape.done: one.quantity,
    }
    if shape.reserved:
        cells[shape.reserved] = one.quantity
    if one.move:
        cells["move_id"] = one.move
    if one.package in boxes:
        cells[shape.package] = boxes[one.package]
    if shape.expires and one.expires_at:
        cells[shape.expires] = one.expires_at
    return cells


def _lot(one: receipt.Line, lots: Mapping[tuple[int, str], int]) -> dict[str, Cell]:
    if not one.lot:
        return {}
    known = lots.get((one.product, one.lot))
    return {"lot_id": known} if known else {"lot_name": one.lot}


def _ends(one: receipt.Line, seen: Seen) -> dict[str, int | None]:
    """From where to where: as its move says, else as the transfer does."""
    row = next((move for move in seen.moves if move["id"] == one.move), seen.row)
    return {name: identity(row[name]) for name in ENDS}


def _triggers(made: receipt.Plan, seen: Seen, shape: LineShape) -> list[dict[str, Any]]:
    """For 16, an empty line of each move, which `_settle` takes away again."""
    if not shape.reserved:
        return []
    first = {one.move: one for one in made.lines if one.move}
    return [
        {
            "move_id": move,
            "product_id": one.product,
            "product_uom_id": one.unit,
            **_ends(one, seen),
            "picking_id": seen.number,
        }
        for move, one in first.items()
    ]
