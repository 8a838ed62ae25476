"""Finds records by natural keys: SKU and barcode, a category's path, an e-mail address."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from qantara.connectors.woocommerce.client import PAGE
from qantara.connectors.woocommerce.mapping import category
from qantara.connectors.woocommerce.mapping.values import distinct, text
from qantara.connectors.woocommerce.partners import Partners
from qantara.connectors.woocommerce.site import Site
from qantara.transport import Unsupported

Found = Mapping[str, Sequence[str]]

LONGEST = 1500
"""Characters of SKUs in one address."""

CODES = {"sku": "sku", "barcode": "global_unique_id"}


async def find(site: Site, entity: str, keys: Sequence[str]) -> Found:
    """Ids by key; keys of other kinds find nothing."""
    if entity not in _FINDERS:
        raise Unsupported(f"WooCommerce does not find {entity}.")
    return await _FINDERS[entity](site, keys)


async def by_sku(site: Site, skus: Iterable[str]) -> dict[str, str]:
    """The products of these SKUs; that of a variation's is its parent."""
    found = await _by_code(site, "sku", distinct(skus))
    return {sku: parent for sku, _, parent in found}


async def _products(site: Site, keys: Sequence[str]) -> Found:
    return await _sold(site, keys, whole=True)


async def _variants(site: Site, keys: Sequence[str]) -> Found:
    return await _sold(site, keys, whole=False)


async def _sold(site: Site, keys: Sequence[str], *, whole: bool) -> Found:
    found: dict[str, list[str]] = {}
    for kind in CODES:
        codes = [value for key in keys for k, _, value in [key.partition(":")] if k == kind]
        for code, one, parent in await _by_code(site, kind, distinct(codes)):
            ids = found.setdefault(f"{kind}:{code}", [])
            if (id_ := parent if whole else one) not in ids:
                ids.append(id_)
    return {key: found[key] for key in keys if key in found}


async def _by_code(site: Site, kind: str, codes: Sequence[str]) -> list[tuple[str, str, str]]:
    """Code, id and product. A comma parts codes in the question: one that has it finds nothing."""
    param, found = CODES[kind], []
    for part in _parts([code for code in codes if "," not in code]):
        asked = {param: ",".join(part), "_fields": f"id,type,parent_id,{param}", "status": "any"}
        rows = (await site.client.listing("/products", asked)).rows
        for row in rows:
            one, above = str(row["id"]), row.get("parent_id") or 0
            parent = str(above) if row.get("type") == "variation" and above else one
            site.parents.setdefault(one, parent) if parent != one else None
            if (code := text(row.get(param))) in part:
                found.append((code, one, parent))
    return found


def _parts(codes: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for code in codes:
        if len(parts[-1]) >= PAGE or len(",".join([*parts[-1], code])) > LONGEST:
            parts.append([])
        parts[-1].append(code)
    return [part for part in parts if part]


async def _categories(site: Site, keys: Sequence[str]) -> Found:
    rows = await site.client.every("/products/categories", {"_fields": category.FIELDS})
    by_id = {row["id"]: row for row in rows}
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(f"path:{category.path(row, by_id)}", []).append(str(row["id"]))
    return {key: found[key] for key in keys if key in found}


async def _partners(site: Site, keys: Sequence[str]) -> Found:
    found: dict[str, list[str]] = {}
    for key in keys:
        kind, _, value = key.partition(":")
        if kind == "email" and (ids := await Partners(site).find(value.strip().lower())):
            found[key] = ids
    return found


async def _warehouses(site: Site, keys: Sequence[str]) -> Found:  # noqa: ARG001 - as the others
    return {key: ["store"] for key in keys if key == "code:store"}


async def _nothing(site: Site, keys: Sequence[str]) -> Found:  # noqa: ARG001 - as the others
    """No key of an order is certain."""
    return {}


_FINDERS: Mapping[str, Callable[[Site, Sequence[str]], Awaitable[Found]]] = {
    "product": _products,
    "variant": _variants,
    "category": _categories,
    "partner": _partners,
    "warehouse": _warehouses,
    "store_order": _nothing,
    "refund": _nothing,
    "shipment": _nothing,
    "stock_level": _nothing,
}
