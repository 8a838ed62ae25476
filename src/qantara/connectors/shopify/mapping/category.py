"""A category and Shopify's collection, which knows no parent: we keep it in a metafield."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.texts import translated
from qantara.connectors.shopify.mapping.values import text
from qantara.model import Category, Ref

SEPARATOR = " / "


def from_wire(wire: Wire) -> Category:
    """The category; a collection that others made is at the root, by its title."""
    node = wire["node"]
    place = placed(node)
    title = text(node["title"])
    path = text(place.get("path"))
    known = path == title or path.endswith(SEPARATOR + title)
    return Category(
        name=translated(title, wire.get("translations", {}), "title"),
        path=path if known else title,
        parent=Ref("category", place["parent"]) if place.get("parent") else None,
    )


def placed(node: Mapping[str, Any]) -> dict[str, str]:
    """What we have noted of the place of a collection."""
    try:
        told = json.loads((node.get("place") or {}).get("value") or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def place(category: Category, fields: Collection[str], present: Mapping[str, str]) -> str:
    """That note anew."""
    told = dict(present)
    if {"name", "parent", "path"} & set(fields):
        told["path"] = category.path
    if "parent" in fields:
        told["parent"] = category.parent.id if category.parent else ""
    return json.dumps(told, ensure_ascii=False, sort_keys=True)
