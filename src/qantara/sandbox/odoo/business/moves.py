"""Moves: from a demand through a reservation to quants moved."""

from collections.abc import Iterable, Iterator
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
        """Reserve what is free, lot by lot; what comes from outside needs no reservation."""
        for record_id in ids:
            row = self.row(record_id)
            if row.get("state") not in ("confirmed", "waiting", "partially_available"):
                continue
            wanted = (row.get("product_uom_qty") or 0.0) - self._reserved(row)
            for lot, package, free in self._sources(row):
                got = min(wanted, free)
                if got > 0:
                    self._add_reserved(row, got, lot, package)
                    wanted -= got
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
            lines.give_lot(each)
            self.shift(line, done)
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

    def net(self, record_id: int) -> float:
        """What was done, below zero where it came back; nothing where it is not to be refunded."""
        row = self.row(record_id)
        if row.get("state") != "done":
            return 0.0
        moved = row["product_uom_qty"] if self.env.version == 16 else self._quantity(row)
        if not row.get("origin_returned_move_id"):
            return float(moved)
        return -float(moved) if row.get("to_refund") else 0.0

    def done_of(self, line: Row) -> float:
        """16 counts `qty_done`; later versions count `quantity` where picked."""
        if self.env.version == 16:
            return float(line.get("qty_done") or 0.0)
        return float(line.get("quantity") or 0.0) if line.get("picked") else 0.0

    def record_count(self, quant: Row, source: int, target: int, quantity: float) -> None:
        """The done move of an inventory count, without touching quants."""
        product = quant["product_id"]
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
                "lot_id": quant.get("lot_id"),
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

    def _sources(self, row: Row) -> Iterator[tuple[int | None, int | None, float]]:
        """Lot, package and how much of them may be reserved for this move, the oldest first."""
        locations = self.env.business("stock.location")
        products = self.env.model("product.product")
        if locations.bypasses_reservation(row["location_id"]) or not is_storable(
            products, row["product_id"]
        ):
            single = products.value(row["product_id"], "tracking") == "serial"
            units = int(row.get("product_uom_qty") or 0) if single else 1
            yield from [(None, None, 1.0 if single else float("inf"))] * units
            return
        quants = self.env.business("stock.quant")
        below = locations.descendants([row["location_id"]])
        ids = quants.table.with_value("product_id", row["product_id"])
        held = [quants.row(each) for each in sorted(ids)]
        held = [each for each in held if each["location_id"] in below]
        if any(each["location_id"] != row["location_id"] for each in held):
            raise NotImitated("reserving from locations below the source location")
        own = products.value(row["product_id"], "uom_id")
        for each in held:
            free = (each.get("quantity") or 0.0) - (each.get("reserved_quantity") or 0.0)
            if free > 0:
                free = self.env.business("uom.uom").convert(free, own, row["product_uom"])
                yield each.get("lot_id"), each.get("package_id"), float(free)

    def _add_reserved(
        self, row: Row, quantity: float, lot: int | None, package: int | None
    ) -> None:
        lines = self.env.business("stock.move.line")
        alike = [each for each in self.lines(row["id"]) if self._grows(each, lot, package)]
        if alike:
            held = float(lines.row(alike[0]).get(self._reserved_name) or 0.0)
            lines.put(alike[0], **{self._reserved_name: held + quantity})
        else:
            facts = {"lot_id": lot, "package_id": package, self._reserved_name: quantity}
            lines.make({**self._line_values(row), **facts})
        self._refresh_reserved(row["product_id"], row["location_id"])

    def _grows(self, line_id: int, lot: int | None, package: int | None) -> bool:
        """More may be reserved on this line: of the same lot, and nobody has touched it."""
        line = self.env.business("stock.move.line").row(line_id)
        products = self.env.model("product.product")
        same = (line.get("lot_id"), line.get("package_id")) == (lot, package)
        untouched = not (line.get("picked") or line.get("result_package_id"))
        serial = products.value(line["product_id"], "tracking") == "serial"
        return same and untouched and not serial

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

    def shift(self, line: Row, done: float) -> None:
        """So much of the line goes from quant to quant."""
        if not is_storable(self.env.model("product.product"), line["product_id"]):
            return
        quants = self.env.business("stock.quant")
        units = self.env.business("uom.uom")
        own = self.env.model("product.product").value(line["product_id"], "uom_id")
        moved = units.convert(done, line["product_uom_id"], own)
        lot = line.get("lot_id")
        taken = (line["product_id"], line["location_id"], lot, line.get("package_id"))
        put = (line["product_id"], line["location_dest_id"], lot, line.get("result_package_id"))
        quants.change(taken, -moved)
        quants.change(put, moved)

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
