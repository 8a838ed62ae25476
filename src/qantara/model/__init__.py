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
    VariantPrice,
)
from qantara.model.decisions import Choice, Decision
from qantara.model.messages import Attachment, Message
from qantara.model.money import Money
from qantara.model.orders import (
    DeliveryAddress,
    Note,
    OrderLine,
    OrderStanding,
    OrderState,
    PurchaseOrder,
    SaleOrder,
    Tax,
    Terms,
)
from qantara.model.party import Address, Partner
from qantara.model.reference import Ref
from qantara.model.stock import Replenishment, Shelf, StockLevel, Warehouse
from qantara.model.store import (
    Contact,
    Coupon,
    Refund,
    Returned,
    Sent,
    Shipment,
    StoreLine,
    StoreOrder,
    StorePayment,
    TaxAmount,
)
from qantara.model.supply import Offer, Request, RequestLine
from qantara.model.text import Text
from qantara.model.transfers import Package, Packed, Transfer, TransferLine

Record = (
    Category
    | Product
    | Partner
    | Warehouse
    | StockLevel
    | Replenishment
    | PurchaseOrder
    | SaleOrder
    | OrderState
    | Terms
    | OrderStanding
    | Note
    | Offer
    | Request
    | Transfer
    | Message
    | Decision
    | StoreOrder
    | Shipment
    | Refund
)

__all__ = [
    "Address",
    "Attachment",
    "Category",
    "Choice",
    "Contact",
    "Coupon",
    "Decision",
    "DeliveryAddress",
    "Image",
    "Message",
    "Money",
    "Note",
    "Offer",
    "Option",
    "OptionValue",
    "OrderLine",
    "OrderStanding",
    "OrderState",
    "Package",
    "Packed",
    "Partner",
    "Product",
    "PurchaseOrder",
    "Record",
    "Ref",
    "Refund",
    "Replenishment",
    "Request",
    "RequestLine",
    "Returned",
    "SaleOrder",
    "Sent",
    "Shelf",
    "Shipment",
    "StockLevel",
    "StoreLine",
    "StoreOrder",
    "StorePayment",
    "SupplierPrice",
    "Tax",
    "TaxAmount",
    "Terms",
    "Text",
    "Transfer",
    "TransferLine",
    "Unit",
    "Variant",
    "VariantPrice",
    "Warehouse",
]
