"""Canonical records: what every connector translates to and from. No I/O here."""

from qantara.model.commerce import (
    Category,
    Image,
    Option,
    OptionValue,
    Product,
    SupplierPrice,
    Unit,
    Variant,
)
from qantara.model.money import Money
from qantara.model.orders import Note, OrderLine, OrderState, PurchaseOrder, SaleOrder, Tax
from qantara.model.party import Address, Partner
from qantara.model.reference import Ref
from qantara.model.stock import StockLevel, Warehouse
from qantara.model.text import Text

Record = (
    Category
    | Product
    | Partner
    | Warehouse
    | StockLevel
    | PurchaseOrder
    | SaleOrder
    | OrderState
    | Note
)

__all__ = [
    "Address",
    "Category",
    "Image",
    "Money",
    "Note",
    "Option",
    "OptionValue",
    "OrderLine",
    "OrderState",
    "Partner",
    "Product",
    "PurchaseOrder",
    "Record",
    "Ref",
    "SaleOrder",
    "StockLevel",
    "SupplierPrice",
    "Tax",
    "Text",
    "Unit",
    "Variant",
    "Warehouse",
]
