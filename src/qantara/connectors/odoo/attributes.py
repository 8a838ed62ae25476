"""Finds or makes the attributes and values that the options of products need."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.loading import Line, external_id, load
from qantara.connectors.odoo.mapping.product import varies
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import set_texts
from qantara.model import Product, Text
from qantara.transport import ConnectorError

Name = tuple[str, bool]
"""An attribute's name in the main language, and whether variants differ by it."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Ids of attributes and values by name; what could not be made is in `refused`."""

    ids: Mapping[Name, int] = field(default_factory=dict)
    values: Mapping[tuple[int, str], int] = field(default_factory=dict)
    refused: Mapping[Any, ConnectorError] = field(default_factory=dict)

    def lines(self, product: Product, tables: Tables) -> list[dict[str, Cell]]:
        """Attribute and values of each option of the product. Raises what was refused."""
        return [
            {
                "attribute_id/.id": (one := self._id((tables.in_main(o.name), varies(product, o)))),
                "value_ids/.id": tuple(self._value(one, tables.in_main(v.name)) for v in o.values),
            }
            for o in product.options
        ]

    def _id(self, name: Name) -> int:
        if name in self.refused:
            raise self.refused[name]
        return self.ids[name]

    def _value(self, attribute: int, name: str) -> int:
        if (attribute, name) in self.refused:
            raise self.refused[attribute, name]
        return self.values[attribute, name]


async def attributes_for(site: Site, products: Iterable[Product]) -> Attributes:
    """The attributes and values of all options of these products, made where they are missing."""
    tables = await site.tables.get()
    options = [(one, option) for one in products for option in one.options]
    if not options:
        return Attributes()
    names: dict[Name, Text] = {
        (tables.in_main(option.name), varies(one, option)): option.name for one, option in options
    }
    ids, refused = await _attributes(site, names)
    wanted: dict[tuple[int, str], tuple[int, Text]] = {}
    for one, option in options:
        attribute = ids.get((tables.in_main(option.name), varies(one, option)))
        for place, value in enumerate(option.values, start=1) if attribute else ():
            wanted[attribute or 0, tables.in_main(value.name)] = (place, value.name)
    values, more = await _values(site, wanted)
    return Attributes(ids, values, {**refused, **more})


async def _attributes(
    site: Site, names: Mapping[Name, Text]
) -> tuple[dict[Name, int], dict[Any, ConnectorError]]:
    domain = [("name", "in", sorted({name for name, _ in names}))]
    rows = await site.rows("product.attribute", domain, ["name", "create_variant"])
    found: dict[Name, int] = {}
    for row in rows:
        found.setdefault((text(row["name"]), row["create_variant"] != "no_variant"), row["id"])
    missing: dict[Name, dict[str, Cell]] = {
        name: {
            "id": external_id("attribute", _mark(*map(str, name))),
            "name": name[0],
            "create_variant": "always" if name[1] else "no_variant",
        }
        for name in names
        if name not in found
    }
    return await _made(site, "product.attribute", found, missing, names)


async def _values(
    site: Site, wanted: Mapping[tuple[int, str], tuple[int, Text]]
) -> tuple[dict[tuple[int, str], int], dict[Any, ConnectorError]]:
    domain = [
        ("attribute_id", "in", sorted({one for one, _ in wanted})),
        ("name", "in", sorted({name for _, name in wanted})),
    ]
    rows = await site.rows("product.attribute.value", domain, ["name", "attribute_id"])
    found = {(identity(row["attribute_id"]) or 0, text(row["name"])): row["id"] for row in rows}
    missing: dict[tuple[int, str], dict[str, Cell]] = {
        (attribute, name): {
            "id": external_id("attribute_value", _mark(str(attribute), name)),
            "attribute_id/.id": attribute,
            "name": name,
            "sequence": place,
        }
        for (attribute, name), (place, _) in wanted.items()
        if (attribute, name) not in found
    }
    texts = {key: name for key, (_, name) in wanted.items()}
    return await _made(site, "product.attribute.value", found, missing, texts)


async def _made(
    site: Site,
    model: str,
    found: dict[Any, int],
    missing: Mapping[Any, Mapping[str, Cell]],
    texts: Mapping[Any, Text],
) -> tuple[dict[Any, int], dict[Any, ConnectorError]]:
    """Found ones and new ones, with what translations the source has; and what was refused."""
    context = await site.tables.context(**EVERYTHING)
    lines = [Line(cells=cells) for cells in missing.values()]
    results = dict(zip(missing, await load(site.client, model, lines, context), strict=True))
    made = {key: one for key, one in results.items() if isinstance(one, int)}
    refused = {key: one for key, one in results.items() if isinstance(one, ConnectorError)}
    every = {**found, **made}
    told = {one: {"name": texts[key]} for key, one in every.items() if key in texts}
    await set_texts(site, model, told, told)
    return every, refused


def _mark(*names: str) -> str:
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:16]
