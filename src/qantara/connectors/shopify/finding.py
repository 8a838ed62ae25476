"""Records by what names them everywhere: SKU, barcode, path, e-mail, code."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from qantara.connectors.shopify.mapping import category
from qantara.connectors.shopify.mapping.category import SEPARATOR
from qantara.connectors.shopify.mapping.values import number, text
from qantara.connectors.shopify.searching import any_of, exactly, some
from qantara.connectors.shopify.site import Site
from qantara.connectors.shopify.stock import Warehouses
from qantara.transport import Unsupported

Found = dict[str, list[str]]
Search = Callable[[Site, str, Sequence[str]], Awaitable[Found]]


async def find(site: Site, entity: str, keys: Sequence[str]) -> Found:
    """Ids by key; a key that nothing has is absent, and so is one that Shopify cannot look for."""
    if entity not in SEARCHES:
        raise Unsupported(f"Shopify does not find {entity}.")
    kinds: dict[str, list[str]] = {}
    for key in dict.fromkeys(keys):
        kind, _, value = key.partition(":")
        kinds.setdefault(kind, []).append(value)
    found: Found = {}
    for kind, values in kinds.items():
        if search := SEARCHES[entity].get(kind):
            told = await search(site, kind, values)
            found |= {f"{kind}:{value}": ids for value, ids in told.items() if ids}
    return found


async def _variants(site: Site, kind: str, values: Sequence[str]) -> Found:
    return await _by_item(site, kind, values, product=False)


async def _products(site: Site, kind: str, values: Sequence[str]) -> Found:
    return await _by_item(site, kind, values, product=True)


async def _by_item(site: Site, kind: str, values: Sequence[str], *, product: bool) -> Found:
    found: Found = {}
    for portion in some(values):
        query = any_of(kind, portion)
        async for nodes in site.client.pages("variants_find", "productVariants", query=query):
            for node in nodes:
                value = text(node[kind])
                one = number(node["product"]["id"] if product else node["id"])
                if value in portion and one not in found.setdefault(value, []):
                    found[value].append(one)
    return found


async def _paths(site: Site, kind: str, values: Sequence[str]) -> Found:
    """By the path that we noted, else by the title."""
    del kind
    found: Found = {}
    for portion in some(values):
        titles = [one.rpartition(SEPARATOR)[2] for one in portion]
        query = any_of("title", list(dict.fromkeys(titles)))
        async for nodes in site.client.pages("collections_find", "collections", query=query):
            for node in nodes:
                path = category.from_wire({"node": node}).path
                if path in portion:
                    found.setdefault(path, []).append(number(node["id"]))
    return found


async def _emails(site: Site, kind: str, values: Sequence[str]) -> Found:
    found: Found = {}
    for value in values:
        told = await site.client.ask("customers_find", query=exactly(kind, value))
        for node in told["customers"]["nodes"]:
            email = text((node["defaultEmailAddress"] or {}).get("emailAddress"))
            if email.strip().lower() == value:
                found.setdefault(value, []).append(number(node["id"]))
    return found


async def _codes(site: Site, kind: str, values: Sequence[str]) -> Found:
    del kind
    every = {one.external_id async for one in Warehouses(site).every("")}
    return {value: [value] for value in values if value in every}


SEARCHES: Mapping[str, Mapping[str, Search]] = {
    "product": {"sku": _products, "barcode": _products},
    "variant": {"sku": _variants, "barcode": _variants},
    "category": {"path": _paths},
    "partner": {"email": _emails},
    "warehouse": {"code": _codes},
    "store_order": {},
    "refund": {},
    "shipment": {},
    "stock_level": {},
}
