"""Goods that come back: the dialogue that makes a transfer of what was delivered."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business.dialogues import Dialogue
from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

ONLY_DONE = "You may only return Done pickings."
ZERO = "Please specify at least one non-zero quantity."
SEARCHES = (*("draft", "assigned", "confirmed", "ready", "planning_issues", "available"),)


class ReturnPickingOf16(Dialogue):
    """Lines must be given: a form would fill them in, a call does not."""

    DEFAULTS: ClassVar = {"picking_id": lambda model: model.chosen()}
    RELATED: ClassVar = {"company_id": "picking_id.company_id"}
    METHODS = frozenset({"create_returns"})

    def chosen(self) -> Any:
        """The transfer the dialogue was opened on."""
        context = self.env.context
        return context.get("active_id") if context.get("active_model") == "stock.picking" else False

    def create_returns(self, ids: list[int]) -> Row:
        """A transfer back, ready to be received; more than was delivered is not refused."""
        (record_id,) = self.existing(ids)
        made = self._return(record_id)
        row = self.env.store.table("stock.picking").rows[made]
        context = {"default_partner_id": row.get("partner_id") or False}
        context["search_default_picking_type_id"] = row["picking_type_id"]
        context |= {f"search_default_{name}": False for name in SEARCHES}
        return {**self._action(made), "view_mode": "form,tree,calendar", "context": context}

    def _action(self, made: int) -> Row:
        return {
            "name": "Returned Picking",
            "view_mode": "form",
            "res_model": "stock.picking",
            "res_id": made,
            "type": "ir.actions.act_window",
            "context": {},
        }

    def _lines(self, record_id: int) -> list[Row]:
        table = self.env.store.table("stock.return.picking.line")
        return [table.rows[each] for each in sorted(table.with_value("wizard_id", record_id))]

    def _return(self, record_id: int) -> int:
        lines = [row for row in self._lines(record_id) if row.get("quantity")]
        if not lines:
            raise UserError(ZERO)
        pickings: Any = self.env.model("stock.picking")
        held = pickings.row(self.row(record_id)["picking_id"])
        kinds = self.env.model("stock.picking.type")
        kind = self._kind(held)
        facts = {
            "picking_type_id": kind,
            "partner_id": held.get("partner_id") or False,
            "origin": f"Return of {held['name']}",
            "location_id": held["location_dest_id"],
            "location_dest_id": self._picking_target(kinds.row(kind), held),
        }
        if "return_id" in pickings.fields:
            facts["return_id"] = held["id"]
        made = int(pickings.make(facts))
        for line in lines:
            self._return_line(made, line, kind)
        pickings.action_confirm([made])
        pickings.action_assign([made])
        return made

    def _picking_target(self, kind: Row, held: Row) -> int:
        """Until 17 the transfer itself names the customer twice; its moves know better."""
        if self.env.version < 18:
            return int(held["location_dest_id"])
        return int(kind.get("default_location_dest_id") or held["location_id"])

    def _kind(self, held: Row) -> int:
        """The operation type for returns, else the receipts of the warehouse."""
        rows = self.env.store.table("stock.picking.type").rows
        own = rows[held["picking_type_id"]]
        if own.get("return_picking_type_id"):
            return int(own["return_picking_type_id"])
        return next(
            each
            for each, row in rows.items()
            if row["code"] == "incoming" and row.get("warehouse_id") == own.get("warehouse_id")
        )

    def _return_line(self, picking: int, line: Row, kind: int) -> None:
        moves = self.env.model("stock.move")
        origin = moves.row(int(line["move_id"]))
        products = self.env.model("product.product")
        vals: Values = {
            **({"name": origin["name"]} if "name" in moves.fields else {}),
            "picking_id": picking,
            "picking_type_id": kind,
            "product_id": line["product_id"],
            "product_uom": products.value(line["product_id"], "uom_id"),
            "product_uom_qty": line["quantity"],
            "location_id": origin["location_dest_id"],
            "location_dest_id": origin["location_id"],
            "origin_returned_move_id": origin["id"],
            "to_refund": bool(line.get("to_refund")),
            "warehouse_id": origin.get("warehouse_id") or False,
            "origin": origin.get("origin") or False,
        }
        for link in ("sale_line_id", "purchase_line_id"):
            if link in moves.fields:
                vals[link] = origin.get(link) or False
        moves.make(vals)


class ReturnPickingOf17(ReturnPickingOf16):
    """Lines come by themselves, with all that was moved; only done transfers are taken."""

    COMPUTES: ClassVar = {
        "original_location_id": "_source",
        "parent_location_id": "_above",
        "move_dest_exists": "_never",
    }
    QUANTITY_IS_MOVED: ClassVar[bool] = True

    def _on_created(self, record_id: int, vals: Values) -> None:
        picking = self.row(record_id).get("picking_id")
        pickings: Any = self.env.model("stock.picking")
        if picking and self.env.version == 17 and pickings.value(picking, "state") != "done":
            raise UserError(ONLY_DONE)
        if picking and not vals.get("product_return_moves"):
            self._fill(record_id, picking)

    def _fill(self, record_id: int, picking: int) -> None:
        pickings: Any = self.env.model("stock.picking")
        moves: Any = self.env.model("stock.move")
        for each in pickings.moves(picking):
            if moves.row(each).get("state") == "cancel":
                continue
            facts = {"wizard_id": record_id, "move_id": each, "to_refund": True}
            quantity = self._left(each) if self.QUANTITY_IS_MOVED else 0.0
            facts |= {"product_id": moves.row(each)["product_id"], "quantity": quantity}
            self.env.model("stock.return.picking.line").make(facts)

    def _left(self, move: int) -> float:
        """What was moved less what has been sent back."""
        moves: Any = self.env.model("stock.move")
        back = moves.table.rows.values()
        gone = sum(
            row["product_uom_qty"]
            for row in back
            if row.get("origin_returned_move_id") == move and row.get("state") != "cancel"
        )
        return float(moves.row(move)["product_uom_qty"] - gone)

    def _source(self, row: Row) -> Any:
        pickings = self.env.store.table("stock.picking").rows
        return pickings[row["picking_id"]]["location_id"] if row.get("picking_id") else None

    def _above(self, row: Row) -> Any:
        place = self._source(row)
        return self.env.store.table("stock.location").rows[place].get("location_id")

    def _never(self, row: Row) -> bool:
        del row
        return False


class ReturnPicking(ReturnPickingOf17):
    """From 18 lines come with nothing to return, and buttons have other names."""

    COMPUTES: ClassVar = {"picking_type_code": "_code"}
    METHODS = frozenset({"action_create_returns", "action_create_returns_all"})
    KNOWN = frozenset({"action_create_exchanges"})
    QUANTITY_IS_MOVED: ClassVar[bool] = False

    def action_create_returns(self, ids: list[int]) -> Row:
        """A transfer back of the quantities given."""
        (record_id,) = self.existing(ids)
        return self._action(self._return(record_id))

    def action_create_returns_all(self, ids: list[int]) -> Row:
        """A transfer back of all that was moved and has not come back."""
        (record_id,) = self.existing(ids)
        lines = self.env.model("stock.return.picking.line")
        for row in self._lines(record_id):
            lines.put(row["id"], quantity=max(self._left(row["move_id"]), 0.0))
        if not any(row["quantity"] for row in self._lines(record_id)):
            raise UserError("Nothing to check the availability for.")
        return self._action(self._return(record_id))

    def _code(self, row: Row) -> Any:
        picking = row.get("picking_id")
        return (
            self.env.model("stock.picking").value(picking, "picking_type_code") if picking else None
        )


class ReturnLine(Model):
    """One product to come back of one move."""

    REC_NAME = "product_id"
    DEFAULTS: ClassVar = {"to_refund": True}
    COMPUTES: ClassVar = {"move_quantity": "_moved"}
    RELATED: ClassVar = {"uom_id": "product_id.uom_id"}

    def _moved(self, row: Row) -> float:
        moves = self.env.store.table("stock.move").rows
        return float(moves[row["move_id"]]["product_uom_qty"]) if row.get("move_id") else 0.0

    def _display_name(self, row: Row) -> str:
        products = self.env.model("product.product")
        return products.display_name(products.row(row["product_id"]))
