"""Lines of sales orders: what was ordered, delivered and invoiced."""

from typing import ClassVar

from qantara.sandbox.odoo.business.amending import follow, refuse_locked, refuse_removal, sold_anew
from qantara.sandbox.odoo.business.invoicing import invoiced, line_status
from qantara.sandbox.odoo.business.orders import OrderLine
from qantara.sandbox.odoo.errors import CheckError, UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded


class SaleOrderLine(OrderLine):
    """The price is the price list's where it has a fixed one, else the product's."""

    QUANTITY = "product_uom_qty"
    DEFAULT_TAXES = "taxes_id"
    DEFAULTS: ClassVar = {
        "sequence": 10,
        "discount": 0.0,
        "customer_lead": 0.0,
    }
    COMPUTES: ClassVar = {
        "price_subtotal": "_subtotal",
        "price_tax": "_tax_amount",
        "price_total": "_total",
        "price_reduce_taxexcl": "_reduced",
        "price_reduce_taxinc": "_reduced_with_tax",
        "product_type": "_product_type",
        "qty_delivered": "_delivered",
        "qty_delivered_method": "_delivered_method",
        "qty_invoiced": "_invoiced",
        "qty_invoiced_posted": "_invoiced_posted",
        "untaxed_amount_invoiced": "_untaxed_invoiced",
        "untaxed_amount_to_invoice": "_untaxed_to_invoice",
        "qty_to_invoice": "_to_invoice",
        "qty_to_deliver": "_to_deliver",
        "invoice_status": "_invoice_status",
    }
    RELATED: ClassVar = {
        "order_partner_id": "order_id.partner_id",
        "company_id": "order_id.company_id",
        "currency_id": "order_id.currency_id",
        "state": "order_id.state",
        "warehouse_id": "order_id.warehouse_id",
        "product_template_id": "product_id.product_tmpl_id",
    }

    @property
    def tax_field(self) -> str:
        return "tax_ids" if "tax_ids" in self.fields else "tax_id"

    def _on_creating(self, vals: Values) -> Values:
        vals.setdefault("product_uom_qty", 0.0 if vals.get("display_type") else 1.0)
        vals = self._fill_from_product(vals, bought=False)
        if vals.get("product_id") and "price_unit" not in vals and not vals.get("display_type"):
            vals["price_unit"] = self._listed_price(vals)
        return {"price_unit": 0.0, **vals}

    def _listed_price(self, vals: Values) -> float:
        products = self.env.model("product.product")
        product = int(str(vals["product_id"]))
        listed = float(products.value(product, "lst_price"))
        order = self.env.store.table("sale.order").rows.get(vals.get("order_id") or 0)
        pricelist = order.get("pricelist_id") if order else None
        if not pricelist or not self.env.has("product.pricelist.item"):
            return listed
        quantity = float(vals.get(self.QUANTITY) or 0.0)
        items = self.env.business("product.pricelist.item")
        found = items.price_of(pricelist, product, quantity)
        return listed if found is None else float(found)

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        row = self.row(record_id)
        if self.env.version < 18 and not row.get("display_type"):
            self._check_accountable(row)
        orders = self.env.business("sale.order")
        order = orders.row(row["order_id"])
        if order["state"] == "sale" and self.env.has("stock.warehouse"):
            rows = self.env.store.table("stock.warehouse").rows
            kind = rows[order["warehouse_id"]]["out_type_id"]
            orders._launch(order["id"], kind, {record_id: row["product_uom_qty"]})  # noqa: SLF001

    def _on_writing(self, record_id: int, vals: Values) -> None:
        held = self.row(record_id)
        order = self.env.business("sale.order").row(held["order_id"])
        if order["state"] == "done" or order.get("locked"):
            refuse_locked(held, vals)
        if order["state"] != "sale" or held.get("display_type"):
            return
        if float(vals.get(self.QUANTITY, held[self.QUANTITY]) or 0) < self._delivered(held):
            raise UserError(
                "The ordered quantity of a sale order line cannot be decreased below the amount"
                " already delivered. Instead, create a return in your inventory."
            )
        product = vals.get("product_id", held.get("product_id"))
        if self.env.version > 16 and product != held.get("product_id"):
            raise UserError("You cannot modify the product of this order line.")

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids:
            if self.QUANTITY in vals or "price_unit" in vals:
                sold_anew(self, record_id, vals)
            row = self.row(record_id)
            orders = self.env.business("sale.order")
            order = orders.row(row["order_id"])
            if self.QUANTITY in vals and order["state"] == "sale" and not row.get("display_type"):
                rows = self.env.store.table("stock.warehouse").rows
                kind = rows[order["warehouse_id"]]["out_type_id"] if rows else 0
                follow(orders, kind, "sale_line_id", row, row[self.QUANTITY])

    def _on_unlinking(self, ids: list[int]) -> None:
        for record_id in ids:
            row = self.row(record_id)
            if self.getter("state")(row) in ("sale", "done") and not row.get("display_type"):
                refuse_removal(self.env.version)

    def _check_accountable(self, row: Row) -> None:
        """16, 17: the table's own condition; later versions refuse at confirmation."""
        if row.get("product_id") is None or row.get(self.unit_field) is None:
            raise CheckError("Missing required fields on accountable sale order line.")

    def _display_name(self, row: Row) -> str:
        """`S00001 - Chair`, and from 17 with the customer."""
        orders = self.env.model("sale.order")
        order = orders.row(row["order_id"])
        shown = f"{order['name']} - {str(row['name']).partition(chr(10))[0]}"
        if self.env.version == 16:
            return shown
        return f"{shown} ({orders.read([order['id']], ['partner_id'])[0]['partner_id'][1]})"

    def _reduced(self, row: Row) -> float:
        return self._per_unit(row, self._subtotal(row))

    def _reduced_with_tax(self, row: Row) -> float:
        return self._per_unit(row, self._total(row))

    def _per_unit(self, row: Row, amount: float) -> float:
        quantity = row.get("product_uom_qty") or 0.0
        return amount / quantity if quantity else 0.0

    def _delivered(self, row: Row) -> float:
        return self.moved(row, "sale_line_id")

    def _delivered_method(self, row: Row) -> str | None:
        goods = row.get("product_id") and self._product_type(row) != "service"
        return "stock_move" if goods and self.env.has("stock.move") else "manual"

    def _sum(self, row: Row, name: str, *, posted: bool = False) -> float:
        found = invoiced(self.env, row, posted=posted) if self.env.has("account.move") else []
        return float(sum(sign * (line.get(name) or 0.0) for sign, line in found))

    def _invoiced(self, row: Row) -> float:
        return self._sum(row, "quantity")

    def _invoiced_posted(self, row: Row) -> float:
        return self._sum(row, "quantity", posted=True)

    def _untaxed_invoiced(self, row: Row) -> float:
        return self._sum(row, "price_subtotal", posted=True)

    def _untaxed_to_invoice(self, row: Row) -> float:
        """Of what is to be invoiced by the product's policy, less what is posted."""
        if self.getter("state")(row) not in ("sale", "done") or row.get("product_id") is None:
            return 0.0
        ordered = row.get("product_uom_qty") or 0.0
        part = self._due(row) / ordered if ordered else 0.0
        left = self._subtotal(row) * part - self._untaxed_invoiced(row)
        return max(rounded(left, self._digits(row)), 0.0)

    def invoiced_total(self, row: Row) -> float:
        """With taxes; on 17 drafts count."""
        return self._sum(row, "price_total", posted=self.env.version > 17)

    def _due(self, row: Row) -> float:
        policy = self.env.model("product.product").value(row["product_id"], "invoice_policy")
        return self._delivered(row) if policy == "delivery" else float(row["product_uom_qty"])

    def _to_invoice(self, row: Row) -> float:
        if self.getter("state")(row) not in ("sale", "done") or row.get("product_id") is None:
            return 0.0
        return self._due(row) - self._invoiced(row)

    def _to_deliver(self, row: Row) -> float:
        return float(row.get("product_uom_qty") or 0.0) - self._delivered(row)

    def _invoice_status(self, row: Row) -> str:
        if self.getter("state")(row) not in ("sale", "done"):
            return "no"
        left, quantity = self._to_invoice(row), self._invoiced(row)
        return line_status(row, left, quantity, self._delivered(row))
