"""A category and Odoo's product.category."""

from collections.abc import Collection

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, many_languages, text
from qantara.model import Category, Ref, Text

FIELDS = ("name", "complete_name", "parent_id", "write_date")


def from_wire(wire: Wire) -> Category:
    """The category; its path is Odoo's complete name."""
    row = wire["row"]
    parent = identity(row["parent_id"])
    return Category(
        name=many_languages(row, "name", wire["translations"]),
        path=text(row["complete_name"]),
        parent=Ref("category", str(parent)) if parent else None,
    )


def to_cells(category: Category, fields: Collection[str], tables: Tables) -> dict[str, Cell]:
    """The named fields as import cells; the path follows from name and parent."""
    cells: dict[str, Cell] = {}
    if "name" in fields:
        cells["name"] = tables.in_main(category.name)
    if "parent" in fields:
        cells["parent_id/.id"] = int(category.parent.id) if category.parent else None
    return cells


def texts(category: Category, fields: Collection[str]) -> dict[str, Text]:
    """The translated fields among `fields`."""
    return {"name": category.name} if "name" in fields else {}
