"""Reads what was refused on sale orders, as it was remarked there, to be told to the other side."""

from collections.abc import Sequence
from typing import Any

from qantara.connectors.base import Change, Wire
from qantara.connectors.odoo.mapping.values import plain
from qantara.connectors.odoo.polling import Captured
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.remarks import REFUSED
from qantara.model import Note, Ref


def note_from_wire(wire: Wire) -> Note:
    """The remark, on the sale order that it is about."""
    row = wire["message"]
    return Note(on=Ref("sale_order", str(row["res_id"])), body=plain(row["body"]))


class OrderRefusals(Reader):
    """mail.message: the remarks of refusals on sale orders."""

    model = "mail.message"
    canonical = staticmethod(note_from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """Only what was posted as a refusal."""
        own = [("model", "=", "sale.order"), ("message_id", "=like", f"%.{REFUSED}>")]
        return [*own, *await super().domain(scope)]

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call."""
        domain = [*await self.domain(scope), ("id", "in", list(ids))]
        rows = await self.site.rows(self.model, domain, ["res_id", "body", "write_date"])
        return [
            self.captured(
                row,
                Change(
                    entity="order_refusal",
                    external_id=str(row["id"]),
                    version=row["write_date"],
                    wire={"message": {"res_id": row["res_id"], "body": row["body"]}},
                ),
            )
            for row in rows
        ]
