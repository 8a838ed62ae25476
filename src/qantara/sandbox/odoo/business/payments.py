"""Payments: the entry behind each, and the dialogue that pays invoices and credit notes."""

from collections.abc import Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo.business import posting, reconciling, settling
from qantara.sandbox.odoo.business.amounts import digits_of
from qantara.sandbox.odoo.business.journals import MONEY, account, journal_of
from qantara.sandbox.odoo.business.reconciling import is_open_kind
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

UNDER_WAY = {"inbound": "101403", "outbound": "101404"}
LABELS = {"inbound": "Customer Payment", "outbound": "Customer Reimbursement"}
NOTHING_LEFT = (
    "You can't register a payment because there is nothing left to pay on the selected journal"
    " items."
)
NOTHING_LEFT_19 = (
    "There's nothing left to pay for the selected journal items, so no payment registration is"
    " necessary. You've got your finances under control like a boss!"
)


class Payment(Model):
    """Until 17 the entry exists from the beginning, later from posting on."""

    ORDER = "date desc, name desc, id"
    REC_NAME = "name"
    DEFAULTS: ClassVar = {
        "payment_type": "inbound",
        "partner_type": "customer",
        "amount": 0.0,
        "company_id": 1,
        "date": lambda model: model.env.stamp[:10],
        "currency_id": lambda model: model.env.store.table("res.company").rows[1]["currency_id"],
        "journal_id": lambda model: journal_of(model.env, *MONEY),
    }
    COMPUTES: ClassVar = {
        "state": "_state",
        "name": "_name",
        "is_reconciled": "_is_reconciled",
        "is_matched": "_never",
        "reconciled_invoice_ids": "_invoices",
        "reconciled_invoices_count": "_invoice_count",
        "reconciled_invoices_type": "_invoice_type",
        "amount_signed": "_signed",
        "amount_company_currency_signed": "_signed",
        "destination_account_id": "_owed",
        "outstanding_account_id": "_under_way",
    }
    RELATED: ClassVar = {
        "payment_method_id": "payment_method_line_id.payment_method_id",
        "payment_method_code": "payment_method_line_id.code",
    }
    METHODS = frozenset({"action_post", "action_draft", "action_cancel", "message_post"})
    KNOWN = frozenset({"copy", "mark_as_sent", "action_validate", "action_reject"})

    @property
    def memo(self) -> str:
        """The field that holds the text, by its name in the version."""
        return "memo" if self.env.version >= 18 else "ref"

    def action_post(self, ids: Sequence[int]) -> None:
        """The money is under way."""
        posting.check_rights(self.env)
        for record_id in self.existing(ids):
            if self.value(record_id, "state") != "draft":
                raise UserError("Only draft payments can be posted.")
            move = self.row(record_id).get("move_id") or self._make_entry(record_id)
            moves = self.env.business("account.move")
            posting.post(moves, move)
            self.put(record_id, _stage="in_process", _number=moves.row(move)["name"])

    def action_draft(self, ids: Sequence[int]) -> None:
        """What it paid is open again, but not on 19."""
        for record_id in self.existing(ids):
            move = self.row(record_id).get("move_id")
            if move:
                self.env.business("account.move").button_draft([move])
            self.put(record_id, _stage="draft")

    def action_cancel(self, ids: Sequence[int]) -> None:
        """From 18 the entry of a draft goes; else it is cancelled with its payment."""
        moves = self.env.business("account.move")
        for record_id in self.existing(ids):
            move = self.row(record_id).get("move_id")
            self.put(record_id, _stage="canceled")
            if not move:
                continue
            reconciling.release(self.env, [row["id"] for row in moves.lines(move)])
            if self.env.version >= 18 and moves.row(move)["state"] == "draft":
                moves.unlink([move])
            else:
                moves.put(move, state="cancel")

    def owed_line(self, record_id: int) -> Row:
        """The item that settles invoices."""
        move: Any = self.row(record_id)["move_id"]
        wanted = account(self.env, settling.RECEIVABLE)
        lines = self.env.business("account.move").lines(move)
        return next(row for row in lines if row["account_id"] == wanted)

    def _on_creating(self, vals: Values) -> Values:
        if vals.get("partner_type") == "supplier":
            raise NotImitated("payments of vendors")
        journal = self.env.store.table("account.journal").rows.get(vals["journal_id"] or 0)
        if journal and journal["type"] not in MONEY:
            raise NotImitated("a payment in a journal that holds no money")
        if journal and not vals.get("payment_method_line_id"):
            side = f"{vals['payment_type']}_payment_method_line_ids"
            lines = self.env.model("account.journal").value(journal["id"], side)
            vals["payment_method_line_id"] = lines[0] if lines else False
        if float(vals.get("amount") or 0) < 0:
            raise UserError("The payment amount cannot be negative.")
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        self.put_quietly(record_id, _writeoff=self.env.scratch.pop("writeoff", None))
        if self.env.version < 18:
            self._make_entry(record_id)

    def _on_writing(self, record_id: int, vals: Values) -> None:
        if vals.keys() - {self.memo, "payment_reference"}:
            raise NotImitated("changing a payment but for its text")

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if self.memo in vals:
            for record_id in ids:
                move = self.row(record_id).get("move_id")
                if move:
                    self.env.model("account.move").put_quietly(move, ref=vals[self.memo] or None)

    def _on_unlinking(self, ids: list[int]) -> None:
        moves = self.env.business("account.move")
        for record_id in ids:
            move = self.row(record_id).get("move_id")
            if move and moves.row(move)["state"] == "posted":
                raise UserError(posting.GAMES)
        found = (self.row(each).get("move_id") for each in ids)
        self._entries = [each for each in found if each]

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        self.env.model("account.move").unlink(self._entries)

    def _make_entry(self, record_id: int) -> int:
        """Money under way against what the customer owes, a difference given up in between."""
        row = self.row(record_id)
        link = "payment_id" if self.env.version < 18 else "origin_payment_id"
        sign = 1 if row["payment_type"] == "inbound" else -1
        extra = row.get("_writeoff") or (None, 0.0, None)
        label = self._entry_label(row)
        items = [
            (account(self.env, UNDER_WAY[row["payment_type"]]), sign * row["amount"], label),
            (account(self.env, settling.RECEIVABLE), -sign * (row["amount"] + extra[1]), label),
            *([(extra[0], sign * extra[1], extra[2])] if extra[0] else []),
        ]
        facts = {"journal_id": row["journal_id"], "partner_id": row.get("partner_id") or False}
        shared = {"date": row["date"], "currency_id": row["currency_id"], link: record_id}
        move = self._as_payment(
            {**facts, **shared, "ref": row.get(self.memo) or False, "move_type": "entry"},
            [self._item(row, *item) for item in items],
        )
        self.put_quietly(record_id, move_id=move)
        return move

    def _as_payment(self, vals: Values, items: list[Values]) -> int:
        self.env.scratch["paying"] = True
        try:
            return self.env.model("account.move").make(
                {**vals, "line_ids": [(0, 0, item) for item in items]}
            )
        finally:
            self.env.scratch.pop("paying")

    def _item(self, row: Row, chart: int, amount: float, label: Any) -> Values:
        late = self.env.version >= 18
        return {
            "name": label,
            "account_id": chart,
            "amount_currency": amount,
            "balance": rounded(amount, digits_of(self.env, None)),
            "date_maturity": row["date"],
            **(dict.fromkeys(("price_subtotal", "price_total"), amount) if late else {}),
        }

    def _entry_label(self, row: Row) -> str:
        if self.env.version >= 18:
            memo = row.get(self.memo)
            return f"Manual Payment: {memo}" if memo else "Manual Payment"
        day = str(row["date"])
        currency = self.env.store.table("res.currency").rows[row["currency_id"]]
        amount = (
            f"{row['amount']:,.{digits_of(self.env, row['currency_id'])}f} {currency['symbol']}"
        )
        who = posting.partner_label(self.env, row.get("partner_id"))
        shown = f"{day[5:7]}/{day[8:]}/{day[:4]}"
        parts = [f"{LABELS[row['payment_type']]} {amount}", *([who] if who else []), shown]
        return " - ".join(parts)

    def _state(self, row: Row) -> str:
        if self.env.version < 18:
            move = self.env.store.table("account.move").rows.get(row.get("move_id") or 0)
            return str(move["state"]) if move else "draft"
        stage = str(row.get("_stage") or "draft")
        invoices = self._settled(row)
        states = self.env.model("account.move")
        paid = invoices and all(
            states.value(each, "payment_state") in ("paid", "reversed") for each in invoices
        )
        return "paid" if stage == "in_process" and paid else stage

    def _name(self, row: Row) -> str | None:
        move = self.env.store.table("account.move").rows.get(row.get("move_id") or 0)
        if self.env.version >= 18:
            return row.get("_number")
        return str(move["name"]) if move else "/"

    def _is_reconciled(self, row: Row) -> bool:
        if not row.get("move_id") or self._state(row) in ("draft", "canceled", "cancel"):
            return False
        return not reconciling.residual(self.env, self.owed_line(row["id"]))

    def _settled(self, row: Row) -> list[int]:
        """The documents of customers that it settles."""
        if not row.get("move_id"):
            return []
        moves = self.env.business("account.move")
        own = moves.row(row["move_id"])
        found = (moves.row(line["move_id"]) for _, line in settling.counterparts(moves, own))
        return sorted({each["id"] for each in found if moves.is_invoice(each)})

    def _invoices(self, row: Row) -> list[int]:
        """From 18 it remembers what it was made for."""
        return sorted({*self._settled(row), *(row.get("invoice_ids") or ())})

    def _invoice_count(self, row: Row) -> int:
        return len(self._invoices(row))

    def _invoice_type(self, row: Row) -> str:
        rows = self.env.store.table("account.move").rows
        kinds = {rows[each]["move_type"] for each in self._invoices(row)}
        return "credit_note" if kinds == {"out_refund"} else "invoice"

    def _signed(self, row: Row) -> float:
        return float(row["amount"] if row["payment_type"] == "inbound" else -row["amount"])

    def _owed(self, row: Row) -> int:
        del row
        return account(self.env, settling.RECEIVABLE)

    def _under_way(self, row: Row) -> int:
        return account(self.env, UNDER_WAY[row["payment_type"]])

    def _never(self, row: Row) -> bool:
        del row
        return False


def open_lines(model: Model, ids: Sequence[int], of: str) -> list[int]:
    """What is left to pay of these documents or journal items; raises in the server's words."""
    moves = model.env.business("account.move")
    if of == "account.move":
        moves.existing(ids)
        if model.env.version < 18 and any(moves.row(each)["state"] != "posted" for each in ids):
            raise UserError("You can only register payment for posted journal entries.")
        lines = [row for each in ids for row in moves.lines(each)]
    else:
        rows = model.env.business("account.move.line")
        lines = [rows.row(each) for each in rows.existing(ids)]
    owed = account(model.env, settling.RECEIVABLE)
    found = [
        row["id"]
        for row in lines
        if row.get("account_id") == owed
        and is_open_kind(model.env, row)
        and reconciling.residual(model.env, row)
    ]
    if not found:
        raise UserError(NOTHING_LEFT_19 if model.env.version >= 19 else NOTHING_LEFT)
    return found
