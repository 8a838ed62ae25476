"""A category and WooCommerce's product category."""

from collections.abc import Collection, Mapping
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.woocommerce.mapping.values import in_language, unescaped
from qantara.model import Category, Ref, Text

FIELDS = "id,name,parent"
DEEPEST = 50
"""Levels after which a tree is taken for a circle."""


def path(row: Mapping[str, Any], every: Mapping[int, Mapping[str, Any]]) -> str:
    """The names from the root."""
    names: list[str] = []
    above: Mapping[str, Any] | None = row
    while above is not None and len(names) < DEEPEST:
        names.append(unescaped(above["name"]))
        above = every.get(above.get("parent") or 0)
    return " / ".join(reversed(names))


def from_wire(wire: Wire) -> Category:
    """The category."""
    row = wire["row"]
    parent = row.get("parent") or 0
    return Category(
        name=Text(unescaped(row["name"])),
        path=wire["path"],
        parent=Ref("category", str(parent)) if parent else None,
    )


def to_body(category: Category, fields: Collection[str], language: str) -> dict[str, Any]:
    """The named fields; the path follows from name and parent."""
    body: dict[str, Any] = {}
    if "name" in fields:
        body["name"] = in_language(category.name, language)
    if "parent" in fields:
        body["parent"] = int(category.parent.id) if category.parent else 0
    return body
