"""Purchase orders: from a request for quotation to a receipt."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business.amending import follow
from qantara.sandbox.odoo.business.orders import Order, OrderLine
from qantara.sandbox.odoo.errors import UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row


class PurchaseOrder(Order):
    """Approval in two steps is not imitated: what is confirmed is approved."""

    LINE = "purchase.order.line"
    PREFIX = "P"
    ORDER = "priority desc, id desc"
    DEFAULTS: ClassVar = {
        "state": "draft",
        "priority": "0",
        "company_id": 1,
        "locked": False,
        "user_id": lambda model: model.env.uid,
        "date_order": lambda model: model.env.stamp[:19],
        "currency_id": lambda model: model.env.store.table("res.company").rows[1]["currency_id"],
        "picking_type_id": lambda model: model.env.reference("stock.picking_type_in"),
    }
    COMPUTES: ClassVar = {
        "amount_untaxed": "_untaxed",
        "amount_tax": "_tax",
        "amount_total": "_amount",
        "picking_ids": "pickings",
        "incoming_picking_count": "_picking_count",
        "receipt_status": "_receipt_status",
        "effective_date": "_effective_date",
        "is_shipped": "_is_shipped",
        "invoice_status": "_invoice_status",
        "date_calendar_start": "_calendar_start",
    }
    METHODS = frozenset(
        {
            *("button_confirm", "button_cancel", "button_draft", "button_done", "button_lock"),
            *("button_unlock", "message_post"),
        }
    )
    KNOWN = frozenset({"copy", "button_approve", "action_create_invoice", "action_rfq_send"})

    def button_confirm(self, ids: list[int]) -> bool:
        """Safe to repeat: what is not a request any more stays as it is."""
        for record_id in self.existing(ids):
            row = self.row(record_id)
            if row["state"] not in ("draft", "sent"):
                continue
            self._note_supplier(record_id)
            self.put(record_id, state="purchase", date_approve=self.env.stamp)
            wanted = {line["id"]: line["product_qty"] for line in self.product_lines(record_id)}
            self._launch(record_id, row["picking_type_id"], wanted)
        return True

    def button_cancel(self, ids: list[int]) -> None:
        """Until 18 refused when something has been received."""
        for record_id in self.existing(ids):
            states = self._states(self.row(record_id))
            if "done" in states and self.env.version < 19:
                raise UserError(self._received_already(record_id))
            for each in self.pickings(self.row(record_id)):
                pickings = self.env.business("stock.picking")
                if pickings.value(each, "state") != "done":
                    pickings.action_cancel([each])
            self.put(record_id, state="cancel")

    def _received_already(self, record_id: int) -> str:
        row = self.row(record_id)
        if self.env.version < 18:
            return (
                f"Unable to cancel purchase order {row['name']}"
                " as some receptions have already been done."
            )
        return (
            f"Unable to cancel purchase order(s): {self.display_name(row)}"
            " since they have receipts that are already done."
        )

    def _display_name(self, row: Row) -> str:
        reference = row.get("partner_ref")
        return f"{row['name']} ({reference})" if reference else str(row["name"])

    def button_draft(self, ids: list[int]) -> dict[str, Any]:
        for record_id in self.existing(ids):
            self.put(record_id, state="draft")
        return {}

    def button_done(self, ids: list[int]) -> None:
        """A state until 18, a flag from 19."""
        for record_id in self.existing(ids):
            self.put(record_id, state="done")

    def button_lock(self, ids: list[int]) -> None:
        for record_id in self.existing(ids):
            self.put(record_id, locked=True)

    def button_unlock(self, ids: list[int]) -> None:
        for record_id in self.existing(ids):
            unlocked = {"locked": False} if "locked" in self.fields else {"state": "purchase"}
            self.put(record_id, **unlocked)

    def _on_created(self, record_id: int, vals: Values) -> None:
        if not vals.get("date_planned"):
            dates = [row.get("date_planned") for row in self.product_lines(record_id)]
            known = [each for each in dates if each]
            if known:
                self.put(record_id, date_planned=min(known))

    def date_anew(self, record_id: int) -> None:
        """The first date of its items, those of nothing too."""
        dates = [row.get("date_planned") for row in self.product_lines(record_id)]
        if known := [each for each in dates if each]:
            self.put_quietly(record_id, date_planned=min(known))

    def _on_unlinking(self, ids: list[int]) -> None:
        for record_id in ids:
            if self.row(record_id)["state"] != "cancel":
                raise UserError("In order to delete a purchase order, you must cancel it first.")

    def _note_supplier(self, record_id: int) -> None:
        """Who sells a product to us is noted as its vendor, with the price."""
        partners = self.env.model("res.partner")
        row = self.row(record_id)
        vendor = partners.value(row["partner_id"], "commercial_partner_id")
        infos = self.env.model("product.supplierinfo")
        for line in self.product_lines(record_id):
            if not line.get("product_id"):
                continue
            template = self.env.model("product.product").value(
                line["product_id"], "product_tmpl_id"
            )
            held = [infos.row(i) for i in infos.table.with_value("product_tmpl_id", template)]
            if len(held) > 10 or any(each["partner_id"] == vendor for each in held):
                continue
            infos.make(
                {
                    "partner_id": vendor,
                    "product_tmpl_id": template,
                    "price": line.get("price_unit") or 0.0,
                    "currency_id": row["currency_id"],
                    "sequence": max([each.get("sequence") or 0 for each in held], default=0) + 1,
                    "delay": 0,
                    "min_qty": 1.0,
                }
            )

    def _states(self, row: Row) -> list[str]:
        pickings = self.env.business("stock.picking") if self.env.has("stock.picking") else None
        if pickings is None:
            return []
        return [pickings.value(each, "state") for each in self.pickings(row)]

    def _picking_count(self, row: Row) -> int:
        return len(self.pickings(row))

    def _receipt_status(self, row: Row) -> str | None:
        states = self._states(row)
        if not states or all(each == "cancel" for each in states):
            return None
        if all(each in ("done", "cancel") for each in states):
            return "full"
        return "partial" if "done" in states else "pending"

    def _effective_date(self, row: Row) -> str | None:
        rows = self.env.store.table("stock.picking").rows if self.env.has("stock.picking") else {}
        dates = (rows[each].get("date_done") for each in self.pickings(row))
        return min((each for each in dates if each), default=None)

    def _is_shipped(self, row: Row) -> bool:
        states = self._states(row)
        return bool(states) and all(each in ("done", "cancel") for each in states)

    def _invoice_status(self, row: Row) -> str:
        """Bills are not imitated, so what is received waits to be billed."""
        if row["state"] not in ("purchase", "done"):
            return "no"
        lines = self.env.model(self.LINE)
        waiting = any(
            lines.getter("qty_to_invoice")(each) for each in self.product_lines(row["id"])
        )
        return "to invoice" if waiting else "no"

    def _calendar_start(self, row: Row) -> Any:
        return row.get("date_approve") or row.get("date_order")


class PurchaseOrderLine(OrderLine):
    """The price comes from the vendor's list or the product's cost."""

    QUANTITY = "product_qty"
    DEFAULT_TAXES = "supplier_taxes_id"
    DEFAULTS: ClassVar = {
        "sequence": 10,
        "discount": 0.0,
        "qty_received_manual": 0.0,
    }
    COMPUTES: ClassVar = {
        "price_subtotal": "_subtotal",
        "price_tax": "_tax_amount",
        "price_total": "_total",
        "price_unit_discounted": "_discounted",
        "product_uom_qty": "_own_unit_quantity",
        "product_type": "_product_type",
        "qty_received": "_received",
        "qty_received_method": "_received_method",
        "qty_invoiced": "_zero",
        "qty_to_invoice": "_to_invoice",
    }
    RELATED: ClassVar = {
        "partner_id": "order_id.partner_id",
        "company_id": "order_id.company_id",
        "currency_id": "order_id.currency_id",
        "state": "order_id.state",
        "date_order": "order_id.date_order",
    }

    @property
    def tax_field(self) -> str:
        return "tax_ids" if "tax_ids" in self.fields else "taxes_id"

    def _on_creating(self, vals: Values) -> Values:
        if not vals.get("display_type"):
            vals.setdefault("product_qty", 1.0)
        vals = self._fill_from_product(vals, bought=True)
        orders = self.env.store.table("purchase.order").rows
        order = orders.get(vals.get("order_id") or 0)
        if order and not vals.get("display_type"):
            vals.setdefault("date_planned", (order.get("date_planned") or order["date_order"])[:19])
            if "price_unit" not in vals and vals.get("product_id"):
                vals["price_unit"] = self._price(vals["product_id"], order["partner_id"])
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        row = self.row(record_id)
        orders = self.env.business("purchase.order")
        order = orders.row(row["order_id"])
        planned = row.get("date_planned")
        if planned and (order.get("date_planned") or "9") > planned:
            orders.put_quietly(order["id"], date_planned=planned)
        if order["state"] == "purchase" and not row.get("display_type"):
            wanted = {record_id: row["product_qty"]}
            orders._launch(order["id"], order["picking_type_id"], wanted)  # noqa: SLF001

    def _on_writing(self, record_id: int, vals: Values) -> None:
        held = self.row(record_id)
        confirmed = self.getter("state")(held) in ("purchase", "done")
        asked = float(vals.get(self.QUANTITY, held.get(self.QUANTITY)) or 0.0)
        received = self._received(held) if confirmed and not held.get("display_type") else 0.0
        if asked < received:
            raise UserError(
                "You cannot decrease the ordered quantity below the received quantity.\n"
                "Create a return first."
            )

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids:
            row = self.row(record_id)
            if row.get("display_type"):
                continue
            orders = self.env.business("purchase.order")
            order = orders.row(row["order_id"])
            if self.QUANTITY in vals:
                self._bought_anew(record_id, vals)
            orders.date_anew(row["order_id"])
            if self.QUANTITY in vals and order["state"] == "purchase":
                kind, quantity = order["picking_type_id"], row[self.QUANTITY]
                follow(orders, kind, "purchase_line_id", row, quantity)

    def _bought_anew(self, record_id: int, vals: Values) -> None:
        """Another quantity takes price and date of the vendor's list, where he is on it."""
        row = self.row(record_id)
        partner = self.env.store.table("purchase.order").rows[row["order_id"]]["partner_id"]
        offered = self._offered(row["product_id"], partner) if row.get("product_id") else None
        if offered is not None:
            fresh = {"price_unit": offered, "date_planned": self.env.stamp[:19]}
            changed = {name: value for name, value in fresh.items() if name not in vals}
            self.put_quietly(record_id, **changed)

    def _on_unlinking(self, ids: list[int]) -> None:
        for record_id in ids:
            row = self.row(record_id)
            state = self.getter("state")(row)
            kept = self.env.version == 16 or not row.get("display_type")
            if state in ("purchase", "done") and kept:
                label = "Purchase Order" if state == "purchase" else "Locked"
                raise UserError(f"Cannot delete a purchase order line which is in state '{label}'.")

    def _price(self, product: int, partner: int) -> float:
        offered = self._offered(product, partner)
        if offered is not None:
            return offered
        return float(self.env.model("product.product").value(product, "standard_price") or 0.0)

    def _offered(self, product: int, partner: int) -> float | None:
        """What the vendor's list says."""
        products = self.env.model("product.product")
        infos = self.env.model("product.supplierinfo")
        template = products.value(product, "product_tmpl_id")
        vendor = self.env.model("res.partner").value(partner, "commercial_partner_id")
        rows = [infos.row(each) for each in infos.table.with_value("product_tmpl_id", template)]
        for row in sorted(rows, key=lambda each: (each.get("sequence") or 0, each["id"])):
            if row["partner_id"] in (partner, vendor) and row.get("product_id") in (None, product):
                return float(row.get("price") or 0.0)
        return None

    def _discounted(self, row: Row) -> float:
        return float((row.get("price_unit") or 0.0) * (1 - (row.get("discount") or 0.0) / 100))

    def _own_unit_quantity(self, row: Row) -> float:
        quantity = float(row.get("product_qty") or 0.0)
        unit = row.get(self.unit_field)
        if row.get("product_id") is None or unit is None:
            return quantity
        own = self.env.model("product.product").value(row["product_id"], "uom_id")
        return float(self.env.business("uom.uom").convert(quantity, unit, own))

    def _received(self, row: Row) -> float:
        if self._received_method(row) == "manual":
            return float(row.get("qty_received_manual") or 0.0)
        return self.moved(row, "purchase_line_id")

    def _received_method(self, row: Row) -> str | None:
        if row.get("product_id") is None:
            return None
        service = self._product_type(row) == "service"
        return "manual" if service or not self.env.has("stock.move") else "stock_moves"

    def _zero(self, row: Row) -> float:
        del row
        return 0.0

    def _to_invoice(self, row: Row) -> float:
        if self.getter("state")(row) not in ("purchase", "done"):
            return 0.0
        if row.get("product_id") is None:
            return 0.0
        method = self.env.model("product.product").value(row["product_id"], "purchase_method")
        return float(row["product_qty"]) if method == "purchase" else self._received(row)


class PaymentTerm(Model):
    """Only a name: when what is due is not imitated."""

    DEFAULTS: ClassVar = {"active": True, "sequence": 10}
