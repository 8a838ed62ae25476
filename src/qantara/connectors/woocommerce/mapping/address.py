"""People and places as orders and accounts of WooCommerce name them."""

from collections.abc import Mapping
from typing import Any

from qantara.connectors.woocommerce.mapping.values import joined, text
from qantara.model import Address, Contact

GUEST, NAMELESS = "guest:", "order:"
"""How the ids of customers without an account begin: by e-mail address, or by their order."""

VAT = (
    "_billing_vat_number",
    "_vat_number",
    "vat_number",
    "_billing_vat",
    "billing_vat",
    "_billing_tax_id",
)
"""Metadata in which the usual plugins keep a VAT number; WooCommerce itself asks for none."""

Row = Mapping[str, Any]


def buyer(order: Row) -> str:
    """The id of the order's customer among partners."""
    account = order.get("customer_id") or 0
    email = text((order.get("billing") or {}).get("email")).strip().lower()
    if account:
        return str(account)
    return f"{GUEST}{email}" if email else f"{NAMELESS}{order['id']}"


def address(told: Row) -> Address:
    """An address of a billing or shipping table."""
    return Address(
        street=text(told.get("address_1")),
        street2=text(told.get("address_2")),
        city=text(told.get("city")),
        zip=text(told.get("postcode")),
        state=text(told.get("state")),
        country=text(told.get("country")).upper(),
    )


def contact(told: Row, vat: str = "") -> Contact:
    """Who a billing or shipping table is about."""
    return Contact(
        name=full_name(told),
        company=text(told.get("company")),
        email=text(told.get("email")),
        phone=text(told.get("phone")),
        vat=vat,
        address=address(told),
    )


def full_name(told: Row) -> str:
    """First and last name."""
    return joined(text(told.get("first_name")), text(told.get("last_name")))


def vat_number(row: Row) -> str:
    """The VAT number in the metadata of an order or a customer."""
    kept = {one.get("key"): one.get("value") for one in row.get("meta_data") or ()}
    return next((found for key in VAT if isinstance(found := kept.get(key), str) and found), "")
