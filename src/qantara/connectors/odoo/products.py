"""Reads products: templates, their variants, options, vendors, translations and image hashes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qantara.connectors.base import Change, Wire
from qantara.connectors.odoo.images import image_bytes, image_hashes
from qantara.connectors.odoo.mapping import product
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import distinct, identity, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.shop_window import ITEM, chosen, prices_of, tags_of
from qantara.connectors.odoo.tables import EVERYTHING

Rows = list[dict[str, Any]]
Grouped = Mapping[int, Rows]


class Products(Reader):
    """product.template with product.product and product.supplierinfo.

    A new cost touches the variant only, a new vendor's price neither (Odoo 16 and 18).
    """

    model = "product.template"
    also = (
        Stream(model="product.product", owner="product_tmpl_id"),
        Stream(model="product.supplierinfo", owner="product_tmpl_id"),
    )
    canonical = staticmethod(product.from_wire)

    async def streams(self, scope: str) -> Sequence[Stream]:
        """Where prices of price lists are told, their rules for single products, too."""
        watched = await super().streams(scope)
        if not chosen(self.site):
            return watched
        return [*watched, Stream(model=ITEM, owner="product_tmpl_id")]

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Four calls, one more for each language, four where there are options, one for tags."""
        templates = await self.site.rows(self.model, [("id", "in", ids)], product.TEMPLATE)
        there = [row["id"] for row in templates]
        of = [("product_tmpl_id", "in", there)]
        variants = await self.site.rows("product.product", of, product.VARIANT)
        sellers = await self.site.rows(
            "product.supplierinfo", of, product.SELLER, order="partner_id, min_qty, id"
        )
        told = await self.site.translations(self.model, there, product.TRANSLATED)
        options = await self._options([row for row in templates if row["attribute_line_ids"]])
        images = await image_hashes(self.site, there)
        tables = await self._tables(templates, sellers)
        by_variant, by_seller = _grouped(variants), _grouped(sellers)
        tags = await tags_of(self.site, templates)
        prices = await prices_of(self.site, templates, variants)
        captured = []
        for row in templates:
            one = row["id"]
            mine, sold_by = by_variant.get(one, []), by_seller.get(one, [])
            wire = {
                "template": row,
                "currency": tables.currency,
                "unit": _unit(tables, row),
                "variants": _living(row, mine),
                "options": options.get(one, []),
                "sellers": _sellers(sold_by, tables, alone=len(mine) == 1),
                "translations": told[one],
                "image": images.get(one),
                "tags": tags[one],
                "prices": {
                    str(row["id"]): prices[row["id"]] for row in mine if row["id"] in prices
                },
            }
            rows = [*_seen("product.product", mine), *_seen("product.supplierinfo", sold_by)]
            captured.append(self.captured(row, _change(one, wire, [row, *mine, *sold_by]), rows))
        return captured

    async def content(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The pictures of these products."""
        pictures = await image_bytes(self.site, [int(one) for one in ids])
        return {str(one): told for one, told in pictures.items()}

    async def _tables(self, templates: Rows, sellers: Rows) -> Tables:
        units = [one for row in templates if (one := identity(row["uom_id"]))]
        currencies = [one for row in sellers if (one := identity(row["currency_id"]))]
        await self.site.tables.knowing("units", units)
        return await self.site.tables.knowing("currencies", currencies)

    async def _options(self, templates: Rows) -> dict[int, list[dict[str, Any]]]:
        """Attribute lines with their values, as the mapping wants them."""
        ids = [row["id"] for row in templates]
        if not ids:
            return {}
        of = [("product_tmpl_id", "in", ids)]
        lines = await self.site.rows(
            "product.template.attribute.line",
            [*of, ("active", "=", True)],
            ["product_tmpl_id", "attribute_id", "value_ids"],
        )
        values = await self.site.rows(
            "product.template.attribute.value",
            [*of, ("ptav_active", "=", True)],
            ["attribute_line_id", "product_attribute_value_id", "price_extra"],
        )
        names = await self._names("product.attribute", lines, "attribute_id")
        chosen = await self._names("product.attribute.value", values, "product_attribute_value_id")
        by_line: dict[int, dict[int, dict[str, Any]]] = {}
        for row in values:
            value = identity(row["product_attribute_value_id"]) or 0
            told = {"id": row["id"], "surcharge": row["price_extra"], **chosen[value]}
            by_line.setdefault(identity(row["attribute_line_id"]) or 0, {})[value] = told
        found: dict[int, list[dict[str, Any]]] = {}
        for line in lines:
            mine = by_line.get(line["id"], {})
            order = [chosen_id for chosen_id in line["value_ids"] if chosen_id in mine]
            option = {
                **names[identity(line["attribute_id"]) or 0],
                "values": [mine[one] for one in order],
            }
            found.setdefault(identity(line["product_tmpl_id"]) or 0, []).append(option)
        return found

    async def _names(self, model: str, rows: Rows, field: str) -> dict[int, dict[str, Any]]:
        ids = distinct(identity(row[field]) for row in rows)
        context = await self.site.tables.context(**EVERYTHING)
        found = await self.site.client.read(model, ids, ["name"], context=context)
        told = await self.site.translations(model, ids, ["name"])
        return {row["id"]: {"name": row["name"], "translations": told[row["id"]]} for row in found}


def _change(one: int, wire: Wire, rows: Iterable[Mapping[str, Any]]) -> Change:
    return Change(
        entity="product",
        external_id=str(one),
        version=max(text(row["write_date"]) for row in rows),
        wire=wire,
        children=product.children(wire),
    )


def _living(template: Mapping[str, Any], variants: Rows) -> Rows:
    """The active variants; of an archived product all, since they are archived with it."""
    active = [row for row in variants if row["active"]]
    return variants if not template["active"] and not active else active


def _unit(tables: Tables, row: Mapping[str, Any]) -> dict[str, str]:
    unit = tables.units[identity(row["uom_id"]) or 0]
    return {"name": unit.name, "category": unit.category, "factor": str(unit.factor)}


def _sellers(rows: Rows, tables: Tables, *, alone: bool) -> list[dict[str, Any]]:
    """Prices for the whole product; one for a single variant among several is left out."""
    return [
        {
            "vendor": identity(row["partner_id"]),
            "price": row["price"],
            "currency": tables.currencies.get(
                identity(row["currency_id"]) or 0, text(row["currency_id"][1])
            ),
            "code": row["product_code"],
            "minimum": row["min_qty"],
        }
        for row in rows
        if alone or not row["product_id"]
    ]


def _grouped(rows: Rows) -> Grouped:
    groups: dict[int, Rows] = {}
    for row in rows:
        groups.setdefault(identity(row["product_tmpl_id"]) or 0, []).append(row)
    return groups


def _seen(model: str, rows: Rows) -> list[Row]:
    return [Row(model=model, id=row["id"], written=text(row["write_date"])[:19]) for row in rows]
