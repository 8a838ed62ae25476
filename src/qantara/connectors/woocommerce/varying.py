"""Writes the variations of a product: each combination once, found by its choices, then by its SKU."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from qantara.connectors.base import Write
from qantara.connectors.woocommerce.client import Batch, Row
from qantara.connectors.woocommerce.mapping import offering, product
from qantara.connectors.woocommerce.mapping.offering import CHOICES, PRICES, Shop, varies
from qantara.connectors.woocommerce.mapping.values import text
from qantara.connectors.woocommerce.site import Site
from qantara.model import Product, Variant
from qantara.transport import ConnectorError

TOUCHING = CHOICES | PRICES | {"kind", "digital"}
"""The fields that stand on variations."""

WHOLE = frozenset({"variants", "price", "prices", "kind", "digital"})
"""What a new variation is made with, whatever else is written."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be done to a product's variations; `names` say whose answers come, in order."""

    create: list[Row] = field(default_factory=list)
    update: list[Row] = field(default_factory=list)
    delete: list[int] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def needed(record: Product, write: Write) -> bool:
    """Whether the write concerns variations."""
    return bool(TOUCHING & write.fields) and (varies(record) or "variants" in write.fields)


async def vary(
    site: Site, parent: int, record: Product, write: Write, known: tuple[Shop, Sequence[Row]]
) -> ConnectorError | None:
    """Bring the variations of the product to what the record says; the first refusal, if any.

    Safe to repeat: WooCommerce takes the same combination twice, so what is there is looked at first.
    """
    shop, there = known
    made = plan(record, write, shop, there)
    if not (made.create or made.update or made.delete):
        return None
    answer = await site.client.batch(
        f"/products/{parent}/variations",
        Batch(create=made.create, update=made.update, delete=made.delete),
    )
    site.parents |= {str(row["id"]): str(parent) for row in answer["create"] if row.get("id")}
    told = zip([*made.made, *made.changed], [*answer["create"], *answer["update"]], strict=True)
    return _first_refusal(site, told)


def plan(record: Product, write: Write, shop: Shop, there: Sequence[Row]) -> Plan:
    """Which variation is which variant, which are new, and which are too many."""
    made, left = Plan(), sorted(there, key=lambda row: int(row["id"]))
    wanted = record.variants if varies(record) else ()
    for variant in wanted:
        row = _match(left, offering.called(record, variant, shop), variant)
        choices = {"attributes": offering.combination(record, variant, shop)}
        if row is not None:
            left.remove(row)
            body = offering.sellable_body(record, variant, write.fields, shop)
            choices = choices if CHOICES & write.fields else {}
            if body or choices:
                made.update.append({"id": row["id"], **choices, **body})
                made.changed.append(variant.key)
        else:
            body = offering.sellable_body(record, variant, WHOLE | write.fields, shop)
            made.create.append({**choices, **body})
            made.made.append(variant.key)
    if "variants" in write.fields:
        made.delete = [int(row["id"]) for row in left]
    return made


def _match(rows: Sequence[Row], key: str, variant: Variant) -> Row | None:
    """By its choices; one whose choices were renamed by its SKU."""
    same = [row for row in rows if product.key_of(row) == key]
    own = [row for row in same if text(row.get("sku")) == variant.sku]
    if own or same:
        return (own or same)[0]
    return next((row for row in rows if variant.sku and row.get("sku") == variant.sku), None)


def _first_refusal(site: Site, told: Iterable[tuple[str, Row]]) -> ConnectorError | None:
    for name, row in told:
        if refused := site.client.refusal(row):
            error = refused.error
            error.reason = f"Variant {name.replace('|', ', ')}: {error.reason}"
            return error
    return None
