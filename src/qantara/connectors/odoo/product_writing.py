"""Writes products: templates in one import, then translations, variants and vendors' prices."""

from collections.abc import Sequence
from dataclasses import replace

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.attributes import Attributes, attributes_for
from qantara.connectors.odoo.loading import Result, external_id
from qantara.connectors.odoo.mapping import product
from qantara.connectors.odoo.mapping.product import Shape
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.shop_window import chosen, tag_ids
from qantara.connectors.odoo.suppliers import write_suppliers
from qantara.connectors.odoo.variants import Saved, write_variants
from qantara.connectors.odoo.writing import (
    Cells,
    Writer,
    is_partial,
    its,
    map_all,
    outcomes,
    save,
    translate,
)
from qantara.model import Product
from qantara.transport import ConnectorError

LINES = "attribute_line_ids"


class Products(Writer):
    """product.template and what hangs on it."""

    entity, model = "product", "product.template"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import for all templates; a single variant travels in its template's row."""
        shape = await self._shape(writes)
        writes = [replace(one, fields=self._fields(one, shape)) for one in writes]
        products = [its(Product, one) for one in writes]
        optional = [
            told for told, one in zip(products, writes, strict=True) if "options" in one.fields
        ]
        attributes = await attributes_for(self.site, optional)
        lines: dict[int, list[Cells]] = {}

        def cells(write: Write, tables: Tables) -> Cells:
            told = its(Product, write)
            product.check_money(told, write.fields, tables)
            found = product.to_cells(write, told, tables, shape)
            if _inline(write, told):
                return {**found, **product.variant_cells(told.variants[0])}
            rows = _lines(write, told, attributes, tables)
            lines[writes.index(write)] = rows[1:]
            return {**found, **(rows[0] if rows else {})}

        mapped = await map_all(self.site, writes, cells, "units", "currencies")
        results = await save(self, writes, mapped, lines)
        texts = [
            product.texts(told, one.fields) for told, one in zip(products, writes, strict=True)
        ]
        results = await translate(self.site, self.model, writes, results, texts)
        saved = [
            Saved(template=one, write=write, product=told)
            for one, write, told in zip(results, writes, products, strict=True)
            if isinstance(one, int)
        ]
        refused = await self._after(saved, attributes)
        return outcomes([_final(one, refused) for one in results])

    def _fields(self, write: Write, shape: Shape) -> frozenset[str]:
        """Those that have a place here; prices that price lists make are not the product's own."""
        listed = is_partial(write) and write.external_id is not None and chosen(self.site)
        return shape.kept(write.fields - {"price", "prices"} if listed else write.fields)

    async def _after(
        self, saved: Sequence[Saved], attributes: Attributes
    ) -> dict[int, ConnectorError]:
        """What does not fit into the template's row; refusals by template."""
        several = [one for one in saved if not _inline(one.write, one.product)]
        refused = await write_variants(self.site, several, attributes)
        sold = [one for one in saved if one.template not in refused]
        return {**refused, **await write_suppliers(self.site, sold)}

    async def _shape(self, writes: Sequence[Write]) -> Shape:
        there = await self.site.client.fields(self.model)
        kinds = there["detailed_type" if "detailed_type" in there else "type"].selection
        tagged = [its(Product, one) for one in writes if "tags" in one.fields]
        names = [tag for one in tagged for tag in one.tags] if "product_tag_ids" in there else []
        tags = await tag_ids(self.site, names)
        return Shape(fields=frozenset(there), kinds=frozenset(kinds), tags=tags)


def _inline(write: Write, told: Product) -> bool:
    """A new, active product without options: Odoo passes these fields on to its only variant."""
    return (
        write.external_id is None
        and told.active
        and not told.options
        and len(told.variants) == 1
        and "variants" in write.fields
    )


def _lines(write: Write, told: Product, attributes: Attributes, tables: Tables) -> list[Cells]:
    """Attribute lines of a new product, each under an external id of its own."""
    if write.external_id is not None or "options" not in write.fields:
        return []
    rows: list[Cells] = []
    for line in attributes.lines(told, tables):
        own = external_id("attribute_line", f"{write.key}_{line['attribute_id/.id']}")
        named = {f"{LINES}/{name}": cell for name, cell in line.items()}
        rows.append({f"{LINES}/id": own, **named})
    return rows


def _final(result: Result, refused: dict[int, ConnectorError]) -> Result:
    return refused.get(result, result) if isinstance(result, int) else result
