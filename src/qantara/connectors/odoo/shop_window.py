"""What a store shows of products besides: tags, and prices of the price lists of the connection.

The setting `pricelists` names them, with commas; without it products have their sales price alone.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from qantara.connectors.odoo.mapping import pricing
from qantara.connectors.odoo.mapping.pricing import Goods, Lists
from qantara.connectors.odoo.mapping.values import distinct, identity, number, text
from qantara.connectors.odoo.site import Site
from qantara.transport import Unsupported

LIST, ITEM, TAG = "product.pricelist", "product.pricelist.item", "product.tag"
BEST_FIRST = "applied_on, min_quantity desc, categ_id desc, id desc"
"""The order in which Odoo itself looks at the rules of a list."""

Rows = Sequence[Mapping[str, Any]]


def chosen(site: Site) -> list[str]:
    """The names of the price lists."""
    told = site.connection.settings.get("pricelists", "")
    return [one.strip() for one in told.split(",") if one.strip()]


async def tags_of(site: Site, templates: Rows) -> dict[int, list[str]]:
    """The tags of each product, by name; one call where there are any."""
    ids = distinct(one for row in templates for one in row.get("product_tag_ids") or ())
    rows = await site.rows(TAG, [("id", "in", ids)], ["name"]) if ids else []
    names = {row["id"]: text(row["name"]) for row in rows}
    return {
        row["id"]: sorted(names[one] for one in row.get("product_tag_ids") or () if one in names)
        for row in templates
    }


async def tag_ids(site: Site, names: Sequence[str]) -> dict[str, int]:
    """The tags with these names; those that are not there are made. Safe to repeat."""
    if not names:
        return {}
    rows = await site.rows(TAG, [("name", "in", list(names))], ["name"])
    known = {text(row["name"]): row["id"] for row in rows}
    if missing := [one for one in dict.fromkeys(names) if one not in known]:
        context = await site.tables.context()
        made = await site.client.create(TAG, [{"name": one} for one in missing], context=context)
        known |= zip(missing, made, strict=True)
    return known


async def prices_of(site: Site, templates: Rows, variants: Rows) -> dict[int, list[dict[str, str]]]:
    """By variant its price in each list that the connection names; five calls, none without."""
    names = chosen(site)
    if not names or not variants:
        return {}
    listed = await _named(site, names)
    lists = await _lists(site)
    above = await _categories(site)
    owners = {row["id"]: row for row in templates}
    surcharged = await site.rows(
        "product.product", [("id", "in", [row["id"] for row in variants])], ["lst_price"]
    )
    sales = {row["id"]: number(row["lst_price"]) for row in surcharged}
    told: dict[int, list[dict[str, str]]] = {}
    for row in variants:
        template = identity(row["product_tmpl_id"]) or 0
        goods = Goods(
            variant=row["id"],
            template=template,
            categories=above.get(identity(owners[template].get("categ_id")) or 0, frozenset()),
            sales=sales.get(row["id"], Decimal(0)),
            cost=number(row.get("standard_price")),
        )
        told[row["id"]] = [_told(lists, one, currency, goods) for one, currency in listed]
    return told


def _told(lists: Lists, one: int, currency: str, goods: Goods) -> dict[str, str]:
    price, regular = lists.price(one, goods)
    crossed = str(regular) if regular > price else ""
    return {"currency": currency, "price": str(price), "regular": crossed}


async def _named(site: Site, names: Sequence[str]) -> list[tuple[int, str]]:
    """The chosen lists with their currencies, in their order; one for each currency."""
    rows = await site.rows(
        LIST, [*await site.shared(LIST), ("active", "=", True)], ["name", "currency_id"]
    )
    by_name = {text(row["name"]): row for row in reversed(rows)}
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        if name not in by_name:
            raise Unsupported(
                f"{site.connection.name} has no price list {name!r}.",
                remedy="Correct the setting `pricelists` of the connection, or make the list in Odoo.",
            )
        row = by_name[name]
        currency = text(row["currency_id"][1])
        found.setdefault(currency, (row["id"], currency))
    return list(found.values())


async def _lists(site: Site) -> Lists:
    """All lists, for one may stand on another."""
    rows = await site.rows(LIST, await site.shared(LIST), ["currency_id"])
    currencies = await site.rows("res.currency", [("active", "=", True)], ["rate", "rounding"])
    rates = {
        row["id"]: (number(row["rate"]) or Decimal(1), number(row["rounding"]))
        for row in currencies
    }
    of = {
        row["id"]: rates.get(identity(row["currency_id"]) or 0, (Decimal(1), Decimal("0.01")))
        for row in rows
    }
    rules: dict[int, list[Mapping[str, Any]]] = {}
    names = await site.having(ITEM, pricing.FIELDS)
    context = await site.tables.context()
    for row in await site.client.search_read(ITEM, [], names, order=BEST_FIRST, context=context):
        rules.setdefault(identity(row["pricelist_id"]) or 0, []).append(row)
    return Lists(
        rates={one: rate for one, (rate, _) in of.items()},
        coins={one: coin for one, (_, coin) in of.items()},
        rules=rules,
        now=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    )


async def _categories(site: Site) -> dict[int, frozenset[int]]:
    """Each category with all that are above it."""
    rows = await site.rows("product.category", [], ["parent_id"])
    parents = {row["id"]: identity(row["parent_id"]) for row in rows}
    above: dict[int, frozenset[int]] = {}
    for one in parents:
        chain, at = set[int](), one
        while at and at not in chain:
            chain.add(at)
            at = parents.get(at) or 0
        above[one] = frozenset(chain)
    return above
