"""The dialogue that makes a credit note of an invoice."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business.dialogues import Dialogue
from qantara.sandbox.odoo.business.invoices import SHOWN
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row

COPIED = ("partner_id", "partner_shipping_id", "currency_id", "invoice_origin", "invoice_user_id")
LINE = (
    *("name", "display_type", "product_id", "product_uom_id", "quantity", "price_unit"),
    *("discount", "account_id", "sequence"),
)
LINKS = ("tax_ids", "sale_line_ids")


class MoveReversal(Dialogue):
    """From 17: a draft to be changed, or a full reversal with a new draft invoice."""

    DEFAULTS: ClassVar = {
        "date": lambda model: model.env.stamp[:10],
        "date_mode": "custom",
        "refund_method": "refund",
        "company_id": 1,
        "move_ids": lambda model: model.chosen(),
    }
    COMPUTES: ClassVar = {
        "available_journal_ids": "_journals",
        "residual": "_residual",
        "currency_id": "_currency",
        "move_type": "_move_type",
    }
    METHODS = frozenset({"reverse_moves", "refund_moves", "modify_moves"})

    def chosen(self) -> list[tuple[int, int, list[int]]]:
        """The documents the dialogue was opened on."""
        context = self.env.context
        ids = context.get("active_ids") if context.get("active_model") == "account.move" else ()
        return [(6, 0, list(ids or ()))]

    def refund_moves(self, ids: list[int]) -> Row:
        """A draft credit note."""
        return self._reverse(ids, "refund")

    def modify_moves(self, ids: list[int]) -> Row:
        """Everything given back, and a new draft to invoice it anew."""
        return self._reverse(ids, "modify")

    def reverse_moves(self, ids: list[int]) -> Row:
        """The same draft from 17 on."""
        return self._reverse(ids, "refund")

    def _reverse(self, ids: list[int], method: str) -> Row:
        (record_id,) = self.existing(ids)
        row = self.row(record_id)
        made = [self._reverse_one(row, each, method) for each in row.get("move_ids") or ()]
        self.put(record_id, new_move_ids=tuple(made))
        return self._action(made)

    def _reverse_one(self, row: Row, origin: int, method: str) -> int:
        moves = self.env.business("account.move")
        held = moves.row(origin)
        if held["move_type"] != "out_invoice":
            raise NotImitated(f"reversing a journal entry of type {held['move_type']}")
        ref = f"Reversal of: {held['name']}" + (f", {row['reason']}" if row.get("reason") else "")
        day = held["date"] if row.get("date_mode") == "entry" else row["date"]
        told = {"ref": ref, "reversed_entry_id": origin, "invoice_date": day}
        note = self._copy(row, held, {**told, "move_type": "out_refund"})
        if method == "refund":
            return note
        moves.action_post([note])
        if self.env.version == 16:
            moves.settle_reversed(note)
        if method == "cancel":
            return note
        return self._copy(row, held, {"move_type": "out_invoice"})

    def _copy(self, row: Row, held: Row, vals: Values) -> int:
        moves = self.env.business("account.move")
        copied = {name: held.get(name) or False for name in COPIED}
        if self.env.version >= 19:
            del copied["invoice_origin"]
        lines = [
            (0, 0, {name: line.get(name) or False for name in LINE} | _links(line))
            for line in moves.lines(held["id"], *SHOWN)
        ]
        facts = {**copied, **vals, "journal_id": row["journal_id"], "invoice_line_ids": lines}
        return int(moves.make(facts))

    def _action(self, made: list[int]) -> Row:
        action: Row = {
            "name": "Reverse Moves",
            "type": "ir.actions.act_window",
            "res_model": "account.move",
        }
        if len(made) != 1:
            view = "tree,form" if self.env.version < 18 else "list,form"
            return {**action, "view_mode": view, "domain": [["id", "in", made]]}
        kind = self.env.store.table("account.move").rows[made[0]]["move_type"]
        shown = {"view_mode": "form", "res_id": made[0], "context": {"default_move_type": kind}}
        return {**action, **shown}

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        moves = self.env.business("account.move")
        for each in moves.existing(self.row(record_id).get("move_ids") or ()):
            if moves.row(each)["state"] != "posted":
                late = self.env.version >= 19
                raise UserError(
                    "To reverse a journal entry, it has to be posted first."
                    if late
                    else "You can only reverse posted moves."
                )

    def _journals(self, row: Row) -> list[int]:
        del row
        found: list[int] = self.env.model("account.journal").search([("type", "=", "sale")])
        return found

    def _first(self, row: Row, name: str) -> Any:
        ids = list(row.get("move_ids") or ())
        return self.env.model("account.move").value(ids[0], name) if len(ids) == 1 else None

    def _residual(self, row: Row) -> float:
        return float(self._first(row, "amount_residual") or 0.0)

    def _currency(self, row: Row) -> Any:
        return self._first(row, "currency_id")

    def _move_type(self, row: Row) -> Any:
        return self._first(row, "move_type")


class MoveReversalOf16(MoveReversal):
    """One button; a field says what it does."""

    METHODS = frozenset({"reverse_moves"})

    def reverse_moves(self, ids: list[int]) -> Row:
        """Partial refund, full refund, or full refund and new draft invoice."""
        (record_id,) = self.existing(ids)
        return self._reverse(ids, str(self.row(record_id)["refund_method"]))


def _links(line: Row) -> Values:
    return {name: [(6, 0, list(line.get(name) or ()))] for name in LINKS}
