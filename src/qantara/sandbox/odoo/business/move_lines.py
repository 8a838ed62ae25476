"""Move lines: which lot of what is taken from where, in which package, and what is reserved of it."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

QUANTITIES = frozenset({"quantity", "qty_done"})
IDENTITY = frozenset({"lot_id", "lot_name", "package_id", "result_package_id", "product_id"})


class MoveLine(Model):
    """Where what is taken from and put; its reserved part is mirrored by the quant."""

    ORDER = "id"
    REC_NAME = "product_id"
    DEFAULTS: ClassVar = {
        "company_id": 1,
        "state": "draft",
        "picked": False,
        "qty_done": 0.0,
        "reserved_uom_qty": 0.0,
        "quantity": 0.0,
        "date": lambda model: model.env.stamp[:19],
    }
    COMPUTES: ClassVar = {"quantity_product_uom": "_product_uom", "reserved_qty": "_product_uom"}
    RELATED: ClassVar = {
        "tracking": "product_id.tracking",
        "picking_code": "picking_id.picking_type_code",
        "origin": "move_id.origin",
    }

    @property
    def reserved_name(self) -> str:
        return "reserved_uom_qty" if self.env.version == 16 else "quantity"

    def refresh_reserved(self, product: int, location: int) -> None:
        """What a quant has reserved is the sum of the open lines that take from it."""
        if self.env.business("stock.location").bypasses_reservation(location):
            return
        sums: dict[tuple[Any, Any], float] = {}
        for each in self.table.with_value("product_id", product):
            row = self.row(each)
            if row["location_id"] == location and row.get("state") not in CLOSED:
                key = (row.get("lot_id"), row.get("package_id"))
                sums[key] = sums.get(key, 0.0) + self._product_uom(row)
        self.env.business("stock.quant").reserve(product, location, sums)

    def give_lot(self, record_id: int) -> None:
        """A name becomes the lot it names; one is made where there is none."""
        row = self.row(record_id)
        tracked = self.env.model("product.product").value(row["product_id"], "tracking")
        if tracked in (None, "none") or row.get("lot_id") or not row.get("lot_name"):
            return
        lots = self.env.business("stock.lot")
        lot = lots.named(row["product_id"], row["lot_name"])
        if lot is None:
            facts: Values = {"name": row["lot_name"], "product_id": row["product_id"]}
            if "expiration_date" in lots.fields and row.get("expiration_date"):
                facts["expiration_date"] = row["expiration_date"][:19]
            lot = lots.make(facts)
        self.put(record_id, lot_id=lot)

    def _on_creating(self, vals: Values) -> Values:
        if not vals.get("move_id") and vals.get("picking_id"):
            vals["move_id"] = self._move_for(vals)
        if vals.get("move_id"):
            move = self.env.business("stock.move").row(vals["move_id"])
            for name, source in (
                ("product_id", "product_id"),
                ("product_uom_id", "product_uom"),
                ("location_id", "location_id"),
                ("location_dest_id", "location_dest_id"),
                ("picking_id", "picking_id"),
            ):
                vals.setdefault(name, move.get(source))
            vals["reference"] = self.env.business("stock.move").value(vals["move_id"], "reference")
            if vals.get("state") == "draft":
                vals["state"] = move.get("state")
        return vals

    def _move_for(self, vals: Values) -> int:
        """The transfer's open move of the product, or a new one that demands nothing."""
        moves = self.env.business("stock.move")
        picking = self.env.business("stock.picking").row(vals["picking_id"])
        for each in sorted(moves.table.with_value("picking_id", vals["picking_id"])):
            row = moves.row(each)
            if row["product_id"] == vals.get("product_id") and row.get("state") not in CLOSED:
                return int(each)
        if picking.get("state") == "draft":
            raise NotImitated("a line without a move on a transfer that is still a draft")
        made: int = moves.make(
            {
                **{name: picking.get(name) for name in ("location_id", "location_dest_id")},
                "picking_id": vals["picking_id"],
                "picking_type_id": picking.get("picking_type_id"),
                "product_id": vals["product_id"],
                "product_uom_qty": 0.0,
            }
        )
        moves.put(made, state="confirmed" if self.env.version == 16 else "assigned")
        return made

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        row = self.row(record_id)
        if row.get(self.reserved_name):
            self.refresh_reserved(row["product_id"], row["location_id"])

    def _on_writing(self, record_id: int, vals: Values) -> None:
        row = self.row(record_id)
        if row.get("state") != "done":
            return
        if vals.keys() & IDENTITY:
            raise NotImitated("changing lot, package or product of a line that is done")
        for name in vals.keys() & QUANTITIES:
            moves = self.env.business("stock.move")
            moves.shift(row, float(vals[name] or 0.0) - float(row.get(name) or 0.0))
            if self.env.version == 16:
                held = moves.row(row["move_id"])["product_uom_qty"]
                change = float(vals[name] or 0.0) - float(row.get(name) or 0.0)
                moves.put(row["move_id"], product_uom_qty=held + change)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        self._pick_moves(ids, vals)
        if self.env.version == 16 and "reserved_uom_qty" in vals:
            raise NotImitated("writing what is reserved on a move line")
        if not vals.keys() & {"quantity", "lot_id", "package_id"}:
            return
        moves = self.env.business("stock.move")
        for record_id in ids:
            row = self.row(record_id)
            self.refresh_reserved(row["product_id"], row["location_id"])
            if row.get("move_id"):
                moves.refresh_state(row["move_id"])

    def _pick_moves(self, ids: list[int], vals: Values) -> None:
        """A move is picked as soon as one of its lines is."""
        moves = self.env.business("stock.move")
        for move in {self.row(each).get("move_id") for each in ids if vals.get("picked")}:
            if move:
                moves.put(move, picked=True)

    def _on_unlinking(self, ids: list[int]) -> None:
        rows = [self.row(each) for each in ids]
        if any(row.get("state") in ("done", "cancel") for row in rows):
            raise UserError(
                "You can not delete product moves if the picking is done. You can only correct"
                " the done quantities."
            )
        self._freed = [(row["product_id"], row["location_id"]) for row in rows]
        self._lighter = {row["move_id"] for row in rows if row.get("move_id")}

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        freed, lighter = self._freed, self._lighter
        for product, location in freed:
            self.refresh_reserved(product, location)
        moves = self.env.business("stock.move")
        for move in lighter:
            if move in moves.table.rows:
                moves.refresh_state(move)

    def _product_uom(self, row: Row) -> float:
        units = self.env.business("uom.uom")
        own = self.env.model("product.product").value(row["product_id"], "uom_id")
        held = row.get(self.reserved_name) or 0.0
        return float(units.convert(held, row["product_uom_id"], own))

    def _display_name(self, row: Row) -> str:
        products = self.env.model("product.product")
        return products.display_name(products.row(row["product_id"]))


CLOSED = ("done", "draft", "cancel")
