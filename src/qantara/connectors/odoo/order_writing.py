"""Writes sale orders as quotations, and the vendor's reference into purchase orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.loading import Result, external_id, update
from qantara.connectors.odoo.mapping import order
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, settable, text
from qantara.connectors.odoo.orders import line_shape
from qantara.connectors.odoo.pricelists import Pricelists, pricelists_for
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Cells, Mapped, Writer, its, map_all, outcomes, save
from qantara.model import PurchaseOrder, SaleOrder
from qantara.transport import ConnectorError, NotFound, Rejected

LINES = "order_line"
PARTS = ("currencies", "units", "taxes")
CONTENT = frozenset({"customer", "customer_reference", "ordered_at", "note", "currency", "lines"})


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


class SaleOrderWriter(Writer):
    """sale.order: made as a quotation, changed while it is one, cancelled; never confirmed."""

    entity, model = "sale_order", "sale.order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """New ones by import; a change is one write for each order, for lines need commands."""
        tables = await self.site.tables.get(*PARTS)
        shape = await line_shape(self.site, "sale.order.line", "product_uom_qty")
        prices = await pricelists_for(self.site, [its(SaleOrder, one) for one in writes])
        new = [one for one in writes if one.external_id is None]
        made = iter(await self._create(new, shape, prices))
        tables = await self.site.tables.get(*PARTS)
        old = [one for one in writes if one.external_id is not None]
        changed = iter(await self._change(old, shape, prices, tables))
        return outcomes([next(made if one.external_id is None else changed) for one in writes])

    async def _create(
        self, writes: Sequence[Write], shape: LineShape, prices: Pricelists
    ) -> list[Result]:
        more: dict[int, Sequence[Cells]] = {}

        def cells(write: Write, tables: Tables) -> Cells:
            told = its(SaleOrder, write)
            rows = _import_rows(write, told, tables, shape)
            more[writes.index(write)] = rows[1:]
            head = {**order.header_cells(told, write.fields), **prices.cells(told, tables)}
            return {**head, **(rows[0] if rows else {})}

        results = await save(self, writes, await map_all(self.site, writes, cells, *PARTS), more)
        for index, (one, write) in enumerate(zip(results, writes, strict=True)):
            if isinstance(one, int) and its(SaleOrder, write).state == "cancelled":
                results[index] = await self._cancel(one)
        return results

    async def _change(
        self, writes: Sequence[Write], shape: LineShape, prices: Pricelists, tables: Tables
    ) -> list[Result]:
        if not writes:
            return []
        ids = [int(one.external_id or 0) for one in writes]
        orders = await self.site.rows(self.model, [("id", "in", ids)], ["name", "state"])
        by_id = {row["id"]: row for row in orders}
        lines = await self._lines(ids)

        def cells(write: Write, fresh: Tables) -> Cells:
            row = by_id.get(int(write.external_id or 0))
            return _head(write, row, prices, fresh)

        heads = await map_all(self.site, writes, cells, *PARTS)
        tables = await self.site.tables.get(*PARTS)
        return [
            await self._change_one(one, head, lines.get(number, []), (tables, shape))
            for one, head, number in zip(writes, heads, ids, strict=True)
        ]

    async def _change_one(
        self,
        write: Write,
        head: Mapped,
        lines: Sequence[dict[str, Any]],
        into: tuple[Tables, LineShape],
    ) -> Result:
        told, number = its(SaleOrder, write), int(write.external_id or 0)
        if isinstance(head, ConnectorError):
            return head
        try:
            if "state" in write.fields and told.state == "cancelled":
                return await self._cancel(number)
            values = settable(head)
            if "lines" in write.fields:
                values[LINES] = _commands(order.line_cells(told, *into), lines)
            if values:
                context = await self.site.tables.context(**EVERYTHING)
                await self.site.client.write(self.model, [number], values, context=context)
        except (Rejected, NotFound) as error:
            return error
        return number

    async def _cancel(self, number: int) -> Result:
        """Cancel it, unless it is; without the question whether the customer shall be told."""
        rows = await self.site.rows(self.model, [("id", "=", number)], ["state"])
        if not rows:
            return _gone(number)
        if rows[0]["state"] == "cancel":
            return number
        context = await self.site.tables.context(disable_cancel_warning=True)
        try:
            await self.site.client.call(self.model, "action_cancel", [number], context=context)
        except (Rejected, NotFound) as error:
            return error
        return number

    async def _lines(self, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        rows = await self.site.rows(
            "sale.order.line",
            [("order_id", "in", list(ids))],
            ["order_id", "display_type"],
            order="sequence, id",
        )
        found: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            found.setdefault(identity(row["order_id"]) or 0, []).append(row)
        return found


def _import_rows(write: Write, told: SaleOrder, tables: Tables, shape: LineShape) -> list[Cells]:
    """The lines as rows of the import, each under an external id of its own."""
    if "lines" not in write.fields:
        return []
    return [
        {
            f"{LINES}/id": external_id("sale_order_line", f"{write.key}_{place}"),
            **{f"{LINES}/{name}": cell for name, cell in cells.items()},
        }
        for place, cells in enumerate(order.line_cells(told, tables, shape), start=1)
    ]


def _head(write: Write, row: Mapping[str, Any] | None, prices: Pricelists, tables: Tables) -> Cells:
    """The changed fields of the head. Raises what speaks against a change."""
    told = its(SaleOrder, write)
    if row is None:
        raise _gone(int(write.external_id or 0))
    if "state" in write.fields and told.state == "cancelled":
        return {}
    content = write.fields & CONTENT
    if row["state"] not in order.OPEN and (content or row["state"] == "cancel"):
        raise Rejected(
            f"{row['name']} is no quotation any more at {tables.where} (its state is "
            f"{text(row['state'])!r}), so that the change was not made.",
            remedy="Agree with the seller: he may set it back to a quotation, or change it himself.",
            field="lines" if "lines" in content else "state",
        )
    cells = order.header_cells(told, write.fields)
    return {**cells, **prices.cells(told, tables)} if "currency" in content else cells


def _commands(
    wanted: Sequence[Mapping[str, Cell]], there: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """What turns the lines that are there into those wanted, place by place."""
    commands: list[Any] = []
    for place, cells in enumerate(wanted):
        row = there[place] if place < len(there) else None
        same_kind = row and (row["display_type"] or None) == cells.get("display_type")
        if row and same_kind:
            commands.append((1, row["id"], settable(cells)))
        else:
            commands += [(2, row["id"], 0)] if row else []
            commands.append((0, 0, settable(cells)))
    return [*commands, *((2, row["id"], 0) for row in there[len(wanted) :])]


def _gone(number: int) -> NotFound:
    return NotFound(f"The sale order with the id {number} is not there any more.")
