"""From sales orders to invoices: what is to be invoiced, and the dialogue that does it."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business.dialogues import Dialogue
from qantara.sandbox.odoo.business.journals import refuse_fiscal_position
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row

NOTHING_16 = (
    "There is nothing to invoice!\n\n"
    "Reason(s) of this behavior could be:\n"
    "- You should deliver your products before invoicing them.\n"
    "- You should modify the invoicing policy of your product: Open the product, go to the"
    ' "Sales" tab and modify invoicing policy from "delivered quantities" to "ordered quantities".'
    " For Services, you should modify the Service Invoicing Policy to 'Prepaid'."
)
NOTHING = (
    "Cannot create an invoice. No items are available to invoice.\n\n"
    "To resolve this issue, please ensure that:\n"
    "   • The products have been delivered before attempting to invoice them.\n"
    "   • The invoicing policy of the product is configured correctly.\n\n"
    "If you want to invoice based on ordered quantities instead:\n"
    "   • For consumable or storable products, open the product, go to the 'General Information'"
    " tab and change the 'Invoicing Policy' from 'Delivered Quantities' to 'Ordered Quantities'.\n"
    "   • For services (and other products), change the 'Invoicing Policy' to"
    " 'Prepaid/Fixed Price'.\n"
)


class AdvancePayment(Dialogue):
    """Regular invoices only: down payments are refused."""

    DEFAULTS: ClassVar = {
        "advance_payment_method": "delivered",
        "deduct_down_payments": True,
        "consolidated_billing": True,
        "company_id": 1,
        "sale_order_ids": lambda model: model.chosen(),
    }
    COMPUTES: ClassVar = {
        "count": "_count",
        "has_down_payments": "_never",
        "currency_id": "_currency",
        "amount_invoiced": "_invoiced",
        "amount_to_invoice": "_to_invoice",
    }
    METHODS = frozenset({"create_invoices"})
    KNOWN = frozenset({"view_draft_invoices"})

    def chosen(self) -> list[tuple[int, int, list[int]]]:
        """The orders the dialogue was opened on."""
        return [(6, 0, list(self.env.context.get("active_ids") or ()))]

    def create_invoices(self, ids: list[int]) -> Row:
        """Draft invoices; an action that from 17 on names the one that was made."""
        (record_id,) = self.existing(ids)
        row = self.row(record_id)
        if row["advance_payment_method"] != "delivered":
            raise NotImitated("down payments")
        made = make_invoices(self.env, list(row.get("sale_order_ids") or ()))
        if self.env.version == 16 and not self.env.context.get("open_invoices"):
            return {"type": "ir.actions.act_window_close"}
        action: Row = {
            "name": "Invoices",
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "domain": "[('move_type', 'in', ['out_invoice', 'out_refund'])]",
        }
        if len(made) != 1:
            return {**action, "domain": [["id", "in", made]]}
        return {**action, "res_id": made[0], "context": {"default_move_type": "out_invoice"}}

    def _orders(self, row: Row) -> list[int]:
        return list(row.get("sale_order_ids") or ())

    def _count(self, row: Row) -> int:
        return len(self._orders(row))

    def _currency(self, row: Row) -> Any:
        orders = self._orders(row)
        return self.env.model("sale.order").value(orders[0], "currency_id") if orders else None

    def _sum(self, row: Row, name: str) -> float:
        orders = self.env.model("sale.order")
        return float(sum(orders.value(each, name) for each in self._orders(row)))

    def _invoiced(self, row: Row) -> float:
        return self._sum(row, "amount_invoiced")

    def _to_invoice(self, row: Row) -> float:
        return self._sum(row, "amount_to_invoice")

    def _never(self, row: Row) -> bool:
        del row
        return False


def make_invoices(env: Env, orders: list[int]) -> list[int]:
    """Draft invoices of what is to invoice, one per customer and currency."""
    model = env.business("sale.order")
    groups: dict[tuple[Any, ...], list[int]] = {}
    for order in model.existing(orders):
        if _to_invoice(env, order):
            row = model.row(order)
            key = (row["partner_invoice_id"], model.value(order, "currency_id"))
            groups.setdefault(key, []).append(order)
    if not groups:
        raise UserError(NOTHING_16 if env.version == 16 else NOTHING)
    return [_make(env, group) for group in groups.values()]


def _to_invoice(env: Env, order: int) -> list[Row]:
    lines = env.model("sale.order.line")
    get = lines.getter("qty_to_invoice")
    return [row for row in env.business("sale.order").product_lines(order) if get(row)]


def _make(env: Env, orders: list[int]) -> int:
    model = env.business("sale.order")
    rows = [model.row(each) for each in orders]
    refuse_fiscal_position(rows[0], "an order to invoice")
    if any(row.get("payment_term_id") for row in rows):
        raise NotImitated("invoicing an order with payment terms")
    refs = dict.fromkeys(each for row in rows if (each := _reference(env, row)))
    vals: Values = {
        "move_type": "out_invoice",
        "partner_id": rows[0]["partner_invoice_id"],
        "partner_shipping_id": rows[0]["partner_shipping_id"],
        "currency_id": model.value(orders[0], "currency_id"),
        "invoice_origin": ", ".join(row["name"] for row in rows),
        "ref": ", ".join(refs),
        "invoice_user_id": rows[0].get("user_id") or False,
    }
    if "team_id" in env.database.schema["account.move"].fields:
        vals["team_id"] = rows[0].get("team_id") or False
    lines = [_line(env, line) for order in orders for line in _invoiceable(env, order)]
    if sum(each.get("quantity", 0.0) * each.get("price_unit", 0.0) for each in lines) < 0:
        vals["move_type"] = "out_refund"  # what comes to less than nothing is given back
        lines = [{**each, **_turned(each)} for each in lines]
    commands = [(0, 0, {**line, "sequence": place}) for place, line in enumerate(lines)]
    return int(env.model("account.move").make({**vals, "invoice_line_ids": commands}))


def _turned(line: Values) -> Values:
    return {"quantity": -line["quantity"]} if "quantity" in line else {}


def _invoiceable(env: Env, order: int) -> list[Row]:
    """The lines of products, and sections and notes around them."""
    rows = env.store.table("sale.order.line").rows
    wanted = {row["id"] for row in _to_invoice(env, order)}
    lines = env.model("sale.order.line")
    listed = lines.find([("order_id", "=", order)])
    return [rows[row["id"]] for row in listed if row["id"] in wanted or row.get("display_type")]


def _reference(env: Env, row: Row) -> str | None:
    """The customer's own; 19 takes the order's number where there is none."""
    own: str | None = row.get("client_order_ref")
    return own or (row["name"] if env.version >= 19 else None)


def _line(env: Env, row: Row) -> Values:
    model = env.business("sale.order.line")
    if row.get("display_type"):
        told = {"name": row["name"], "display_type": row["display_type"]}
        return {**told, "sale_line_ids": [(6, 0, [row["id"]])]}
    return {
        "name": _label(env, row),
        "product_id": row["product_id"],
        "product_uom_id": row.get(model.unit_field) or False,
        "quantity": model.value(row["id"], "qty_to_invoice"),
        "price_unit": row["price_unit"],
        "discount": row.get("discount") or 0.0,
        "tax_ids": [(6, 0, list(row.get(model.tax_field) or ()))],
        "sale_line_ids": [(6, 0, [row["id"]])],
    }


def _label(env: Env, row: Row) -> str:
    """From 18 the product's name comes before what the order's line says, on 19 above it."""
    products = env.model("product.product")
    name = str(row["name"])
    product = products.display_name(products.row(row["product_id"]))
    if env.version < 18 or name.startswith(product):
        return name
    return f"{product}\n{name}" if env.version >= 19 else f"{product} {name}"


def invoiced(env: Env, row: Row, *, posted: bool = False) -> list[tuple[int, Row]]:
    """The invoice lines of an order's line that count, with their sign."""
    lines = env.store.table("account.move.line").rows
    moves = env.store.table("account.move").rows
    found = []
    for each in row.get("invoice_lines") or ():
        line = lines[each]
        move = moves[line["move_id"]]
        if move["state"] == "posted" or (move["state"] == "draft" and not posted):
            found.append((-1 if move["move_type"] == "out_refund" else 1, line))
    return found


def line_status(row: Row, to_invoice: float, quantity: float, delivered: float) -> str:
    """Of a line of a confirmed order."""
    ordered = row.get("product_uom_qty") or 0.0
    if to_invoice:
        return "to invoice"
    if delivered > ordered:
        return "upselling"
    return "invoiced" if quantity >= ordered else "no"


def order_status(states: list[str]) -> str:
    """Of a confirmed order, from its lines."""
    if "to invoice" in states:
        return "to invoice"
    if states and set(states) == {"invoiced"}:
        return "invoiced"
    return "upselling" if states and set(states) <= {"invoiced", "upselling"} else "no"
