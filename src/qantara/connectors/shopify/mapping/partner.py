"""A partner and Shopify's customer, or the guest that an order names."""

from collections.abc import Mapping
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.values import address, number, person, text
from qantara.model import Partner

GUEST, ORDER = "guest:", "order:"
"""Ids of those without an account: by e-mail, or by an order that has none."""


def from_wire(wire: Wire) -> Partner:
    """A customer or a guest."""
    return _guest(wire["order"]) if "order" in wire else _customer(wire["node"])


def guest_id(order: Mapping[str, Any]) -> str:
    """Under which id the customer of an order is told."""
    if order.get("customer"):
        return number(order["customer"]["id"])
    email = text(order.get("email")).strip().lower()
    return f"{GUEST}{email}" if email else f"{ORDER}{number(order['id'])}"


def _customer(node: Mapping[str, Any]) -> Partner:
    place = node["defaultAddress"]
    email = text((node["defaultEmailAddress"] or {}).get("emailAddress"))
    phone = text((node["defaultPhoneNumber"] or {}).get("phoneNumber"))
    own = " ".join(filter(None, (text(node["firstName"]), text(node["lastName"]))))
    return Partner(
        name=own or person(place) or email or phone or text(node["displayName"]),
        email=email,
        phone=phone or text((place or {}).get("phone")),
        language=text(node["locale"]).partition("-")[0],
        address=address(place),
    )


def _guest(order: Mapping[str, Any]) -> Partner:
    place = order["billingAddress"] or order["shippingAddress"]
    email = text(order["email"]).strip()
    return Partner(
        name=person(place) or email or f"Order {number(order['id'])}",
        email=email,
        phone=text(order["phone"]) or text((place or {}).get("phone")),
        address=address(place),
    )
