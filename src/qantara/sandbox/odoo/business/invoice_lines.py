"""Journal items: lines of invoices, and what is open of them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo.business import reconciling
from qantara.sandbox.odoo.business.amounts import Share, share
from qantara.sandbox.odoo.business.posting import GAMES
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

SECTIONS = ("line_section", "line_subsection", "line_note")
AMOUNTS = ("debit", "credit", "balance", "amount_currency")


class MoveLine(Model):
    """The server keeps taxes and what is owed itself; callers write the lines of products."""

    ORDER = "date desc, move_name desc, id"
    NAME_SEARCH = ("ref",)
    DEFAULTS: ClassVar = {
        "display_type": "product",
        "sequence": 100,
        "discount": 0.0,
        "is_downpayment": False,
    }
    COMPUTES: ClassVar = {
        "debit": "_debit",
        "credit": "_credit",
        "amount_residual": "_residual",
        "amount_residual_currency": "_residual_currency",
        "reconciled": "_reconciled",
        "full_reconcile_id": "_full",
        "matching_number": "_matching",
        "payment_id": "_payment",
        "tax_base_amount": "_tax_base",
    }
    RELATED: ClassVar = {
        "move_name": "move_id.name",
        "move_type": "move_id.move_type",
        "parent_state": "move_id.state",
        "date": "move_id.date",
        "ref": "move_id.ref",
        "journal_id": "move_id.journal_id",
        "company_id": "move_id.company_id",
        "company_currency_id": "move_id.company_currency_id",
        "account_type": "account_id.account_type",
    }
    METHODS = frozenset({"reconcile", "remove_move_reconcile"})

    def share(self, row: Row) -> Share:
        """What a product's line comes to, with its taxes."""
        quantity = row.get("quantity") or 0.0
        net = (row.get("price_unit") or 0.0) * quantity * (1 - (row.get("discount") or 0.0) / 100)
        moves: Any = self.env.model("account.move")
        digits = moves.digits(moves.row(row["move_id"]))
        return share(self.env, net, quantity, row.get("tax_ids") or (), digits)

    def reconcile(self, ids: Sequence[int]) -> Any:
        """16 tells what it made, later versions nothing."""
        made = reconciling.reconcile(self.env, self.existing(ids))
        if self.env.version > 16:
            return None
        full, _ = reconciling.matching(self.env, ids[0])
        shown = ", ".join(map(str, made)) + ("," if len(made) == 1 else "")
        told = {
            "exchange_partials": "account.partial.reconcile()",
            "partials": f"account.partial.reconcile({shown})",
        }
        return {**told, "full_reconcile": f"account.full.reconcile({full},)"} if full else told

    def remove_move_reconcile(self, ids: Sequence[int]) -> None:
        """Everything that settles these items is undone."""
        reconciling.release(self.env, self.existing(ids))

    def _on_creating(self, vals: Values) -> Values:
        if any(vals.get(name) for name in AMOUNTS) and not self.env.scratch.get("paying"):
            raise NotImitated("writing debits and credits of journal items")
        if vals["display_type"] in SECTIONS:
            return vals
        product = vals.get("product_id")
        products = self.env.model("product.product")
        if product in products.table.rows:
            self._fill_from_product(vals, int(str(product)))
        vals.setdefault("quantity", 1.0)
        vals.setdefault("price_unit", 0.0)
        vals.setdefault("account_id", self._income(vals))
        return vals

    def _fill_from_product(self, vals: Values, product: int) -> None:
        products = self.env.model("product.product")
        row = products.row(product)
        vals.setdefault("name", products.display_name(row))
        vals.setdefault("price_unit", products.value(product, "lst_price"))
        vals.setdefault("product_uom_id", products.value(product, "uom_id"))
        if "tax_ids" not in vals:
            vals["tax_ids"] = [(6, 0, products.value(product, "taxes_id"))]

    def _income(self, vals: Values) -> int | bool:
        move = self.env.store.table("account.move").rows.get(vals.get("move_id") or 0)
        if not move:
            return False
        journals = self.env.store.table("account.journal").rows
        return journals[move["journal_id"]].get("default_account_id") or False

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._refuse_posted([record_id])
        row = self.row(record_id)
        move = self.env.store.table("account.move").rows[row["move_id"]]
        facts = {"currency_id": move["currency_id"], "partner_id": move.get("partner_id")}
        zeros = {
            name: row.get(name) or 0.0
            for name in ("price_subtotal", "price_total", "balance", "amount_currency")
        }
        self.put_quietly(record_id, **facts, **zeros)
        self._link(record_id, vals)
        self._sync([record_id])

    def _on_writing(self, record_id: int, vals: Values) -> None:
        if vals.keys() - {"name"}:
            self._refuse_posted([record_id])
        if any(name in vals for name in AMOUNTS):
            raise NotImitated("writing debits and credits of journal items")
        if "sale_line_ids" in vals:
            self._unlink_sold(record_id)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids:
            self._link(record_id, vals)
        self._sync(ids)

    def _on_unlinking(self, ids: list[int]) -> None:
        for record_id in ids:
            if self.value(record_id, "parent_state") == "posted":
                old = "You cannot delete an item linked to a posted entry."
                raise UserError(old if self.env.version == 16 else GAMES)
            self._unlink_sold(record_id)
        self._touched = {self.row(each)["move_id"] for each in ids}

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        moves: Any = self.env.model("account.move")
        for move in self._touched:
            if move in moves.table.rows:
                moves.sync(move)

    def _refuse_posted(self, ids: list[int]) -> None:
        if any(self.value(each, "parent_state") == "posted" for each in ids):
            if self.env.version >= 18:
                raise UserError(
                    "You cannot modify the following readonly fields on a posted move: line_ids"
                )
            raise NotImitated("changing lines of a posted entry, which 16 and 17 allow")

    def _sync(self, ids: list[int]) -> None:
        if self.env.scratch.get("gathering"):
            return
        moves: Any = self.env.model("account.move")
        for move in {self.row(each)["move_id"] for each in ids}:
            moves.sync(move)

    def _link(self, record_id: int, vals: Values) -> None:
        """The order's line knows its invoice lines; both sides are kept."""
        if "sale_line_ids" not in vals:
            return
        for sold in self.row(record_id).get("sale_line_ids") or ():
            self._put_sold(sold, {*self._sold(sold), record_id})

    def _unlink_sold(self, record_id: int) -> None:
        for sold in self.row(record_id).get("sale_line_ids") or ():
            self._put_sold(sold, self._sold(sold) - {record_id})

    def _sold(self, sold: int) -> set[int]:
        return set(self.env.store.table("sale.order.line").rows[sold].get("invoice_lines") or ())

    def _put_sold(self, sold: int, lines: set[int]) -> None:
        model = self.env.model("sale.order.line")
        model.put_quietly(sold, invoice_lines=tuple(sorted(lines)))

    def _debit(self, row: Row) -> float:
        return max(row.get("balance") or 0.0, 0.0)

    def _credit(self, row: Row) -> float:
        return max(-(row.get("balance") or 0.0), 0.0)

    def _residual(self, row: Row) -> float:
        return reconciling.residual(self.env, row, "balance")

    def _residual_currency(self, row: Row) -> float:
        return reconciling.residual(self.env, row)

    def _reconciled(self, row: Row) -> bool:
        open_kind = reconciling.is_open_kind(self.env, row)
        return open_kind and not reconciling.residual(self.env, row)

    def _full(self, row: Row) -> int | None:
        return reconciling.matching(self.env, row["id"])[0]

    def _matching(self, row: Row) -> str | None:
        return reconciling.matching(self.env, row["id"])[1]

    def _payment(self, row: Row) -> int | None:
        name = "payment_id" if self.env.version < 18 else "origin_payment_id"
        found: int | None = self.env.store.table("account.move").rows[row["move_id"]].get(name)
        return found

    def _tax_base(self, row: Row) -> float:
        """What the tax of this item was taken of."""
        tax = row.get("tax_line_id")
        if not tax:
            return 0.0
        moves: Any = self.env.model("account.move")
        lines = moves.lines(row["move_id"], "product")
        return float(sum(abs(one["balance"]) for one in lines if tax in (one.get("tax_ids") or ())))

    def _display_name(self, row: Row) -> str:
        """`INV/2026/00001 (W1001) Shipping`; without what is empty."""
        moves = self.env.model("account.move")
        move = moves.row(row["move_id"])
        named = f"{move.get('name')} ({move['ref']})" if move.get("ref") else str(move.get("name"))
        name = row.get("name")
        same = not name or name in ("/", move.get("name")) or str(name).endswith(str(move["name"]))
        bare = not name or (same and self.env.version >= 18)
        return named if bare else f"{named} {name}"
