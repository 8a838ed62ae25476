"""Sameness: what of two records is one, in words that both sides have.

A system that has one language, or one category for a product, tells less than the other one. What
both would tell alike is the same: there is nothing to write, and nobody to be asked.
"""

from collections.abc import Sequence
from typing import Any

from qantara.engine.item import Item
from qantara.engine.link import Link


async def same(link: Link, pairs: Sequence[tuple[Item, Any]]) -> dict[int, frozenset[str]]:
    """The link's fields in which an item and the target's record are one, by the item's identity."""
    if not pairs:
        return {}
    ours = await link.target.reworded(link.there, [item.outgoing for item, _ in pairs])
    both = [*ours, *(present for _, present in pairs)]
    told = await link.source.reworded(link.entity, both)
    return {
        id(item): frozenset(
            name for name in link.fields if getattr(one, name) == getattr(other, name)
        )
        for (item, _), one, other in zip(pairs, told, told[len(pairs) :], strict=False)
    }
