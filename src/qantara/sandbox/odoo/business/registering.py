"""The dialogue "Register Payment": from open invoices and credit notes to payments."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import reconciling
from qantara.sandbox.odoo.business.amounts import digits_of
from qantara.sandbox.odoo.business.dialogues import Dialogue
from qantara.sandbox.odoo.business.journals import MONEY, journal_of
from qantara.sandbox.odoo.business.payments import open_lines
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

FROM = ("account.move", "account.move.line")
SENDER = "Unable to send message, please configure the sender's email address."


class PaymentRegister(Dialogue):
    """Opened on documents by `active_model` and `active_ids` of the context."""

    DEFAULTS: ClassVar = {
        "payment_date": lambda model: model.env.stamp[:10],
        "payment_difference_handling": "open",
        "writeoff_label": "Write-Off",
        "company_id": 1,
        "partner_type": "customer",
        "can_edit_wizard": True,
    }
    COMPUTES: ClassVar = {
        "available_journal_ids": "_journals",
        "available_payment_method_line_ids": "_method_lines",
        "payment_difference": "_difference",
        "source_amount": "_source",
        "source_amount_currency": "_source",
        "can_group_payments": "_can_group",
    }
    RELATED: ClassVar = {"company_currency_id": "company_id.currency_id"}
    METHODS = frozenset({"action_create_payments"})

    def action_create_payments(self, ids: list[int]) -> Any:
        """Makes, posts and reconciles; an action that names the payment, or several."""
        (record_id,) = self.existing(ids)
        row = self.row(record_id)
        made = [self._pay(row, batch) for batch in self._batches(row)]
        action: Row = {
            "name": "Payments",
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "context": {"create": False},
        }
        if len(made) == 1:
            return {**action, "view_mode": "form", "res_id": made[0]}
        view = "tree,form" if self.env.version < 18 else "list,form"
        return {**action, "view_mode": view, "domain": [["id", "in", made]]}

    def _on_creating(self, vals: Values) -> Values:
        context = self.env.context
        if context.get("active_model") not in FROM:
            raise UserError(
                "The register payment wizard should only be called on account.move or"
                " account.move.line records."
            )
        lines = open_lines(self, context.get("active_ids") or [], context["active_model"])
        rows = [self.env.store.table("account.move.line").rows[each] for each in lines]
        if len({(row["partner_id"], row["currency_id"]) for row in rows}) > 1:
            raise NotImitated("registering payments of several customers or currencies at once")
        if vals.get("currency_id") not in (None, rows[0]["currency_id"]):
            raise NotImitated("paying in another currency than the document's")
        amount = sum(reconciling.residual(self.env, row) for row in rows)
        told = {
            "journal_id": journal_of(self.env, *MONEY),
            "communication": vals.get("communication") or self._communication(rows),
            "amount": abs(amount),
            "currency_id": rows[0]["currency_id"],
            "group_payment": len(rows) == 1,
        }
        fixed = {
            "line_ids": [(6, 0, lines)],
            "payment_type": "inbound" if amount > 0 else "outbound",
            "partner_id": rows[0]["partner_id"],
            "source_currency_id": rows[0]["currency_id"],
        }
        vals = {**told, **vals, **fixed}
        if not vals.get("payment_method_line_id"):
            methods = self._methods(vals["journal_id"], str(fixed["payment_type"]))
            vals["payment_method_line_id"] = methods[0] if methods else False
        return vals

    def _communication(self, rows: list[Row]) -> str:
        """The references of the documents; from 18 a number for several."""
        if len(rows) > 1 and self.env.version >= 18:
            name = "BATCH" if self.env.version == 18 else "GROUP"
            number = self.env.store.next_number(name)
            return f"{name}/{self.env.stamp[:4]}/{number:05}"
        moves = self.env.store.table("account.move").rows
        found = [moves[row["move_id"]] for row in rows]
        names = (
            each.get("payment_reference") or each.get("ref") or each.get("name") for each in found
        )
        return " ".join(sorted(str(each or "") for each in names))

    def _methods(self, journal: int, kind: str) -> list[int]:
        journals = self.env.model("account.journal")
        if journal not in journals.table.rows:
            return []
        found: list[int] = journals.value(journal, f"{kind}_payment_method_line_ids")
        return found

    def _batches(self, row: Row) -> list[list[int]]:
        lines = list(row["line_ids"])
        return [lines] if row.get("group_payment") else [[each] for each in lines]

    def _pay(self, row: Row, lines: list[int]) -> int:
        rows = self.env.store.table("account.move.line").rows
        moves = self.env.store.table("account.move").rows
        if any(moves[rows[each]["move_id"]]["state"] == "draft" for each in lines):
            raise NotImitated("paying a draft invoice, which 18 and 19 allow")
        payments = self.env.business("account.payment")
        whole = len(lines) == len(row["line_ids"])
        owed = [reconciling.residual(self.env, rows[each]) for each in lines]
        if min(owed) < 0 < max(owed):
            raise NotImitated("one payment for invoices and credit notes together")
        open_, kind = abs(sum(owed)), "inbound" if owed[0] > 0 else "outbound"
        amount = row["amount"] if whole else open_
        invoices = sorted({rows[each]["move_id"] for each in lines})
        vals = {
            "amount": amount,
            "date": row["payment_date"],
            payments.memo: row.get("communication") or False,
            **{name: row.get(name) or False for name in KEPT},
            "payment_type": kind,
            **({"invoice_ids": [(6, 0, invoices)]} if "invoice_ids" in payments.fields else {}),
        }
        if kind != row["payment_type"]:
            vals["payment_method_line_id"] = self._methods(row["journal_id"], kind)[0]
        self.env.scratch["writeoff"] = self._writeoff(row, open_, amount) if whole else None
        payment: int = payments.make(vals)
        payments.action_post([payment])
        for line in lines:
            if reconciling.residual(self.env, rows[line]):
                self._settle(payment, line)
        self._announce(invoices)
        return payment

    def _settle(self, payment: int, line: int) -> None:
        owed = self.env.business("account.payment").owed_line(payment)
        if reconciling.residual(self.env, owed):
            reconciling.reconcile(self.env, [line, owed["id"]])

    def _writeoff(self, row: Row, open_: float, amount: float) -> Any:
        """The account, amount and label of a difference that is given up."""
        left = rounded(open_ - amount, digits_of(self.env, row["currency_id"]))
        if row["payment_difference_handling"] != "reconcile" or not left:
            return None
        if not row.get("writeoff_account_id"):
            raise NotImitated("giving a difference up without an account for it")
        return (row["writeoff_account_id"], left, row.get("writeoff_label"))

    def _announce(self, invoices: list[int]) -> None:
        """A document that is paid in full says so, in the name of who paid."""
        moves = self.env.model("account.move")
        if not any(moves.value(each, "payment_state") == "paid" for each in invoices):
            return
        user = self.env.store.table("res.users").rows[self.env.uid]
        if not self.env.store.table("res.partner").rows[user["partner_id"]].get("email"):
            raise UserError(SENDER)

    def _journals(self, row: Row) -> list[int]:
        del row
        found: list[int] = self.env.model("account.journal").search([("type", "in", list(MONEY))])
        return found

    def _method_lines(self, row: Row) -> list[int]:
        return self._methods(row["journal_id"], row["payment_type"])

    def _source(self, row: Row) -> float:
        rows = self.env.store.table("account.move.line").rows
        open_ = (reconciling.residual(self.env, rows[each]) for each in row["line_ids"])
        return abs(sum(open_))

    def _difference(self, row: Row) -> float:
        digits = digits_of(self.env, row["currency_id"])
        return rounded(self._source(row) - row["amount"], digits) + 0.0

    def _can_group(self, row: Row) -> bool:
        return len(row["line_ids"]) > 1


KEPT = (
    *("partner_type", "partner_id", "journal_id", "currency_id", "company_id"),
    "payment_method_line_id",
)
