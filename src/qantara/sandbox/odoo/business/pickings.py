"""Transfers: reserve, validate, back order, and the dialogues the server opens in between."""

from collections.abc import Iterable
from typing import Any, ClassVar

from qantara.sandbox.odoo.business import packing
from qantara.sandbox.odoo.business.moves import OPEN
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

RANK = ("confirmed", "waiting", "partially_available", "assigned")


class Picking(Model):
    """One transfer of moves; the state is told from them."""

    ORDER = "priority desc, scheduled_date asc, id desc"
    DEFAULTS: ClassVar = {
        "company_id": 1,
        "move_type": "direct",
        "priority": "0",
        "is_locked": True,
        "immediate_transfer": False,
        "scheduled_date": lambda model: model.env.stamp[:19],
        "date": lambda model: model.env.stamp[:19],
    }
    COMPUTES: ClassVar = {
        "state": "_state",
        "sale_id": "_sale",
        "purchase_id": "_purchase",
        "date_deadline": "_deadline",
        "products_availability": "_availability",
        "products_availability_state": "_availability_state",
    }
    RELATED: ClassVar = {"picking_type_code": "picking_type_id.code"}
    METHODS = frozenset(
        {
            *("action_confirm", "action_assign", "do_unreserve", "action_cancel"),
            *("button_validate", "message_post", "action_put_in_pack"),
        }
    )
    KNOWN = frozenset({"copy", "action_detailed_operations", "do_print_picking"})

    def moves(self, record_id: int) -> list[int]:
        return sorted(self.env.store.table("stock.move").with_value("picking_id", record_id))

    def action_confirm(self, ids: list[int]) -> bool:
        """From draft; reserves at once where the operation type says so."""
        moves = self.env.business("stock.move")
        for record_id in self.existing(ids):
            for each in self.moves(record_id):
                if moves.row(each).get("state") == "draft":
                    moves.put(each, state="confirmed")
            moves.assign(self.moves(record_id))
            self.put(record_id)
        return True

    def action_assign(self, ids: list[int]) -> bool:
        """Refused when there is nothing to reserve for."""
        moves = self.env.business("stock.move")
        for record_id in self.existing(ids):
            if self._state(self.row(record_id)) == "draft":
                self.action_confirm([record_id])
            still = [
                each
                for each in self.moves(record_id)
                if moves.row(each).get("state") not in ("draft", "cancel", "done")
            ]
            if not still:
                raise UserError("Nothing to check the availability for.")
            moves.assign(still)
            self.put(record_id)
        return True

    def do_unreserve(self, ids: list[int]) -> None:
        """Give the reservation back."""
        for record_id in self.existing(ids):
            self.env.business("stock.move").release(self.moves(record_id))
            self.put(record_id)

    def action_cancel(self, ids: list[int]) -> bool:
        """Refused for what is done."""
        for record_id in self.existing(ids):
            self.env.business("stock.move").cancel(self.moves(record_id))
            self.put(record_id)
        return True

    def button_validate(self, ids: list[int]) -> Any:
        """True, or the next dialogue to answer: immediate transfer, back order, SMS."""
        known = self.existing(ids)
        if self.env.version > 17:  # what is done already is passed over
            known = [each for each in known if self._state(self.row(each)) != "done"]
        for record_id in known:
            self._check_validable(record_id)
            packing.check_lots(self, record_id)
        for question in (self._ask_immediate, self._ask_backorder, self._ask_sms):
            dialogue = question(known)
            if dialogue:
                return dialogue
        dropped = self.env.context.get("picking_ids_not_to_backorder") or ()
        for record_id in known:
            self._finish(record_id, drop_rest=record_id in dropped)
        return True

    def action_put_in_pack(self, ids: list[int]) -> str:
        """What is done and not yet packed goes into a new package; the answer is its repr."""
        (record_id,) = self.existing(ids)
        return packing.put_in_pack(self, record_id)

    def fill(self, ids: Iterable[int]) -> None:
        """16: everything reserved counts as done."""
        lines = self.env.business("stock.move.line")
        for record_id in ids:
            for each in lines.table.with_value("picking_id", record_id):
                lines.put(each, qty_done=lines.row(each).get("reserved_uom_qty") or 0.0)

    def _on_creating(self, vals: Values) -> Values:
        kind: Any = vals.get("picking_type_id")
        types = self.env.business("stock.picking.type")
        if kind in types.table.rows:
            row = types.row(kind)
            vals.setdefault("location_id", row.get("default_location_src_id"))
            vals.setdefault("location_dest_id", row.get("default_location_dest_id"))
            vals.setdefault("name", types.next_name(kind))
        for name in ("move_ids", "move_ids_without_package"):
            if name in vals:
                vals[name] = [self._with_places(command, vals) for command in vals[name]]
        return vals

    def _with_places(self, command: Any, vals: Values) -> Any:
        if command[0] != 0:
            return command
        given = {name: vals.get(name) for name in ("location_id", "location_dest_id")}
        given["picking_type_id"] = vals.get("picking_type_id")
        return (0, 0, {**given, **command[2]})

    def _check_validable(self, record_id: int) -> None:
        state = self._state(self.row(record_id))
        if state == "cancel":
            raise NotImitated("validating a cancelled transfer")
        if state == "draft":
            self.action_confirm([record_id])
        moves = self.env.business("stock.move")
        if not self.moves(record_id):
            raise UserError("Please add some items to move.")
        if self._state(self.row(record_id)) == "done" or not any(
            moves.done(each) or moves.value(each, _reserved(moves))
            for each in self.moves(record_id)
        ):
            raise UserError(NOTHING.get(self.env.version, NOTHING_17))

    def _ask_immediate(self, ids: list[int]) -> Any:
        """16 asks; later versions take everything as picked when nothing is."""
        moves = self.env.business("stock.move")
        untouched = [each for each in ids if not any(moves.done(move) for move in self.moves(each))]
        if not untouched:
            return None
        if self.env.version == 16:
            if self.env.context.get("skip_immediate"):
                if self.env.context.get("skip_backorder"):
                    raise NotImitated("button_validate skipping all questions, nothing done")
                return None
            return self._dialogue("Immediate Transfer?", "stock.immediate.transfer", ids)
        for record_id in untouched:
            for each in self.moves(record_id):
                moves.write(each, {"picked": True})
        return None

    def _ask_backorder(self, ids: list[int]) -> Any:
        if self.env.context.get("skip_backorder"):
            return None
        partial = [each for each in ids if self._rest(each)]
        kinds = self.env.business("stock.picking.type")
        asked = [
            each
            for each in partial
            if kinds.row(self.row(each)["picking_type_id"]).get("create_backorder") == "ask"
        ]
        if not asked:
            return None
        return self._dialogue("Create Backorder?", "stock.backorder.confirmation", ids)

    def _ask_sms(self, ids: list[int]) -> Any:
        """Asked once per company, when a delivery goes to somebody with a telephone."""
        company = self.env.store.table("res.company").rows[1]
        if (
            not self.env.has("confirm.stock.sms")
            or self.env.context.get("skip_sms")
            or company.get("_sms_answered")
        ):
            return None
        partners = self.env.store.table("res.partner").rows
        for each in ids:
            row = self.row(each)
            partner = partners.get(row.get("partner_id") or 0, {})
            phone = partner.get("phone") or partner.get("mobile")
            if self.value(each, "picking_type_code") == "outgoing" and phone:
                wizard = self.env.model("confirm.stock.sms").make({"pick_ids": [(6, 0, ids)]})
                return {**self._dialogue("SMS", "confirm.stock.sms", ids), "res_id": wizard}
        return None

    def _dialogue(self, name: str, model: str, ids: list[int]) -> Row:
        view = 800 + len(model)
        kept = {k: v for k, v in self.env.context.items() if k.startswith(("skip_", "picking_ids"))}
        context: Row = {
            "button_validate_picking_ids": list(ids),
            "default_show_transfers": False,
            "default_pick_ids": [[4, each] for each in ids],
            **kept,
        }
        return {
            "name": name,
            "type": "ir.actions.act_window",
            "view_mode": "form",
            "res_model": model,
            "views": [[view, "form"]],
            "view_id": view,
            "target": "new",
            "context": context,
        }

    def _rest(self, record_id: int) -> dict[int, float]:
        """Per move what stays undone."""
        moves = self.env.business("stock.move")
        rest = {}
        for each in self.moves(record_id):
            row = moves.row(each)
            if row.get("state") in OPEN:
                left = (row.get("product_uom_qty") or 0.0) - moves.done(each)
                if left > 0:
                    rest[each] = left
        return rest

    def _finish(self, record_id: int, *, drop_rest: bool) -> None:
        moves = self.env.business("stock.move")
        never = self.env.business("stock.picking.type").row(self.row(record_id)["picking_type_id"])
        drop_rest = drop_rest or never.get("create_backorder") == "never"
        rest = self._rest(record_id)
        backorder = self._make_backorder(record_id, rest) if rest and not drop_rest else None
        for each in self.moves(record_id):
            row = moves.row(each)
            if row.get("state") not in OPEN:
                continue
            done = moves.done(each)
            if done > 0:
                demand = row["product_uom_qty"] - rest.get(each, 0.0)
                over = done if self.env.version == 16 else 0.0  # 16 raises the demand
                moves.put(each, product_uom_qty=max(demand, over))
                moves.finish(each)
            else:
                moves.cancel([each])
        self.put(record_id, date_done=self.env.stamp)
        if backorder:
            moves.assign(self.moves(backorder))

    def _make_backorder(self, record_id: int, rest: dict[int, float]) -> int:
        moves = self.env.business("stock.move")
        row = self.row(record_id)
        names = ("origin", "partner_id", "picking_type_id", "location_id", "location_dest_id")
        backorder = self.make({**{n: row.get(n) for n in names}, "backorder_id": record_id})
        for each, quantity in rest.items():
            if moves.done(each) > 0:
                held = moves.row(each)
                copied = {k: self._seconds(k, v) for k, v in held.items() if k in MOVE_COPY}
                made = moves.make({**copied, "picking_id": backorder, "product_uom_qty": quantity})
                moves.put(made, state="confirmed")
            else:
                moves.release([each])
                moves.put(each, picking_id=backorder, **self._unpicked)
        return backorder

    @property
    def _unpicked(self) -> Row:
        return {} if self.env.version == 16 else {"picked": False}

    def _seconds(self, name: str, value: Any) -> Any:
        return value[:19] if name == "date_deadline" and value else value

    def _state(self, row: Row) -> str:
        rows = self.env.store.table("stock.move").rows
        states = [rows[each].get("state") or "draft" for each in self.moves(row["id"])]
        if not states or all(each == "draft" for each in states):
            return "draft"
        alive = [each for each in states if each != "cancel"]
        if not alive:
            return "cancel"
        waiting = [each for each in alive if each != "done"]
        if not waiting:
            return "done"
        if all(each == "assigned" for each in waiting):
            return "assigned"
        if self.env.version > 16 and self._from_outside(row):
            return "assigned"
        some = any(each in ("assigned", "partially_available") for each in waiting)
        return "assigned" if some and row.get("move_type") == "direct" else "confirmed"

    def _from_outside(self, row: Row) -> bool:
        """17 and later: what nobody needs to reserve is ready, whatever its moves say."""
        location: Any = row.get("location_id")
        return bool(self.env.business("stock.location").bypasses_reservation(location))

    def _on_writing(self, record_id: int, vals: Values) -> None:
        state = self._state(self.row(record_id))
        if "scheduled_date" in vals and state in ("done", "cancel"):
            raise UserError("You cannot change the Scheduled Date on a done or cancelled transfer.")

    def _sale(self, row: Row) -> int | None:
        return self._order_of(row, "sale_line_id", "sale.order.line")

    def _purchase(self, row: Row) -> int | None:
        return self._order_of(row, "purchase_line_id", "purchase.order.line")

    def _order_of(self, row: Row, link: str, model: str) -> int | None:
        moves = self.env.store.table("stock.move").rows
        for each in self.moves(row["id"]):
            if moves[each].get(link):
                return int(self.env.store.table(model).rows[moves[each][link]]["order_id"])
        return None

    def _availability(self, row: Row) -> Any:
        state = self._availability_state(row)
        return {"available": "Available", "late": "Not Available"}.get(state or "")

    def _availability_state(self, row: Row) -> str | None:
        if self.getter("picking_type_code")(row) != "outgoing":
            return None
        rows = self.env.store.table("stock.move").rows
        open_ones = [rows[each] for each in self.moves(row["id"])]
        states = {each.get("state") for each in open_ones} - {"done", "cancel"}
        if not states or "draft" in states:
            return None
        return "available" if states == {"assigned"} else "late"

    def _deadline(self, row: Row) -> str | None:
        """When the first of its moves should be done."""
        rows = self.env.store.table("stock.move").rows
        dates = [rows[each].get("date_deadline") for each in self.moves(row["id"])]
        return min((each for each in dates if each), default=None)


NOTHING_17 = (
    "You cannot validate a transfer if no quantities are reserved."
    " To force the transfer, encode quantities."
)
NOTHING = {
    16: (
        "You cannot validate a transfer if no quantities are reserved nor done. To force the"
        " transfer, switch in edit mode and encode the done quantities."
    ),
    19: (
        "Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible"
        " goods around are you?\nSet some quantities and let's get moving!"
    ),
}
MOVE_COPY = frozenset(
    {
        *("name", "product_id", "product_uom", "location_id", "location_dest_id", "origin"),
        *("partner_id", "picking_type_id", "purchase_line_id", "sale_line_id", "price_unit"),
        *("warehouse_id", "date_deadline", "origin_returned_move_id", "to_refund"),
    }
)


def _reserved(moves: Model) -> str:
    return "reserved_availability" if "reserved_availability" in moves.fields else "quantity"
