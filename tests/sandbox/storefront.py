"""A store's order in Odoo over RPC, from the quotation to the refund, for the tests."""

from typing import Any

from tests.sandbox.callers import Rpc, goods


class Storefront:
    """Two taxes of 15 %, one included in the price, one not, and one of 5 %; a product and a fee."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.version = rpc.stand.version
        self.included = self.tax("15% included", 15, inside=True)
        self.excluded = self.tax("15% on top", 15, inside=False)
        self.reduced = self.tax("5% on top", 5, inside=False)
        desk = goods(self.version, name="Desk", default_code="DESK", list_price=10)
        self.desk = rpc("product.product", "create", desk)
        fee = {"name": "Delivery", "default_code": "SHIP", "type": "service"}
        self.fee = rpc("product.product", "create", fee)
        self.customer = rpc("res.partner", "create", {"name": "Store Customer"})
        self.bank = rpc("account.journal", "search", [["type", "=", "bank"]])[0]
        (self.currency,) = rpc("res.company", "search_read", [], ["currency_id"])

    def tax(self, name: str, amount: float, *, inside: bool) -> int:
        vals: dict[str, Any] = {"name": name, "amount": amount, "type_tax_use": "sale"}
        if self.version >= 18:
            vals["price_include_override"] = "tax_included" if inside else "tax_excluded"
        else:
            vals["price_include"] = inside
        return int(self.rpc("account.tax", "create", vals))

    def line(self, product: int, quantity: float, price: float, tax: int, **more: Any) -> list[Any]:
        name = "tax_ids" if self.version >= 19 else "tax_id"
        vals = {"product_id": product, "product_uom_qty": quantity, "price_unit": price}
        return [0, 0, {**vals, name: [[6, 0, [tax]]], **more}]

    def order(self, *lines: list[Any], confirm: bool = True, **vals: Any) -> int:
        told = {"partner_id": self.customer, "order_line": list(lines), **vals}
        order = int(self.rpc("sale.order", "create", told))
        if confirm:
            self.rpc("sale.order", "action_confirm", [order])
        return order

    def usual(self, **vals: Any) -> int:
        """Three desks with their tax in the price, and a delivery fee."""
        desks = self.line(self.desk, 3, 11.5, self.included)
        fee = self.line(self.fee, 1, 5, self.reduced, name="Express")
        return self.order(desks, fee, **vals)

    def invoice(self, order: int) -> int:
        """A draft of what is to be invoiced."""
        before = self.invoices(order)
        vals = {"advance_payment_method": "delivered", "sale_order_ids": [[6, 0, [order]]]}
        wizard = self.rpc("sale.advance.payment.inv", "create", vals)
        self.rpc("sale.advance.payment.inv", "create_invoices", [wizard])
        (made,) = set(self.invoices(order)) - set(before)
        return int(made)

    def invoices(self, order: int) -> list[int]:
        return list(self.rpc("sale.order", "read", [order], ["invoice_ids"])[0]["invoice_ids"])

    def posted(self, order: int) -> int:
        invoice = self.invoice(order)
        self.rpc("account.move", "action_post", [invoice])
        return invoice

    def pay(self, move: int, **vals: Any) -> int:
        context = {"active_model": "account.move", "active_ids": [move]}
        wizard = self.rpc("account.payment.register", "create", vals, context=context)
        action = self.rpc("account.payment.register", "action_create_payments", [wizard])
        return int(action["res_id"])

    def note(self, invoice: int, quantity: float, price: float, **vals: Any) -> int:
        """A credit note by hand, a draft."""
        line = {"product_id": self.desk, "quantity": quantity, "price_unit": price}
        told = {
            "move_type": "out_refund",
            "partner_id": self.customer,
            "reversed_entry_id": invoice,
            "invoice_line_ids": [[0, 0, {**line, "tax_ids": [[6, 0, [self.excluded]]]}]],
        }
        return int(self.rpc("account.move", "create", {**told, **vals}))

    def read(self, model: str, record: int, *fields: str) -> tuple[Any, ...]:
        (row,) = self.rpc(model, "read", [record], list(fields))
        return tuple(row[field] for field in fields)

    def owed(self, move: int) -> int:
        """The journal item of what the customer owes or is owed."""
        domain = [["move_id", "=", move], ["display_type", "=", "payment_term"]]
        return int(self.rpc("account.move.line", "search", domain)[0])

    def sold(self, order: int, *fields: str) -> list[tuple[Any, ...]]:
        rows = self.rpc("sale.order.line", "search_read", [["order_id", "=", order]], list(fields))
        return [tuple(row[field] for field in fields) for row in rows]
