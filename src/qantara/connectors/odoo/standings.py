"""Reads where sale orders stand, for those who are to decide about them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Change
from qantara.connectors.odoo.mapping import standing
from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.polling import Captured
from qantara.connectors.odoo.reading import Reader


class _Standings(Reader):
    model = "sale.order"
    entity: ClassVar[str]

    async def domain(self, scope: str) -> list[Any]:
        """The customer's orders, those of his addresses too."""
        kind, _, customer = scope.partition(":")
        if kind == "customer" and customer.isdigit():
            return [("partner_id", "child_of", int(customer))]
        return await super().domain(scope)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call."""
        domain = [*await self.domain(scope), ("id", "in", ids)]
        rows = await self.site.rows(self.model, domain, standing.FIELDS)
        return [self.captured(row, self._change(row)) for row in rows]

    def _change(self, row: Mapping[str, Any]) -> Change:
        return Change(
            entity=self.entity,
            external_id=str(row["id"]),
            version=text(row["write_date"]),
            wire={"order": dict(row)},
        )


class OrderStandings(_Standings):
    """sale.order; scope "customer:<partner id>" for the orders of one customer."""

    entity = "order_standing"
    canonical = staticmethod(standing.from_wire)


class AskedOrders(_Standings):
    """sale.order, as what a question was asked about."""

    entity = "question"
    canonical = staticmethod(standing.question_from_wire)
