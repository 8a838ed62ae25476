"""Natural keys: by what a record can be recognised in a system that never saw it."""

from collections.abc import Callable, Iterator
from typing import Any

from qantara.model.commerce import Category, Product
from qantara.model.orders import SaleOrder
from qantara.model.party import Partner
from qantara.model.stock import Warehouse

UNIQUE = frozenset({"sku", "barcode", "path", "code", "customer_reference"})
"""Kinds of key that must name one record only; the others (an e-mail) may be shared."""


def natural_keys(record: object) -> tuple[str, ...]:
    """Keys as `kind:value`, the most telling first; empty when nothing can be told.

    E-mail addresses and codes are compared without regard to case, VAT numbers without blanks.
    """
    keys_of = _KEYS.get(type(record))
    return tuple(keys_of(record)) if keys_of else ()


def corroborated(key: str, one: object, other: object) -> bool:
    """True when the rest of the two records does not speak against a match by this key.

    An e-mail address is shared in an office, `C-001` is a customer of everybody, and every buyer
    has a purchase order 1: such keys count only with the same name, or for the same customer.
    """
    name = _ALSO.get(key.partition(":")[0])
    return name is None or _plain(getattr(one, name)) == _plain(getattr(other, name))


def is_unique(key: str) -> bool:
    """True when two records with this key are a mistake."""
    return key.partition(":")[0] in UNIQUE


def _product(product: Product) -> Iterator[str]:
    yield from (f"sku:{v.sku}" for v in product.variants if v.sku)
    yield from (f"barcode:{v.barcode}" for v in product.variants if v.barcode)


def _partner(partner: Partner) -> Iterator[str]:
    if partner.vat and partner.parent is None:
        yield f"vat:{partner.vat.replace(' ', '').upper()}"
    if partner.reference:
        yield f"reference:{partner.reference}"
    if partner.email:
        yield f"email:{partner.email.strip().lower()}"


def _category(category: Category) -> Iterator[str]:
    yield f"path:{category.path}"


def _warehouse(warehouse: Warehouse) -> Iterator[str]:
    yield f"code:{warehouse.code}"


def _sale_order(order: SaleOrder) -> Iterator[str]:
    if order.customer_reference:
        yield f"customer_reference:{order.customer_reference}"


def _plain(value: object) -> object:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


_ALSO = {"email": "name", "reference": "name", "customer_reference": "customer"}
"""What must agree besides a key of this kind."""

_KEYS: dict[type, Callable[[Any], Iterator[str]]] = {
    Category: _category,
    Partner: _partner,
    Product: _product,
    SaleOrder: _sale_order,
    Warehouse: _warehouse,
}
