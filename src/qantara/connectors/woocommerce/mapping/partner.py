"""A partner and what WooCommerce has of one: an account, or a guest's newest order."""

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping.address import address, full_name, vat_number
from qantara.connectors.woocommerce.mapping.values import joined, text
from qantara.model import Partner

FIELDS = (
    "id,email,first_name,last_name,username,billing,shipping,meta_data,"
    "date_created_gmt,date_modified_gmt"
)


def from_wire(wire: Wire) -> Partner:
    """The partner; without any name he is called by his e-mail address, or by his order."""
    row = wire["row"]
    billing = row.get("billing") or {}
    email = text(row.get("email")) or text(billing.get("email"))
    name = joined(text(row.get("first_name")), text(row.get("last_name"))) or full_name(billing)
    fallback = f"Customer of order {row['number']}" if "number" in row else f"Customer {row['id']}"
    return Partner(
        name=name or text(billing.get("company")) or email or fallback,
        vat=vat_number(row),
        email=email,
        phone=text(billing.get("phone")),
        address=address(billing),
    )
