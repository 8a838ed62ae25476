"""Natural keys: by what a record can be recognised in a system that never saw it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qantara.model.commerce import Category, Product
from qantara.model.orders import SaleOrder
from qantara.model.party import Partner
from qantara.model.phones import phone
from qantara.model.stock import Warehouse

UNIQUE = frozenset({"sku", "barcode", "path", "code", "customer_reference"})
"""Kinds of key that must name one record only; the others (an e-mail) may be shared."""

TELLING = frozenset({"barcode", "supplier_code", "sku", "vat"})
"""Kinds of key that speak against a match where they differ, unless a more telling one agrees."""

WEIGHTS: Mapping[str, float] = {
    "path": 0.99,
    "code": 0.99,
    "customer_reference": 0.95,
    "barcode": 0.95,
    "vat": 0.95,
    "supplier_code": 0.9,
    "sku": 0.85,
    "email": 0.6,
    "reference": 0.6,
    "phone": 0.5,
    "name": 0.4,
    "city": 0.3,
    "country": 0.1,
}
"""How sure one agreeing fact of this kind makes, from 0 to 1; several make surer."""

ALIKE = "name"
"""The kind of key that finds what only looks alike: it never decides, it makes a question."""

Traits = Mapping[str, frozenset[str]]
"""What is comparable of a record, in one form for each kind of fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Which facts of two records are the same, and which telling ones speak against it."""

    agrees: frozenset[str]
    contradicts: frozenset[str]

    @property
    def confidence(self) -> float:
        """From 0 to 1: each agreeing fact takes its share of the doubt, a contradiction halves."""
        doubt = 1.0
        for kind in self.agrees:
            doubt *= 1.0 - WEIGHTS.get(kind, 0.0)
        return round((1.0 - doubt) * (0.5 if self.contradicts else 1.0), 2)


def natural_keys(record: object) -> tuple[str, ...]:
    """Keys as `kind:value`, the most telling first; empty when nothing can be told.

    E-mail addresses and codes are compared without regard to case, VAT numbers without blanks,
    telephone numbers by their digits with the country's code.
    """
    keys_of = _KEYS.get(type(record))
    return tuple(dict.fromkeys(keys_of(record))) if keys_of else ()


def supplier_keys(product: Product, vendor: str) -> tuple[str, ...]:
    """Under which codes a buyer may have noted the product at this vendor of his (an id there)."""
    return tuple(f"supplier_code:{vendor}/{v.sku}" for v in product.variants if v.sku)


def alike_keys(record: object) -> tuple[str, ...]:
    """What finds records that look alike, for one that no certain key recognises."""
    if isinstance(record, Partner) and record.parent is None:
        return _alike(record.name)
    if isinstance(record, Product) and not any(v.sku or v.barcode for v in record.variants):
        return _alike(record.name.value)
    return ()


def corroborated(key: str, one: object, other: object) -> bool:
    """True when the rest of the two records does not speak against a match by this key.

    An e-mail address is shared in an office, `C-001` is a customer of everybody, and every buyer
    has a purchase order 1: such keys count only with the same name, or for the same customer.
    What only has the same name must be in the same place, too.
    """
    kind = key.partition(":")[0]
    if kind == ALIKE:
        return _look_alike(one, other)
    name = _ALSO.get(kind)
    return name is None or _plain(getattr(one, name)) == _plain(getattr(other, name))


def is_unique(key: str) -> bool:
    """True when two records with this key are a mistake."""
    return key.partition(":")[0] in UNIQUE


def likeness(one: object, other: object) -> Likeness:
    """Compare two records of the same kind, in the ids of the same system."""
    mine, theirs = traits(one), traits(other)
    both = [kind for kind in mine if mine[kind] and theirs.get(kind)]
    agrees = frozenset(kind for kind in both if mine[kind] & theirs[kind])
    surest = max((WEIGHTS.get(kind, 0.0) for kind in agrees), default=0.0)
    against = (kind for kind in both if kind in TELLING and kind not in agrees)
    contradicts = frozenset(kind for kind in against if WEIGHTS[kind] > surest)
    return Likeness(agrees=agrees, contradicts=contradicts)


def traits(record: object) -> Traits:
    """All that is comparable of the record."""
    found: dict[str, set[str]] = {}
    for key in (*natural_keys(record), *_further(record)):
        kind, _, value = key.partition(":")
        found.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


def normal_name(name: str) -> str:
    """The name without case, punctuation and legal form, by which two are told to be alike."""
    words = re.findall(r"\w+", name.casefold().replace(".", ""))
    kept = [word for word in words if word not in _FORMS]
    return " ".join(kept or words)


def _look_alike(one: object, other: object) -> bool:
    mine, theirs = likeness(one, other), _named(one) == _named(other)
    if not theirs or any(kind in TELLING for kind in _differing(one, other)):
        return False
    return isinstance(one, Product) or bool(mine.agrees & {"city", "country"})


def _differing(one: object, other: object) -> Iterator[str]:
    mine, theirs = traits(one), traits(other)
    for kind in mine:
        if theirs.get(kind) and not mine[kind] & theirs[kind]:
            yield kind


def _named(record: object) -> str:
    name = getattr(record, "name", "")
    return normal_name(getattr(name, "value", name))


def _alike(name: str) -> tuple[str, ...]:
    return (f"{ALIKE}:{normal_name(name)}",) if normal_name(name) else ()


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
    for written in (partner.phone, partner.mobile):
        if written and (number := phone(written, partner.address.country)):
            yield f"phone:{number}"


def _category(category: Category) -> Iterator[str]:
    yield f"path:{category.path}"


def _warehouse(warehouse: Warehouse) -> Iterator[str]:
    yield f"code:{warehouse.code}"


def _sale_order(order: SaleOrder) -> Iterator[str]:
    if order.customer_reference:
        yield f"customer_reference:{order.customer_reference}"


def _further(record: object) -> Iterator[str]:
    """Facts besides the keys."""
    if name := _named(record):
        yield f"{ALIKE}:{name}"
    if isinstance(record, Partner):
        place = record.address
        yield from (f"city:{normal_name(city)}" for city in (place.city,) if city)
        yield from (f"country:{code}" for code in (place.country,) if code)
    if isinstance(record, Product):
        for offer in record.suppliers:
            if offer.code:
                yield f"supplier_code:{offer.vendor.id}/{offer.code}"


def _plain(value: object) -> object:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


_ALSO = {
    "email": "name",
    "reference": "name",
    "phone": "name",
    "customer_reference": "customer",
}
"""What must agree besides a key of this kind."""

_FORMS = frozenset(
    [
        "ab",
        "ag",
        "as",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "est",
        "establishment",
        "fze",
        "fzco",
        "gmbh",
        "inc",
        "kg",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pte",
        "pty",
        "sa",
        "sal",
        "sarl",
        "sas",
        "srl",
        "wll",
        "شركة",
        "مؤسسة",
        "тов",
        "фоп",
    ]
)
"""Legal forms, which one writes and the other leaves out."""

_KEYS: dict[type, Callable[[Any], Iterator[str]]] = {
    Category: _category,
    Partner: _partner,
    Product: _product,
    SaleOrder: _sale_order,
    Warehouse: _warehouse,
}
