"""Finds records by what they are known by: natural keys, and the keys of earlier writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.odoo.directory import COLUMNS, Directory
from qantara.connectors.odoo.loading import MODULE
from qantara.connectors.odoo.mapping.stock import PLACE, code_in
from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.site import Site
from qantara.transport import AuthFailed, NotFound, Rejected, Unsupported


def _exact(value: str) -> str:
    return value


def _folded(value: str) -> str:
    return value.strip().casefold()


def _unspaced(value: str) -> str:
    return value.replace(" ", "").upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where a kind of key is kept, whose record it names, and when two values are the same.

    With `of` a value is "<id in that field>/<value>": a code that one vendor has for it.
    """

    model: str
    field: str
    owner: str = "id"
    same: Callable[[str], str] = _exact
    of: str = ""
    domain: tuple[tuple[str, str, object], ...] = ()


_KINDS: dict[tuple[str, str], Kind] = {
    ("product", "sku"): Kind(
        model="product.product", field="default_code", owner="product_tmpl_id"
    ),
    ("product", "barcode"): Kind(model="product.product", field="barcode", owner="product_tmpl_id"),
    ("category", "path"): Kind(model="product.category", field="complete_name"),
    ("partner", "vat"): Kind(
        model="res.partner", field="vat", same=_unspaced, domain=(("parent_id", "=", False),)
    ),
    ("product", "supplier_code"): Kind(
        model="product.supplierinfo", field="product_code", owner="product_tmpl_id", of="partner_id"
    ),
    ("partner", "reference"): Kind(model="res.partner", field="ref"),
    ("partner", "email"): Kind(model="res.partner", field="email_normalized", same=_folded),
    ("sale_order", "customer_reference"): Kind(model="sale.order", field="client_order_ref"),
}


async def find(site: Site, entity: str, keys: Sequence[str]) -> dict[str, list[str]]:
    """Ids for each key that names anything; one call for each kind of key."""
    by_kind: dict[str, list[str]] = {}
    for key in keys:
        kind, _, value = key.partition(":")
        by_kind.setdefault(kind, []).append(value)
    found: dict[str, list[str]] = {}
    for kind, values in by_kind.items():
        if (entity, kind) == ("warehouse", "code"):
            ids = await _places(site, values)
        elif (entity, kind) in COLUMNS:
            ids = await _directory(site, (entity, kind)).of(site, values)
        elif (entity, kind) in _KINDS:
            ids = await _find(site, _KINDS[entity, kind], values)
        else:
            raise Unsupported(f"Odoo does not find a {entity} by its {kind}.")
        found |= {f"{kind}:{value}": ones for value, ones in ids.items()}
    return found


async def by_name(site: Site, model: str, names: Sequence[str]) -> dict[str, int]:
    """The records of the model that carry these external names of ours.

    Only administrators may read ir.model.data; for others Odoo answers one name at a time.
    """
    domain = [("module", "=", MODULE), ("model", "=", model), ("name", "in", list(names))]
    try:
        rows = await site.client.search_read("ir.model.data", domain, ["name", "res_id"])
    except AuthFailed:
        return {name: one for name in names if (one := await _named(site, model, name))}
    return {text(row["name"]): int(row["res_id"]) for row in rows}


async def _named(site: Site, model: str, name: str) -> int | None:
    context = await site.tables.context(active_test=False)
    try:
        found, one = await site.client.call(
            "ir.model.data",
            "check_object_reference",
            module=MODULE,
            xml_id=name,
            context=context,
            safe=True,
        )
    except (Rejected, NotFound):
        return None
    return int(one) if one and found == model else None


async def places(site: Site) -> dict[int, str]:
    """The locations that stand for other companies' warehouses, and the codes in their names."""
    domain = [("usage", "=", "transit"), ("company_id", "=", False)]
    rows = await site.rows("stock.location", domain, ["name"])
    return {row["id"]: code for row in rows if (code := code_in(text(row["name"])))}


async def _places(site: Site, codes: Sequence[str]) -> dict[str, list[str]]:
    there = await places(site)
    return _matched(codes, [(code, f"{PLACE}{one}") for one, code in there.items()], _folded)


def _directory(site: Site, which: tuple[str, str]) -> Directory:
    kept = site.tables.directories
    return kept.setdefault(which, Directory(column=COLUMNS[which]))


async def _find(site: Site, kind: Kind, values: Sequence[str]) -> dict[str, list[str]]:
    domain = [*kind.domain, *await site.shared(kind.model), *_domain(kind, values)]
    rows = await site.rows(kind.model, domain, filter(None, [kind.field, kind.owner, kind.of]))
    pairs = [(_value(kind, row), str(identity(row[kind.owner]))) for row in rows]
    return _matched(values, pairs, kind.same)


def _value(kind: Kind, row: Mapping[str, Any]) -> str:
    value = text(row[kind.field])
    return f"{identity(row[kind.of])}/{value}" if kind.of else value


def _domain(kind: Kind, values: Sequence[str]) -> list[object]:
    if kind.of:
        parts = [value.partition("/") for value in values]
        owners = sorted({int(owner) for owner, _, _ in parts if owner.isdigit()})
        return [(kind.of, "in", owners), (kind.field, "in", [code for _, _, code in parts])]
    return [(kind.field, "in", list(values))]


def _matched(
    values: Sequence[str], pairs: Sequence[tuple[str, str]], same: Callable[[str], str]
) -> dict[str, list[str]]:
    by_value: dict[str, dict[str, None]] = {}
    for value, one in pairs:
        by_value.setdefault(same(value), {})[one] = None
    wanted: Mapping[str, str] = {value: same(value) for value in values}
    return {value: list(by_value[key]) for value, key in wanted.items() if key in by_value}
