"""Moves and move lines: from a demand through a reservation to quants moved."""

from collections.abc import Iterable
from typing import Any, ClassVar

from qantara.sandbox.odoo.business.places import is_storable
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

OPEN = ("waiting", "confirmed", "partially_available", "assigned")


class Move(Model):
    """Quantities are told from the lines: `quantity_done` in 16, `quantity` and `picked` after."""

    ORDER = "sequence, id"
    REC_NAME = "reference"
    DEFAULTS: ClassVar = {
        "state": "draft",
        "sequence": 10,
        "priority": "0",
        "company_id": 1,
        "product_uom_qty": 0.0,
        "procure_method": "make_to_stock",
        "scrapped": False,
        "is_inventory": False,
        "picked": False,
        "date": lambda model: model.env.stamp[:19],
    }
    COMPUTES: ClassVar = {
        "quantity": "_quantity",
        "quantity_done": "_quantity_done",
        "reserved_availability": "_reserved",
        "product_qty": "_product_qty",
        "reference": "_reference",
    }
    INVERSES: ClassVar = {"quantity": "_set_done", "quantity_done": "_set_done"}
    RELATED: ClassVar = {
        "product_tmpl_id": "product_id.product_tmpl_id",
        "has_tracking": "product_id.tracking",
        "picking_code": "picking_id.picking_type_code",
    }
    KNOWN = frozenset({"action_assign_serial", "action_show_details"})

    def lines(self, record_id: int) -> list[int]:
        return sorted(self.env.store.table("stock.move.line").with_value("move_id", record_id))

    def assign(self, ids: Iterable[int]) -> None:
        """Reserve what is free; what comes from outside needs no reservation."""
        for record_id in ids:
            row = self.row(record_id)
            if row.get("state") not in ("confirmed", "waiting", "partially_available"):
                continue
            wanted = (row.get("product_uom_qty") or 0.0) - self._reserved(row)
            got = min(wanted, self._free(row))
            if got > 0:
                self._add_reserved(row, got)
            self.refresh_state(record_id)

    def refresh_state(self, record_id: int) -> None:
        """From the reserved quantity."""
        row = self.row(record_id)
        if row.get("state") not in OPEN:
            return
        reserved, demand = self._reserved(row), row.get("product_uom_qty") or 0.0
        partly = "partially_available" if reserved > 0 else "confirmed"
        state = "assigned" if reserved >= demand else partly
        if state != row.get("state"):
            self.put(record_id, state=state)
            for line in self.lines(record_id):
                self.env.business("stock.move.line").put(line, state=state)

    def release(self, ids: Iterable[int]) -> None:
        """Give back what is reserved and not done."""
        lines = self.env.business("stock.move.line")
        for record_id in ids:
            for each in self.lines(record_id):
                lines.unlink([each])
            if self.row(record_id).get("state") in OPEN:
                self.put(record_id, state="confirmed")

    def cancel(self, ids: Iterable[int]) -> None:
        """Refused for what is done."""
        for record_id in ids:
            if self.row(record_id).get("state") == "done":
                raise UserError(
                    "You cannot cancel a stock move that has been set to 'Done'. Create a return"
                    " in order to reverse the moves which took place."
                )
            self.release([record_id])
            self.put(record_id, state="cancel")

    def finish(self, record_id: int) -> None:
        """Move the done quantity of each line between the quants."""
        row = self.row(record_id)
        lines = self.env.business("stock.move.line")
        for each in self.lines(record_id):
            line = lines.row(each)
            done = self.done_of(line)
            if done <= 0:
                lines.unlink([each])
                continue
            self._shift(line, done)
            facts: Row = {"state": "done", "date": self.env.stamp}
            if self.env.version == 16:
                facts["reserved_uom_qty"] = 0.0
            lines.put(each, **facts)
            self._refresh_reserved(line["product_id"], line["location_id"])
        self.put(record_id, state="done", date=self.env.stamp)
        self._after_done(row)

    def done(self, record_id: int) -> float:
        """What will move when the transfer is validated."""
        lines = self.env.store.table("stock.move.line").rows
        return float(sum(self.done_of(lines[each]) for each in self.lines(record_id)))

    def done_of(self, line: Row) -> float:
        """16 counts `qty_done`; later versions count `quantity` where picked."""
        if self.env.version == 16:
            return float(line.get("qty_done") or 0.0)
        return float(line.get("quantity") or 0.0) if line.get("picked") else 0.0

    def record_count(self, product: int, source: int, target: int, quantity: float) -> None:
        """The done move of an inventory count, without touching quants."""
        unit = self.env.model("product.product").value(product, "uom_id")
        label = "Product Quantity Updated"
        if self.env.version > 16:
            users = self.env.model("res.users")
            label += f" ({users.display_name(users.row(self.env.uid))})"
        vals: Values = {
            "product_id": product,
            "product_uom": unit,
            "product_uom_qty": quantity,
            "location_id": source,
            "location_dest_id": target,
            "is_inventory": True,
            **({} if self.env.version == 16 else {"picked": True}),
            "state": "done",
            "name" if "name" in self.fields else "inventory_name": label,
        }
        move = self.make(vals)
        name = "qty_done" if self.env.version == 16 else "quantity"
        self.env.business("stock.move.line").make(
            {
                "move_id": move,
                "product_id": product,
                "product_uom_id": unit,
                "location_id": source,
                "location_dest_id": target,
                "state": "done",
                "reference": label,
                name: quantity,
                **({} if self.env.version == 16 else {"picked": True}),
            }
        )

    def _on_creating(self, vals: Values) -> Values:
        product = vals.get("product_id")
        products = self.env.model("product.product")
        if product in products.table.rows:
            vals.setdefault("product_uom", products.value(int(product), "uom_id"))
            if "name" in self.fields:
                vals.setdefault("name", products.display_name(products.row(int(product))))
        return vals

    def _on_writing(self, record_id: int, vals: Values) -> None:
        if self.row(record_id).get("state") == "done" and vals.keys() & {
            "quantity",
            "quantity_done",
        }:
            raise NotImitated("changing the quantity of a done move")

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if "picked" in vals:
            for record_id in ids:
                for line in self.lines(record_id):
                    self.env.business("stock.move.line").put(line, picked=bool(vals["picked"]))

    def _set_done(self, record_id: int, value: Any) -> None:
        """Spread over the lines: the last one takes the rest; without lines one is made."""
        lines = self.env.business("stock.move.line")
        name = "qty_done" if self.env.version == 16 else "quantity"
        rest = rounded(float(value or 0.0), 2)
        own = self.lines(record_id)
        if not own:
            lines.make({**self._line_values(self.row(record_id)), name: rest})
            return
        for each in own[:-1]:
            held = float(lines.row(each).get(self._reserved_name) or 0.0)
            lines.write(each, {name: min(rest, held)})
            rest -= min(rest, held)
        lines.write(own[-1], {name: rest})

    @property
    def _reserved_name(self) -> str:
        return "reserved_uom_qty" if self.env.version == 16 else "quantity"

    def _free(self, row: Row) -> float:
        """What may be reserved for this move."""
        locations = self.env.business("stock.location")
        products = self.env.model("product.product")
        if products.value(row["product_id"], "tracking") not in (None, "none"):
            raise NotImitated("reserving products tracked by lot or serial number")
        if locations.bypasses_reservation(row["location_id"]) or not is_storable(
            products, row["product_id"]
        ):
            return float("inf")
        quants = self.env.business("stock.quant")
        below = locations.descendants([row["location_id"]])
        ids = quants.table.with_value("product_id", row["product_id"])
        held = [quants.row(each) for each in ids if quants.row(each)["location_id"] in below]
        if any(each["location_id"] != row["location_id"] for each in held):
            raise NotImitated("reserving from locations below the source location")
        free = sum((r.get("quantity") or 0.0) - (r.get("reserved_quantity") or 0.0) for r in held)
        return max(float(free), 0.0)

    def _add_reserved(self, row: Row, quantity: float) -> None:
        lines = self.env.business("stock.move.line")
        own = self.lines(row["id"])
        if own:
            held = float(lines.row(own[0]).get(self._reserved_name) or 0.0)
            lines.put(own[0], **{self._reserved_name: held + quantity})
        else:
            lines.make({**self._line_values(row), self._reserved_name: quantity})
        self._refresh_reserved(row["product_id"], row["location_id"])

    def _line_values(self, row: Row) -> Values:
        return {
            "move_id": row["id"],
            "picking_id": row.get("picking_id"),
            "product_id": row["product_id"],
            "product_uom_id": row["product_uom"],
            "location_id": row["location_id"],
            "location_dest_id": row["location_dest_id"],
            "state": "assigned",
            **({} if self.env.version == 16 else {"picked": bool(row.get("picked"))}),
        }

    def _refresh_reserved(self, product: int, location: int) -> None:
        self.env.business("stock.move.line").refresh_reserved(product, location)

    def _shift(self, line: Row, done: float) -> None:
        if not is_storable(self.env.model("product.product"), line["product_id"]):
            return
        quants = self.env.business("stock.quant")
        units = self.env.business("uom.uom")
        own = self.env.model("product.product").value(line["product_id"], "uom_id")
        moved = units.convert(done, line["product_uom_id"], own)
        quants.change(line["product_id"], line["location_id"], -moved)
        quants.change(line["product_id"], line["location_dest_id"], moved)

    def _after_done(self, row: Row) -> None:
        """The order's line shows what was received or delivered; its write_date moves."""
        for name, model in (
            ("purchase_line_id", "purchase.order.line"),
            ("sale_line_id", "sale.order.line"),
        ):
            if row.get(name):
                self.env.model(model).put(row[name])

    def _sum(self, row: Row, name: str) -> float:
        table = self.env.store.table("stock.move.line")
        ids = table.with_value("move_id", row["id"])
        return float(sum(table.rows[each].get(name) or 0.0 for each in ids))

    def _quantity(self, row: Row) -> float:
        return self._sum(row, "quantity")

    def _quantity_done(self, row: Row) -> float:
        return self._sum(row, "qty_done")

    def _reserved(self, row: Row) -> float:
        return self._sum(row, self._reserved_name)

    def _product_qty(self, row: Row) -> float:
        units = self.env.business("uom.uom")
        own = self.env.model("product.product").value(row["product_id"], "uom_id")
        return float(units.convert(row.get("product_uom_qty") or 0.0, row["product_uom"], own))

    def _reference(self, row: Row) -> Any:
        picking = row.get("picking_id")
        if picking:
            return self.env.store.table("stock.picking").rows[picking].get("name")
        return row.get("name") or row.get("inventory_name")


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

    def refresh_reserved(self, product: int, location: int) -> None:
        """What a quant has reserved is the sum of the open lines that take from it."""
        name = "reserved_uom_qty" if self.env.version == 16 else "quantity"
        rows = (self.row(each) for each in self.table.with_value("product_id", product))
        total = sum(
            self._product_uom(row)
            for row in rows
            if row["location_id"] == location
            and row.get("state") not in ("done", "draft", "cancel")
            and row.get(name)
        )
        if not self.env.business("stock.location").bypasses_reservation(location):
            self.env.business("stock.quant").reserve(product, location, float(total))

    def _on_creating(self, vals: Values) -> Values:
        if vals.get("lot_id") or vals.get("lot_name"):
            raise NotImitated("moving lots and serial numbers")
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
        elif vals.get("picking_id"):
            raise NotImitated("creating a move line without its move")
        return vals

    def _on_written(self, ids: list[int], vals: Values) -> None:
        self._pick_moves(ids, vals)
        if vals.get("lot_id") or vals.get("lot_name"):
            raise NotImitated("moving lots and serial numbers")
        if "quantity" not in vals:
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
        self._freed = [
            (self.row(each)["product_id"], self.row(each)["location_id"]) for each in ids
        ]

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        for product, location in self._freed:
            self.refresh_reserved(product, location)

    def _product_uom(self, row: Row) -> float:
        units = self.env.business("uom.uom")
        name = "reserved_uom_qty" if self.env.version == 16 else "quantity"
        own = self.env.model("product.product").value(row["product_id"], "uom_id")
        return float(units.convert(row.get(name) or 0.0, row["product_uom_id"], own))

    def _display_name(self, row: Row) -> str:
        products = self.env.model("product.product")
        return products.display_name(products.row(row["product_id"]))
