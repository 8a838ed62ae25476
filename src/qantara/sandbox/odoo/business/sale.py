"""Sales orders: from a quotation to a delivery and an invoice."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from qantara.sandbox.odoo.business.invoicing import order_status
from qantara.sandbox.odoo.business.journals import refuse_fiscal_position
from qantara.sandbox.odoo.business.orders import Order
from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded


class SaleOrder(Order):
    """Signatures, online payments and down payments are not imitated."""

    LINE = "sale.order.line"
    PREFIX = "S"
    ORDER = "date_order desc, id desc"
    NAME_SEARCH = ("client_order_ref",)
    DEFAULTS: ClassVar = {
        "state": "draft",
        "company_id": 1,
        "locked": False,
        "picking_policy": "direct",
        "user_id": lambda model: model.env.uid,
        "date_order": lambda model: model.env.stamp[:19],
        "validity_date": lambda model: (
            False if model.env.version == 16 else _in_a_month(model.env.stamp)
        ),
        "pricelist_id": lambda model: next(
            iter(model.env.store.table("product.pricelist").rows), 0
        ),
        "team_id": lambda model: next(iter(model.env.store.table("crm.team").rows), False),
        "warehouse_id": lambda model: model.default_warehouse(),
    }
    COMPUTES: ClassVar = {
        "currency_id": "_currency",
        "amount_untaxed": "_untaxed",
        "amount_tax": "_tax",
        "amount_total": "_amount",
        "picking_ids": "pickings",
        "delivery_count": "_picking_count",
        "delivery_status": "_delivery_status",
        "effective_date": "_effective_date",
        "invoice_status": "_invoice_status",
        "invoice_ids": "_invoices",
        "invoice_count": "_invoice_count",
        "amount_invoiced": "_invoiced",
        "amount_to_invoice": "_to_invoice",
        "currency_rate": "_rate",
    }
    METHODS = frozenset(
        {
            *("action_confirm", "action_cancel", "action_draft", "action_done", "action_lock"),
            *("action_unlock", "message_post", "action_quotation_sent"),
        }
    )
    KNOWN = frozenset({"copy", "action_quotation_send", "action_preview_sale_order"})

    def default_warehouse(self) -> int | bool:
        """The first one, where there is stock at all."""
        if not self.env.has("stock.warehouse"):
            return False
        return next(iter(self.env.store.table("stock.warehouse").rows), False)

    def action_confirm(self, ids: list[int]) -> bool:
        """16 does nothing to an order that is confirmed; later versions refuse it."""
        for record_id in self.existing(ids):
            row = self.row(record_id)
            if row["state"] not in ("draft", "sent"):
                self._refuse_second_confirmation(row)
                continue
            if row["partner_id"] == self.env.store.table("res.company").rows[1]["partner_id"]:
                raise UserError(self._no_route(record_id))
            self._check_products(record_id)
            self.put(record_id, state="sale", date_order=self.env.stamp)
            self._deliver(record_id)
        return True

    def action_quotation_sent(self, ids: list[int]) -> None:
        """Marks a draft as sent."""
        for record_id in self.existing(ids):
            if self.row(record_id)["state"] != "draft":
                raise UserError("Only draft orders can be marked as sent directly.")
            self.put(record_id, state="sent")

    def action_cancel(self, ids: list[int]) -> Any:
        """Until 18 asks about what is not a draft, unless `disable_cancel_warning`."""
        known = self.existing(ids)
        if self.env.version > 16 and any(self._is_locked(self.row(each)) for each in known):
            raise UserError("You cannot cancel a locked order. Please unlock it first.")
        drafts = all(self.row(each)["state"] == "draft" for each in known)
        asks = self.env.version < 19 and not drafts
        if asks and not self.env.context.get("disable_cancel_warning"):
            return self._cancel_dialogue(known)
        for record_id in known:
            self.cancel(record_id)
        return True

    def cancel(self, record_id: int) -> None:
        """Without asking; open deliveries and draft invoices are cancelled too."""
        pickings = self.env.business("stock.picking") if self.env.has("stock.picking") else None
        if pickings:
            for each in self.pickings(self.row(record_id)):
                if pickings.value(each, "state") != "done":
                    pickings.action_cancel([each])
        if self.env.has("account.move"):
            moves = self.env.business("account.move")
            for each in self._invoices(self.row(record_id)):
                if moves.row(each)["state"] == "draft":
                    moves.button_cancel([each])
        self.put(record_id, state="cancel")

    def action_draft(self, ids: list[int]) -> bool:
        """From cancelled or sent."""
        for record_id in self.existing(ids):
            if self.row(record_id)["state"] in ("cancel", "sent"):
                self.put(record_id, state="draft")
        return True

    def action_done(self, ids: list[int]) -> bool:
        """16: a locked order has its own state."""
        for record_id in self.existing(ids):
            self.put(record_id, state="done")
        return True

    def action_lock(self, ids: list[int]) -> None:
        for record_id in self.existing(ids):
            self.put(record_id, locked=True)

    def action_unlock(self, ids: list[int]) -> None:
        for record_id in self.existing(ids):
            self.put(
                record_id, **({"state": "sale"} if self.env.version == 16 else {"locked": False})
            )

    def _no_route(self, record_id: int) -> str:
        products = self.env.model("product.product")
        first = self.product_lines(record_id)[0]["product_id"]
        return (
            f'No rule has been found to replenish "{products.display_name(products.row(first))}"'
            ' in "Physical Locations/Inter-company transit".\n'
            "Verify the routes configuration on the product."
        )

    def _refuse_second_confirmation(self, row: Row) -> None:
        if self.env.version == 17:
            raise UserError(
                f"The following orders are not in a state requiring confirmation: {row['name']}"
            )
        if self.env.version > 17:
            raise UserError("Some orders are not in a state requiring confirmation.")
        if row["state"] in ("done", "cancel"):
            raise UserError(
                f"It is not allowed to confirm an order in the following states: {row['state']}"
            )

    def _is_locked(self, row: Row) -> bool:
        return bool(row["state"] == "done" or row.get("locked"))

    def _check_products(self, record_id: int) -> None:
        for line in self.product_lines(record_id):
            if not line.get("product_id"):
                raise UserError(
                    "Some order lines are missing a product, you need to correct them"
                    " before going further."
                )

    def _deliver(self, record_id: int) -> None:
        if not self.env.has("stock.warehouse"):
            return
        row = self.row(record_id)
        warehouse = self.env.store.table("stock.warehouse").rows[row["warehouse_id"]]
        wanted = {line["id"]: line["product_uom_qty"] for line in self.product_lines(record_id)}
        self._launch(record_id, warehouse["out_type_id"], wanted)

    def _cancel_dialogue(self, ids: list[int]) -> Row:
        return {
            "name": "Cancel Sales Order",
            "type": "ir.actions.act_window",
            "view_mode": "form",
            "res_model": "sale.order.cancel",
            "view_id": 900,
            "target": "new",
            "context": {"default_order_id": ids[0], "mark_so_as_canceled": True},
        }

    def _origin(self, row: Row) -> str:
        """Only 18 adds the customer's reference."""
        if self.env.version == 18 and row.get("client_order_ref"):
            return f"{row['name']} - {row['client_order_ref']}"
        return str(row["name"])

    def _on_creating(self, vals: Values) -> Values:
        refuse_fiscal_position(vals, "a sales order")
        for name in ("partner_invoice_id", "partner_shipping_id"):
            if vals.get("partner_id") and not vals.get(name):
                kind = "invoice" if name == "partner_invoice_id" else "delivery"
                vals[name] = self._address(vals["partner_id"], kind)
        return super()._on_creating(vals)

    def _address(self, partner: int, kind: str) -> int:
        partners = self.env.model("res.partner")
        for child in sorted(partners.table.with_value("parent_id", partner)):
            row = partners.row(child)
            if row.get("type") == kind and row.get("active"):
                return child
        return partner

    def _on_unlinking(self, ids: list[int]) -> None:
        for record_id in ids:
            if self.row(record_id)["state"] not in ("draft", "cancel"):
                raise UserError(
                    "You can not delete a sent quotation or a confirmed sales order."
                    " You must first cancel it."
                )

    def _on_writing(self, record_id: int, vals: Values) -> None:
        refuse_fiscal_position(vals, "a sales order")
        row = self.row(record_id)
        changed = vals.get("pricelist_id", row.get("pricelist_id")) != row.get("pricelist_id")
        if changed and row["state"] == "sale" and self.env.version in (17, 18):
            raise UserError("You cannot change the pricelist of a confirmed order !")

    def _currency(self, row: Row) -> int:
        pricelist = self.env.store.table("product.pricelist").rows.get(row.get("pricelist_id") or 0)
        if pricelist:
            return int(pricelist["currency_id"])
        return int(self.env.store.table("res.company").rows[1]["currency_id"])

    def _states(self, row: Row) -> list[str]:
        if not self.env.has("stock.picking"):
            return []
        pickings = self.env.business("stock.picking")
        return [pickings.value(each, "state") for each in self.pickings(row)]

    def _picking_count(self, row: Row) -> int:
        return len(self.pickings(row))

    def _delivery_status(self, row: Row) -> str | None:
        states = self._states(row)
        if not states or all(each == "cancel" for each in states):
            return None
        if all(each in ("done", "cancel") for each in states):
            return "full"
        if "done" not in states:
            return "pending"
        get = self.env.model(self.LINE).getter("qty_delivered")
        some = any(get(line) for line in self.product_lines(row["id"]))
        return "partial" if some else "started"

    def _effective_date(self, row: Row) -> str | None:
        rows = self.env.store.table("stock.picking").rows if self.env.has("stock.picking") else {}
        dates = (rows[each].get("date_done") for each in self.pickings(row))
        return min((each for each in dates if each), default=None)

    def _invoice_status(self, row: Row) -> str:
        if row["state"] not in ("sale", "done"):
            return "no"
        get = self.env.model(self.LINE).getter("invoice_status")
        return order_status([get(line) for line in self.product_lines(row["id"])])

    def _invoices(self, row: Row) -> list[int]:
        """The newest first, as their journal items stand."""
        rows = self.env.store.table("account.move.line").rows
        lines = (each for line in self.product_lines(row["id"]) for each in _invoice_lines(line))
        moves = {rows[each]["move_id"] for each in lines}
        if not moves:
            return []
        domain = [("id", "in", sorted(moves)), ("move_type", "in", ["out_invoice", "out_refund"])]
        found: list[int] = self.env.model("account.move").search(
            domain, order="date desc, name desc, id"
        )
        return found

    def _invoice_count(self, row: Row) -> int:
        return len(self._invoices(row))

    def _invoiced(self, row: Row) -> float:
        """17 counts drafts too, later versions what is posted."""
        get = self.env.business(self.LINE).invoiced_total
        return rounded(sum(get(line) for line in self.product_lines(row["id"])), 6)

    def _to_invoice(self, row: Row) -> float:
        return rounded(self._amount(row) - self._invoiced(row), 6)

    def _rate(self, row: Row) -> float:
        del row
        return 1.0


def _invoice_lines(line: Row) -> tuple[int, ...]:
    return tuple(line.get("invoice_lines") or ())


def _in_a_month(stamp: str) -> str:
    day = datetime.strptime(stamp[:10], "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=30)
    return day.strftime("%Y-%m-%d")
