"""Units of measure: categories with factors until 18, chains of relative factors from 19."""

from typing import ClassVar

from qantara.sandbox.odoo.errors import CheckError, UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row


class UnitCategory(Model):
    """Units of one category convert into each other."""


class Unit(Model):
    """`factor` counts how many of this unit make one reference unit (dozen: 1/12)."""

    ORDER = "factor DESC, id"
    DEFAULTS: ClassVar = {
        "active": True,
        "factor": 1.0,
        "rounding": 0.01,
        "uom_type": "reference",
    }
    COMPUTES: ClassVar = {"factor_inv": "_factor_inv", "ratio": "_ratio"}
    INVERSES: ClassVar = {"factor_inv": "_set_factor_inv", "ratio": "_set_ratio"}

    def quantity_per_reference(self, record_id: int) -> float:
        """How many reference units one of this unit is."""
        return 1.0 / float(self.value(record_id, "factor") or 1.0)

    def same_kind(self, one: int, other: int) -> bool:
        return bool(self.row(one).get("category_id") == self.row(other).get("category_id"))

    def convert(self, quantity: float, source: int, target: int) -> float:
        """Raises where the units are of different categories."""
        if source == target:
            return quantity
        if not self.same_kind(source, target):
            raise UserError(
                f"The unit of measure {self.row(source)['name']} defined on the order line doesn't"
                f" belong to the same category as the unit of measure {self.row(target)['name']}"
                " defined on the product."
            )
        ratio = self.quantity_per_reference(source) / self.quantity_per_reference(target)
        return round(quantity * ratio, 6)

    def _factor_inv(self, row: Row) -> float:
        return 1.0 / row["factor"] if row.get("factor") else 0.0

    def _ratio(self, row: Row) -> float:
        return self._factor_inv(row) if row.get("uom_type") == "bigger" else row.get("factor", 1.0)

    def _set_factor_inv(self, record_id: int, value: float) -> None:
        self.put(record_id, factor=1.0 / value if value else 0.0)

    def _set_ratio(self, record_id: int, value: float) -> None:
        if self.row(record_id).get("uom_type") == "bigger":
            self._set_factor_inv(record_id, value)
        else:
            self.put(record_id, factor=float(value))

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._on_written([record_id], vals)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        del vals
        for record_id in ids:
            self._check_factor(record_id)

    def _check_factor(self, record_id: int) -> None:
        row = self.row(record_id)
        if not row.get("factor"):
            raise CheckError("The conversion ratio for a unit of measure cannot be 0!")
        if row.get("uom_type") != "reference":
            return
        if row["factor"] != 1.0:
            raise CheckError("The reference unit must have a conversion rate equal to 1.")
        siblings = self.table.with_value("category_id", row.get("category_id"))
        doubled = [each for each in siblings if self.row(each).get("uom_type") == "reference"]
        if len(doubled) > 1:
            category = self.env.store.table("uom.category").rows[row["category_id"]]["name"]
            raise ValidationError(
                f"UoM category {category} should only have one reference unit of measure."
            )


class UnitFrom19(Unit):
    """A unit is so many of another one; the factor is the product along the chain."""

    ORDER = "sequence, relative_uom_id, id"
    DEFAULTS: ClassVar = {"active": True, "relative_factor": 1.0}
    COMPUTES: ClassVar = {"factor": "_factor", "rounding": "_rounding"}
    INVERSES: ClassVar = {}
    IGNORED = frozenset({"factor"})
    PARENT = "relative_uom_id"

    def quantity_per_reference(self, record_id: int) -> float:
        return self._factor(self.row(record_id))

    def same_kind(self, one: int, other: int) -> bool:
        return self._root(one) == self._root(other)

    def _root(self, record_id: int) -> int:
        above = self.row(record_id).get("relative_uom_id")
        return self._root(above) if above else record_id

    def _factor(self, row: Row) -> float:
        above = row.get("relative_uom_id")
        factor: float = row.get("relative_factor") or 1.0
        return factor * self._factor(self.row(above)) if above else factor

    def _rounding(self, row: Row) -> float:
        del row
        return 0.01

    def _check_factor(self, record_id: int) -> None:
        if not self.row(record_id).get("relative_factor"):
            raise CheckError("The conversion ratio for a unit of measure cannot be 0!")
