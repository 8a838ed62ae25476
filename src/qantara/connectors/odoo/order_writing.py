"""Writes sale orders: made as quotations, then changed as far as Odoo allows; never confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.delivery import Addresses
from qantara.connectors.odoo.line_changes import Rules, plan
from qantara.connectors.odoo.loading import Result, external_id
from qantara.connectors.odoo.mapping import order
from qantara.connectors.odoo.mapping.order import LineShape
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import settable
from qantara.connectors.odoo.order_standing import Standing, apart, standings
from qantara.connectors.odoo.orders import sale_shape
from qantara.connectors.odoo.payment_terms import terms_for
from qantara.connectors.odoo.pricelists import Pricelists, pricelists_for
from qantara.connectors.odoo.remarks import refusal_id, remark
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Cells, Mapped, Writer, its, map_all, outcomes, save
from qantara.model import Note, Ref, SaleOrder
from qantara.transport import ConnectorError, NotFound, Rejected, Undecided

LINES = "order_line"
PARTS = ("currencies", "units", "taxes")
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What the head of an order refers to: price lists, delivery addresses, payment terms."""

    prices: Pricelists
    places: Addresses
    terms: Mapping[str, int]

    def cells(self, write: Write, fields: frozenset[str], tables: Tables) -> Cells:
        """The named fields of the head. Raises what speaks against them."""
        told, new = its(SaleOrder, write), write.external_id is None
        cells: Cells = order.header_cells(told, fields)
        if "currency" in fields or new:
            cells |= self.prices.cells(told, tables)
        if "deliver_to" in fields and (told.deliver_to or not new):
            cells["partner_shipping_id/.id"] = self.places.of(told)
        if "payment_terms" in fields and told.payment_terms in self.terms:
            cells["payment_term_id/.id"] = self.terms[told.payment_terms]
        return cells


async def heads_for(site: Site, writes: Sequence[Write]) -> Heads:
    """What these orders refer to; a new delivery address is made."""
    orders = [its(SaleOrder, one) for one in writes]
    places = Addresses(site=site)
    await places.settle([its(SaleOrder, one) for one in writes if "deliver_to" in one.fields])
    return Heads(
        prices=await pricelists_for(site, orders),
        places=places,
        terms=await terms_for(site, (one.payment_terms for one in orders)),
    )


class SaleOrderWriter(Writer):
    """sale.order: a quotation follows wholly, a confirmed order as far as Odoo lets it.

    What cannot be taken over is refused in words, and the order has a remark that says so.
    """

    entity, model = "sale_order", "sale.order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """New ones by import; a change is one write for each order, for lines need commands."""
        shape = await sale_shape(self.site)
        heads = await heads_for(self.site, writes)
        new = [one for one in writes if one.external_id is None]
        made = iter(await self._create(new, shape, heads))
        old = [one for one in writes if one.external_id is not None]
        changed = iter(await self._change(old, shape, heads))
        return outcomes([next(made if one.external_id is None else changed) for one in writes])

    async def _create(
        self, writes: Sequence[Write], shape: LineShape, heads: Heads
    ) -> list[Result]:
        more: dict[int, Sequence[Cells]] = {}

        def cells(write: Write, tables: Tables) -> Cells:
            rows = _import_rows(write, tables, shape)
            more[writes.index(write)] = rows[1:]
            return {**heads.cells(write, write.fields, tables), **(rows[0] if rows else {})}

        results = await save(self, writes, await map_all(self.site, writes, cells, *PARTS), more)
        for index, (one, write) in enumerate(zip(results, writes, strict=True)):
            if isinstance(one, int) and its(SaleOrder, write).state == CANCELLED:
                [standing] = (await standings(self.site, [one], shape)).values()
                results[index] = await self._attempt(write, standing, self._cancel(standing))
        return results

    async def _change(
        self, writes: Sequence[Write], shape: LineShape, heads: Heads
    ) -> list[Result]:
        there = await standings(self.site, [int(one.external_id or 0) for one in writes], shape)

        def cells(write: Write, tables: Tables) -> Cells:
            standing = there.get(int(write.external_id or 0))
            return heads.cells(write, apart(write.fields, standing)[0], tables)

        mapped = await map_all(self.site, writes, cells, *PARTS)
        tables = await self.site.tables.get(*PARTS)
        results: list[Result] = []
        for write, head in zip(writes, mapped, strict=True):
            standing = there.get(int(write.external_id or 0))
            if standing is None:
                results.append(_gone(int(write.external_id or 0)))
                continue
            change = self._change_one(write, head, standing, (tables, shape))
            results.append(await self._attempt(write, standing, change))
        return results

    async def _attempt(self, write: Write, standing: Standing, change: Any) -> Result:
        """Do it; a refusal is remarked on the order, where its people and the hub find it."""
        try:
            await change
        except (NotFound, Undecided) as error:
            return error
        except Rejected as error:
            reference = its(SaleOrder, write).customer_reference or standing.reference
            words = f"Not taken over from purchase order {reference}: {error.reason}"
            note = Note(on=Ref(self.entity, str(standing.id)), body=words)
            await remark(self.site, note, refusal_id(write.key, words))
            return error
        return standing.id

    async def _change_one(
        self, write: Write, head: Mapped, standing: Standing, into: tuple[Tables, LineShape]
    ) -> None:
        if isinstance(head, ConnectorError):
            raise head
        told = its(SaleOrder, write)
        if "state" in write.fields and told.state == CANCELLED:
            await self._cancel(standing)
        elif standing.cancelled:
            await self._reopen(write, standing)
        fields, refusals = apart(write.fields, standing)
        values = settable(head)
        if "lines" in fields:
            rules = Rules(shape=into[1], confirmed=standing.confirmed and told.state != CANCELLED)
            planned = plan(order.line_cells(told, *into), standing.lines, rules)
            values |= {LINES: planned.commands} if planned.commands else {}
            refusals += planned.refusals
        if values:
            context = await self.site.tables.context(**EVERYTHING)
            await self.site.client.write(self.model, [standing.id], values, context=context)
        if refusals:
            raise Rejected(
                " ".join(refusals),
                remedy=f"Agree with {self.site.connection.name} about {standing.name}, then correct "
                "the purchase order or the sale order.",
                field="lines",
            )

    async def _cancel(self, standing: Standing) -> None:
        """Cancel it, unless it is; without the question whether the customer shall be told."""
        if standing.cancelled:
            return
        if reason := standing.against_cancelling:
            raise Rejected(
                f"{standing.name} was not cancelled: {reason}",
                remedy=f"Agree with {self.site.connection.name} about what is to be returned.",
                field="state",
            )
        context = await self.site.tables.context(disable_cancel_warning=True)
        await self.site.client.call(self.model, "action_cancel", [standing.id], context=context)

    async def _reopen(self, write: Write, standing: Standing) -> None:
        """A purchase order that was taken up again goes on with the same sale order."""
        where = self.site.connection.name
        if "state" not in write.fields:
            raise Rejected(
                f"{standing.name} was cancelled at {where}, so that the change was not made.",
                remedy="Cancel the purchase order too, or order anew.",
                field="state",
            )
        if standing.delivered:
            raise Rejected(
                f"{standing.name} was cancelled after {standing.delivered}, so that it is not taken up"
                " again.",
                remedy="Order what is still wanted with a new purchase order.",
                field="state",
            )
        context = await self.site.tables.context()
        await self.site.client.call(self.model, "action_draft", [standing.id], context=context)


def _import_rows(write: Write, tables: Tables, shape: LineShape) -> list[Cells]:
    """The lines as rows of the import, each under an external id of its own."""
    if "lines" not in write.fields:
        return []
    return [
        {
            f"{LINES}/id": external_id("sale_order_line", f"{write.key}_{place}"),
            **{f"{LINES}/{name}": cell for name, cell in cells.items()},
        }
        for place, cells in enumerate(
            order.line_cells(its(SaleOrder, write), tables, shape), start=1
        )
    ]


def _gone(number: int) -> NotFound:
    return NotFound(f"The sale order with the id {number} is not there any more.")
