"""Orders of a store, refunds, shipments and options as the connector contract needs them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from qantara.model import (
    Contact,
    Option,
    OptionValue,
    Ref,
    Refund,
    Replenishment,
    Shelf,
    StoreLine,
    StoreOrder,
    TaxAmount,
    Text,
)
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing import Sample
from tests.connectors.odoo.shopping import PLACED, Shop

D = Decimal
UNSHOWN = {
    "html": "It has a place only where Odoo's own shop is installed.",
    "published": "It has a place only where Odoo's own shop is installed.",
    "prices": "Price lists are read, and kept by people.",
    "categories": "Odoo's own shop has them; a product has one category.",
    "gallery": "Odoo's own shop has more pictures than one.",
    "digital": "It follows from the kind.",
}
ADDRESS = "It is kept as an address of the customer."
HUBS = "Odoo has no place for it."
UNWRITTEN = {
    "state": "Of the states only cancelled is written.",
    "billing": ADDRESS,
    "shipping_to": ADDRESS,
    "paid": "It follows from the payments.",
    "gross": "It follows from the taxes.",
    "method": HUBS,
    "payments": HUBS,
    "coupons": HUBS,
}
ONCE = dict.fromkeys(
    set(Refund.__dataclass_fields__) - {"extra"}, "A refund is made once and never changes."
)


def proposal(item: int, absent: str, number: int) -> Sample:
    """To buy the item again for the first warehouse; other numbers are another proposal for it."""
    shelf = Shelf(
        warehouse=Ref("warehouse", "1"), rule="ours", minimum=D(3 + number), maximum=D(50 + number)
    )
    told = Replenishment(product=Ref("variant", str(item)), sku="", name="Item", shelves=(shelf,))
    own = "It says which goods these are."
    nowhere = replace(shelf, warehouse=Ref("warehouse", absent))
    return Sample(
        record=told,
        changes={"shelves": (replace(shelf, minimum=D("2.5"), maximum=D("60.25")),)},
        unwritten={"product": own, "sku": own, "name": own},
        refused=replace(told, shelves=(nowhere,)),
    )


def order(sides: tuple[int, int, int], item: int, odoo: OdooStandIn, number: int) -> Sample:
    """An order of the first of the partners, then of the second; the third does not exist."""
    customer, other, absent = sides
    [name] = {
        row["name"]
        for row in odoo.rows("account.tax")
        if (row["amount"], row["type_tax_use"]) == (15, "sale")
    }
    told = StoreOrder(
        number=f"W{number:05}",
        state="processing",
        customer=Ref("partner", str(customer)),
        billing=Contact(name="Leila"),
        currency="SAR",
        placed_at=PLACED,
        lines=(
            _line(item, "1", "كرسي", (D(2), D(20)), _tax(name, "3")),
            _line(item, "2", "Post", (D(1), D("4.5")), (), kind="shipping", discount=D("0.5")),
        ),
        total=D("27.5"),
        note="Ring twice.\nMerci.",
    )
    dear = _line(item, "1", "Chair", (D(4), D(10)), _tax(name, "1.5"))
    changes = {
        "customer": Ref("partner", str(other)),
        "billing": Contact(name="Omar", email="omar@example.com"),
        "currency": "USD",
        "lines": (dear,),
        "total": D("11.5"),
    }
    return Sample(
        record=told,
        changes=changes,
        unwritten=UNWRITTEN,
        together=[frozenset({"currency", "lines", "total"})],
        refused=replace(told, customer=Ref("partner", str(absent)), lines=(), total=D(0)),
    )


def refund(shop: Shop, number: int) -> Sample:
    """One chair of an order that was invoiced and paid."""
    sold = _sold(shop, number)
    told = shop.refund(str(sold), number=f"{number}/1", payments=())
    return Sample(
        record=told,
        changes={name: getattr(told, name) for name in ONCE},
        unwritten=ONCE,
        refused=shop.refund("987654321", number=f"{number}/2"),
    )


def seeds(odoo: OdooStandIn, partner: int, item: int) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Quotations, credit notes of one order, and deliveries of it."""
    line = {"product_id": item, "name": "-", "product_uom_qty": 1, "price_unit": 1}
    one = odoo.create("sale.order", {"partner_id": partner, "order_line": [(0, 0, line)]})
    [row] = odoo.read("sale.order", [one], "name", "order_line")
    kind = next(each for each in odoo.rows("stock.picking.type") if each["code"] == "outgoing")
    customers = next(each for each in odoo.rows("stock.location") if each["usage"] == "customer")
    ends = {
        "location_id": kind["default_location_src_id"],
        "location_dest_id": customers["id"],
    }
    move = {
        "name": "-",
        "product_id": item,
        "product_uom_qty": 1,
        "state": "done",
        "sale_line_id": row["order_line"][0],
        **ends,
    }
    if odoo.version >= 19:
        del move["name"]
    picking = {"picking_type_id": kind["id"], **ends, "move_ids": [(0, 0, move)]}
    credit = {"name": "-", "quantity": 1, "price_unit": 1}
    note = {
        "move_type": "out_refund",
        "partner_id": partner,
        "invoice_origin": row["name"],
        "invoice_line_ids": [(0, 0, credit)],
    }
    return {
        "store_order": ("sale.order", {"partner_id": partner}, ""),
        "refund": ("account.move", note, ""),
        "shipment": ("stock.picking", picking, ""),
    }


def _sold(shop: Shop, number: int) -> int:
    """An order of three chairs with a posted invoice, made at the keyboard."""
    odoo = shop.odoo
    [tax] = [
        row["id"]
        for row in odoo.rows("account.tax")
        if (row["amount"], row["type_tax_use"]) == (15, "sale")
    ]
    taxes = "tax_ids" if odoo.version >= 19 else "tax_id"
    line = {"product_id": shop.chair, "name": "Chair", "product_uom_qty": 3, "price_unit": 3.33}
    line[taxes] = [(6, 0, [tax])]
    values = {
        "partner_id": shop.customer,
        "client_order_ref": f"W{number}",
        "order_line": [(0, 0, line)],
    }
    one = odoo.create("sale.order", values)
    odoo.call("sale.order", "action_confirm", [one])
    wizard = odoo.create(
        "sale.advance.payment.inv",
        {"advance_payment_method": "delivered", "sale_order_ids": [(6, 0, [one])]},
    )
    odoo.call("sale.advance.payment.inv", "create_invoices", [wizard])
    [row] = odoo.read("sale.order", [one], "invoice_ids")
    odoo.call("account.move", "action_post", row["invoice_ids"])
    return one


def _line(
    item: int,
    place: str,
    name: str,
    amounts: tuple[Decimal, Decimal],
    taxes: tuple[TaxAmount, ...],
    **more: Any,
) -> StoreLine:
    quantity, net = amounts
    goods = Ref("variant", str(item))
    told = {"id": place, "description": name, "product": goods, "quantity": quantity, "net": net}
    return StoreLine(**{**told, "taxes": taxes, **more})


def _tax(name: str, amount: str) -> tuple[TaxAmount, ...]:
    return (TaxAmount(rate=D(15), amount=D(amount), name=name),)


def option(name: str, **surcharges: str) -> Option:
    """An option of a product, with what each choice adds to the price."""
    return Option(
        name=Text(name),
        values=tuple(
            OptionValue(name=Text(value), surcharge=Decimal(surcharge))
            for value, surcharge in surcharges.items()
        ),
    )
