"""Finds products by what is unique, and variations by their parent, without looking at all."""

from collections.abc import Sequence

from qantara.sandbox.woocommerce.wire import Row

COLUMNS = ("sku", "global_unique_id", "slug")


class ProductIndex:
    """Kept beside the table of products: whoever changes a row puts it here again."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, str], dict[int, None]] = {}
        self._entered: dict[int, tuple[tuple[str, str], ...]] = {}
        self._children: dict[int, dict[int, None]] = {}
        self._parents: dict[int, int] = {}

    def put(self, row: Row) -> None:
        """The row as it is now. Safe to repeat."""
        self.drop(row["id"])
        entries = tuple((column, row[column]) for column in COLUMNS if row[column])
        self._entered[row["id"]] = entries
        for entry in entries:
            self._holders.setdefault(entry, {})[row["id"]] = None
        if row["parent_id"]:
            self._parents[row["id"]] = row["parent_id"]
            children = self._children.setdefault(row["parent_id"], {})
            self._children[row["parent_id"]] = dict.fromkeys(sorted({*children, row["id"]}))

    def drop(self, number: int) -> None:
        """The row is gone."""
        for entry in self._entered.pop(number, ()):
            self._holders[entry].pop(number, None)
        parent = self._parents.pop(number, 0)
        self._children.get(parent, {}).pop(number, None)

    def holders(self, column: str, value: str) -> Sequence[int]:
        """Who has this SKU, GTIN or slug; the trash included."""
        return tuple(self._holders.get((column, value), ()))

    def children(self, parent: int) -> Sequence[int]:
        """The variations of a product, the first made first."""
        return tuple(self._children.get(parent, ()))
