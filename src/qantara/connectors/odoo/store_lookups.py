"""What the orders of a store refer to at one Odoo: products, units, warehouses, teams, tags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.mapping.store_sale import Place
from qantara.connectors.odoo.mapping.values import Cell, identity, text
from qantara.connectors.odoo.orders import sale_shape
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.store_rules import Rules
from qantara.model import Ref, Refund, StoreOrder
from qantara.transport import Rejected

_NAMED: Mapping[str, tuple[str, str, str, str]] = {
    "warehouse": ("stock.warehouse", "code", "warehouse_id/.id", "Inventory, Configuration"),
    "team": ("crm.team", "name", "team_id/.id", "CRM or Sales, Configuration, Sales Teams"),
    "tags": ("crm.tag", "name", "tag_ids/.id", "CRM or Sales, Configuration, Tags"),
}
"""What a rule names: the model, the field of the name, the field of the order, where to make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Records by kind and name."""

    where: str
    ids: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def cells(self, rules: Rules) -> dict[str, Cell]:
        """What the rules name for the head of an order; Rejected for what is not there."""
        cells: dict[str, Cell] = {}
        if rules.warehouse:
            cells[_NAMED["warehouse"][2]] = self._of("warehouse", rules.warehouse)
        if rules.team:
            cells[_NAMED["team"][2]] = self._of("team", rules.team)
        if rules.tags:
            cells[_NAMED["tags"][2]] = tuple(self._of("tags", one) for one in rules.tags)
        return cells

    def _of(self, kind: str, name: str) -> int:
        if (kind, name) in self.ids:
            return self.ids[kind, name]
        what = kind.removesuffix("s")
        raise Rejected(
            f"{self.where} has no {what} {name!r}, which the options of the order flow name.",
            remedy=f"Create it in {self.where} ({_NAMED[kind][3]}), or correct the option.",
            field="extra",
        )


async def named(site: Site, rules: Iterable[Rules]) -> Named:
    """What these rules name; one call for each kind that is named at all."""
    ids: dict[tuple[str, str], int] = {}
    told = list(rules)
    for kind, (model, key, _, _) in _NAMED.items():
        names = {one for rule in told for one in _listed(getattr(rule, kind))}
        if names:
            domain = [*await site.shared(model), (key, "in", sorted(names)), *_living(model)]
            rows = await site.rows(model, domain, [key])
            ids |= {(kind, text(row[key])): row["id"] for row in reversed(rows)}
    return Named(where=site.connection.name, ids=ids)


async def place_for(
    site: Site, records: Sequence[StoreOrder | Refund], rules: Iterable[Rules]
) -> Place:
    """What the mapping needs to know of this Odoo for these documents; three calls and tables."""
    tables = await site.tables.get("currencies", "units", "taxes", "ways")
    codes = {sku for rule in rules for sku in (rule.residue, *rule.products.values()) if sku}
    lines = [line for one in records for line in one.lines]
    codes |= {sku for line in lines if (sku := getattr(line, "sku", "")) and line.product is None}
    ids = {int(line.product.id) for line in lines if isinstance(line.product, Ref)}
    domain: list[Any] = ["|", ("default_code", "in", sorted(codes)), ("id", "in", sorted(ids))]
    where = [*await site.shared("product.product"), ("active", "=", True), *domain]
    rows = await site.rows("product.product", where, ["default_code", "uom_id"])
    skus: dict[str, tuple[int, ...]] = {}
    for row in rows:
        code = text(row["default_code"])
        skus[code] = (*skus.get(code, ()), row["id"])
    return Place(
        tables=tables,
        shape=await sale_shape(site),
        skus=skus,
        units={row["id"]: identity(row["uom_id"]) or 0 for row in rows},
    )


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value)


def _living(model: str) -> list[Any]:
    return [] if model == "crm.tag" else [("active", "=", True)]
