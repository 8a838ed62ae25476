"""Invoices and credit notes of customers: totals, posting, cancelling, what is still to be paid.

As measured on real servers of all four versions in November 2026, to the point that stores need.
Vendors' documents, entries by hand, payment terms, fiscal positions and rates are refused.
"""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import posting, settling
from qantara.sandbox.odoo.business.amounts import Share, Totals, digits_of, globally, totals
from qantara.sandbox.odoo.business.journals import journal_of, refuse_fiscal_position
from qantara.sandbox.odoo.business.reconciling import reconcile, release
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

OF_CUSTOMERS = ("out_invoice", "out_refund")
SHOWN = ("product", "line_section", "line_subsection", "line_note")
DRAFTS = {"out_invoice": "Draft Invoice", "out_refund": "Draft Credit Note", "entry": "Draft Entry"}
SIGNED = {
    "amount_untaxed_signed": "product",
    "amount_tax_signed": "tax",
    "amount_total_signed": "payment_term",
}


class Move(Model):
    """An invoice, a credit note, or the entry behind a payment; the lines hold the amounts."""

    ORDER = "date desc, name desc, invoice_date desc, id desc"
    NAME_SEARCH = ("ref", "payment_reference")
    DEFAULTS: ClassVar = {
        "move_type": "entry",
        "state": "draft",
        "company_id": 1,
        "auto_post": "no",
        "posted_before": False,
        "date": lambda model: model.env.stamp[:10],
        "currency_id": lambda model: model.env.store.table("res.company").rows[1]["currency_id"],
    }
    COMPUTES: ClassVar = {
        "invoice_line_ids": "_shown_lines",
        "invoice_date_due": "_due",
        "amount_untaxed": "_untaxed",
        "amount_tax": "_tax",
        "amount_total": "_amount",
        "amount_residual": "_residual",
        "amount_residual_signed": "_residual_signed",
        "amount_total_in_currency_signed": "_total_in_currency",
        **dict.fromkeys(("amount_untaxed_signed",), "_untaxed_signed"),
        "amount_tax_signed": "_tax_signed",
        "amount_total_signed": "_total_signed",
        "payment_state": "_payment_state",
        "commercial_partner_id": "_commercial",
        "tax_totals": "_tax_totals",
        "invoice_payments_widget": "_payments_widget",
        "invoice_outstanding_credits_debits_widget": "_outstanding_widget",
        "invoice_has_outstanding": "_has_outstanding",
        "has_reconciled_entries": "_has_pairs",
        "matched_payment_ids": "_payments",
        "sale_order_count": "_order_count",
    }
    INVERSES: ClassVar = {"invoice_line_ids": "_set_lines", "invoice_date_due": "_set_due"}
    RELATED: ClassVar = {"company_currency_id": "company_id.currency_id"}
    METHODS = frozenset(
        {
            *("action_post", "button_draft", "button_cancel", "message_post"),
            *("js_assign_outstanding_line", "js_remove_outstanding_partial"),
        }
    )
    KNOWN = frozenset(
        {
            *("copy", "action_register_payment", "action_reverse", "action_invoice_sent"),
            *("action_send_and_print", "action_switch_move_type", "button_hash"),
            *("action_switch_invoice_into_refund_credit_note", "preview_invoice"),
        }
    )

    def lines(self, record_id: int, *kinds: str) -> list[Row]:
        """The journal items of these display types, or all."""
        table = self.env.store.table("account.move.line")
        every = [table.rows[each] for each in sorted(table.with_value("move_id", record_id))]
        return [row for row in every if not kinds or row["display_type"] in kinds]

    def receivable(self, record_id: int) -> Row | None:
        """The item that says what the customer owes."""
        return next(iter(self.lines(record_id, "payment_term")), None)

    def is_invoice(self, row: Row) -> bool:
        return row["move_type"] in OF_CUSTOMERS

    def sign(self, row: Row) -> int:
        """Of its amounts in the company's eyes; an entry counts as an invoice."""
        return -1 if row["move_type"] == "out_refund" else 1

    def digits(self, row: Row) -> int:
        return digits_of(self.env, row["currency_id"])

    def action_post(self, ids: list[int]) -> bool:
        """Numbered and final; from 17 a credit note settles the open invoice it is for."""
        posting.check_rights(self.env)
        for record_id in self.existing(ids):
            posting.check(self, record_id)
        for record_id in ids:
            posting.post(self, record_id)
            if self.env.version >= 17:
                self.settle_reversed(record_id)
        return False

    def settle_reversed(self, record_id: int) -> None:
        """Set a credit note off against its invoice, as far as both are open."""
        row = self.row(record_id)
        origin = row.get("reversed_entry_id")
        if row["move_type"] != "out_refund" or not origin or self.row(origin)["state"] != "posted":
            return
        pair = [self.receivable(each) for each in (origin, record_id)]
        open_ = [each["id"] for each in pair if each and settling.is_open(self.env, each)]
        if len(open_) == 2:
            reconcile(self.env, open_)

    def button_draft(self, ids: list[int]) -> None:
        """The number stays. Payments are set free, but not on 19."""
        for record_id in self.existing(ids):
            if self.row(record_id)["state"] not in ("posted", "cancel"):
                raise UserError("Only posted/cancelled journal entries can be reset to draft.")
            if self.env.version < 19:
                release(self.env, [row["id"] for row in self.lines(record_id)])
            self.put(record_id, state="draft")

    def button_cancel(self, ids: list[int]) -> None:
        """16 leaves what is paid of it as it is; later versions set payments free."""
        for record_id in self.existing(ids):
            if self.env.version > 16:
                release(self.env, [row["id"] for row in self.lines(record_id)])
            self.put(record_id, state="cancel")

    def js_assign_outstanding_line(self, ids: list[int], line_id: int) -> Any:
        """Settle the invoice with an open item of the customer's; 19 takes a settled one calmly."""
        (record_id,) = self.existing(ids)
        own = self.receivable(record_id)
        lines: Any = self.env.model("account.move.line")
        lines.existing([line_id])
        if self.env.version >= 19 and not settling.is_open(self.env, lines.row(line_id)):
            return None
        return lines.reconcile([line_id, *([own["id"]] if own else [])])

    def js_remove_outstanding_partial(self, ids: list[int], partial_id: int) -> bool:
        """Undo one settlement."""
        self.existing(ids)
        return self.env.model("account.partial.reconcile").unlink([partial_id])

    def sync(self, record_id: int) -> None:
        """Taxes and the amount owed follow the lines of a draft."""
        row = self.row(record_id)
        if self.is_invoice(row) and row["state"] == "draft":
            settling.sync(self, row)

    def shares(self, record_id: int) -> list[tuple[Row, Share]]:
        """Every product line with what it comes to."""
        lines: Any = self.env.model("account.move.line")
        return [(row, lines.share(row)) for row in self.lines(record_id, "product")]

    def totals(self, row: Row, shares: list[Share]) -> Totals:
        over_all = globally(self.env, row.get("company_id") or 1)
        return totals(self.env, shares, self.digits(row), over_all=over_all)

    def _on_creating(self, vals: Values) -> Values:
        kind = vals.get("move_type")
        if kind in ("in_invoice", "in_refund", "in_receipt", "out_receipt"):
            raise NotImitated(f"journal entries of type {kind}")
        if kind == "entry" and not self.env.scratch.get("paying"):
            raise NotImitated("journal entries made by hand")
        if vals.get("state") not in (None, False, "draft"):
            raise NotImitated("creating a journal entry that is posted already")
        self._refuse(vals)
        if kind in OF_CUSTOMERS:
            if not vals.get("journal_id"):
                vals["journal_id"] = journal_of(self.env, "sale")
            vals.setdefault("invoice_user_id", self.env.uid)
            vals.setdefault("partner_shipping_id", vals.get("partner_id"))
        if vals.get("invoice_date"):
            vals["date"] = vals["invoice_date"]
        return vals

    def _apply_special(self, record_id: int, vals: Values) -> None:
        """Taxes follow once, after all lines of the call."""
        outer = self.env.scratch.get("gathering")
        self.env.scratch["gathering"] = True
        try:
            super()._apply_special(record_id, vals)
        finally:
            self.env.scratch["gathering"] = outer

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        self.sync(record_id)
        if self.env.version < 18:
            posting.name_draft(self, record_id)

    def _on_writing(self, record_id: int, vals: Values) -> None:
        self._refuse(vals)
        if "state" in vals:
            raise NotImitated("writing the state of a journal entry")
        posting.check_change(self, record_id, vals)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids:
            if vals.get("invoice_date"):
                self.put_quietly(record_id, date=self.row(record_id)["invoice_date"])
            self.sync(record_id)

    def _on_unlinking(self, ids: list[int]) -> None:
        posting.check_removal(self, ids)

    def _refuse(self, vals: Values) -> None:
        refuse_fiscal_position(vals, "an invoice")
        if vals.get("invoice_payment_term_id"):
            raise NotImitated("payment terms of an invoice")
        if vals.get("auto_post") not in (None, False, "no"):
            raise NotImitated("posting by the calendar")

    def _set_lines(self, record_id: int, value: Any) -> None:
        self._apply_special(record_id, {"line_ids": value})

    def _set_due(self, record_id: int, value: Any) -> None:
        self.put_quietly(record_id, _due=value or None)
        self.sync(record_id)

    def _due(self, row: Row) -> str:
        return str(row.get("_due") or row.get("invoice_date") or row["create_date"][:10])

    def _shown_lines(self, row: Row) -> list[int]:
        kinds = SHOWN if self.is_invoice(row) else ()
        return [each["id"] for each in self.lines(row["id"], *kinds)]

    def _sum(self, row: Row, name: str, *kinds: str) -> float:
        return float(sum(each.get(name) or 0.0 for each in self.lines(row["id"], *kinds)))

    def _in_currency(self, row: Row, kind: str) -> float:
        if not self.is_invoice(row):
            return 0.0
        amount = -self.sign(row) * self._sum(row, "amount_currency", kind)
        return rounded(amount, self.digits(row)) + 0.0

    def _untaxed(self, row: Row) -> float:
        return self._in_currency(row, "product")

    def _tax(self, row: Row) -> float:
        return self._in_currency(row, "tax")

    def _amount(self, row: Row) -> float:
        if self.is_invoice(row):
            return rounded(self._untaxed(row) + self._tax(row), self.digits(row))
        every = (each["amount_currency"] for each in self.lines(row["id"]))
        return rounded(sum(each for each in every if each > 0), self.digits(row))

    def _residual(self, row: Row) -> float:
        owed = self.receivable(row["id"])
        if not owed or not self.is_invoice(row):
            return 0.0
        return self.sign(row) * settling.open_amount(self.env, owed) + 0.0

    def _residual_signed(self, row: Row) -> float:
        owed = self.receivable(row["id"])
        return settling.open_amount(self.env, owed, "balance") if owed else 0.0

    def _own(self, row: Row, *kinds: str) -> float:
        return rounded(self._sum(row, "balance", *kinds), digits_of(self.env, None)) + 0.0

    def _untaxed_signed(self, row: Row) -> float:
        return -self._own(row, "product") + 0.0 if self.is_invoice(row) else 0.0

    def _tax_signed(self, row: Row) -> float:
        return -self._own(row, "tax") + 0.0

    def _total_signed(self, row: Row) -> float:
        return self._own(row, "payment_term") if self.is_invoice(row) else self._amount(row)

    def _total_in_currency(self, row: Row) -> float:
        return self.sign(row) * self._amount(row)

    def _payment_state(self, row: Row) -> str:
        return settling.payment_state(self, row)

    def _commercial(self, row: Row) -> int | None:
        partners = self.env.store.table("res.partner").rows
        current = row.get("partner_id")
        while current and partners[current].get("parent_id"):
            if partners[current].get("is_company"):
                break
            current = partners[current]["parent_id"]
        return current

    def _tax_totals(self, row: Row) -> Any:
        return settling.tax_totals(self, row) if self.is_invoice(row) else None

    def _payments_widget(self, row: Row) -> Any:
        return settling.payments_widget(self, row)

    def _outstanding_widget(self, row: Row) -> Any:
        return settling.outstanding_widget(self, row)

    def _has_outstanding(self, row: Row) -> bool:
        return bool(settling.outstanding_widget(self, row))

    def _has_pairs(self, row: Row) -> bool:
        return bool(settling.counterparts(self, row))

    def _payments(self, row: Row) -> list[int]:
        moves = (each["move_id"] for _, each in settling.counterparts(self, row))
        found = (settling.payment_of(self.env, self.row(each)) for each in moves)
        return list(dict.fromkeys(each for each in found if each))

    def _order_count(self, row: Row) -> int:
        sold = self.env.store.table("sale.order.line").rows
        lines = (line for each in self.lines(row["id"]) for line in each.get("sale_line_ids") or ())
        return len({sold[each]["order_id"] for each in lines})

    def _display_name(self, row: Row) -> str:
        """`INV/2026/00001 (W1001)`; a draft says what it is."""
        name = row.get("name")
        if row["state"] == "draft":
            number = name if name and name != "/" else f"(* {row['id']})"
            name = f"{DRAFTS[row['move_type']]} {number}"
        ref = row.get("ref")
        return f"{name} ({ref[:50]}{'...' if len(ref) > 50 else ''})" if ref else str(name)
