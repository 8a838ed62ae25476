"""Writes the vendor's reference into purchase orders."""

from collections.abc import Sequence

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.loading import update
from qantara.connectors.odoo.mapping.values import Cell
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Writer, its, outcomes
from qantara.model import PurchaseOrder
from qantara.transport import ConnectorError, Rejected


class PurchaseOrderWriter(Writer):
    """purchase.order: only what the vendor calls it."""

    entity, model = "purchase_order", "purchase.order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One call."""
        allowed = [self._refusal(one) for one in writes]
        changes: dict[int, dict[str, Cell]] = {
            int(one.external_id or 0): {"partner_ref": its(PurchaseOrder, one).vendor_reference}
            for one, refusal in zip(writes, allowed, strict=True)
            if refusal is None
        }
        context = await self.site.tables.context(**EVERYTHING)
        results = await update(self.site.client, self.model, changes, context)
        return outcomes(
            [
                refusal or results[int(one.external_id or 0)]
                for one, refusal in zip(writes, allowed, strict=True)
            ]
        )

    def _refusal(self, write: Write) -> ConnectorError | None:
        if write.external_id and write.fields <= {"vendor_reference"}:
            return None
        return Rejected(
            "Of a purchase order only the vendor's reference is written; its buyer writes the rest.",
            remedy="Narrow the link to the field vendor_reference.",
        )
