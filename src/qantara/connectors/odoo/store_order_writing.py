"""Writes orders of a store: made once with the store's amounts, then brought as far as rules say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.line_changes import Rules as LineRules
from qantara.connectors.odoo.line_changes import plan, same
from qantara.connectors.odoo.loading import Result, external_id
from qantara.connectors.odoo.mapping import store_sale
from qantara.connectors.odoo.mapping.refund import marked
from qantara.connectors.odoo.mapping.store_sale import Place, Terms
from qantara.connectors.odoo.mapping.values import Cell, settable, text
from qantara.connectors.odoo.order_standing import FIXED, Standing, standings
from qantara.connectors.odoo.pricelists import Pricelists, pricelists_for
from qantara.connectors.odoo.store_lookups import Named, named, place_for
from qantara.connectors.odoo.store_order_steps import GONE, Due, Steps
from qantara.connectors.odoo.store_places import Places
from qantara.connectors.odoo.store_rules import Rules
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Cells, Mapped, Writer, its, map_all, outcomes, save
from qantara.model import StoreOrder
from qantara.transport import ConnectorError, NotFound, Rejected

LINES = "order_line"
PARTS = ("currencies", "units", "taxes", "ways")
KEPT = FIXED | {"placed_at"}

AMOUNTS = frozenset({"lines", "total", "currency"})
"""Fields that say the same thing: when one changes, the lines are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What the heads of these orders refer to."""

    prices: Pricelists
    places: Places
    named: Named
    place: Place

    def cells(self, write: Write, fields: frozenset[str]) -> Cells:
        """The named fields of the head, and what the rules say of a new one."""
        told, new = its(StoreOrder, write), write.external_id is None
        cells: Cells = store_sale.head_cells(told, fields)
        if "currency" in fields or new:
            cells |= self.prices.cells(told, self.place.tables)
        if "billing" in fields or new:
            cells["partner_invoice_id/.id"] = self.places.of(told, "billing")
        if fields & {"billing", "shipping_to"} or new:
            cells["partner_shipping_id/.id"] = self.places.of(told, "shipping_to")
        if new:
            rules = Rules.of(told)
            cells |= self.named.cells(rules)
            if rules.source:
                cells["origin"] = rules.titled(told.number)
        return cells


class StoreOrderWriter(Writer):
    """sale.order: quotation, confirmed order, invoice, payment, each step only where it is missing."""

    entity, model = "store_order", "sale.order"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """New ones by import; what is there already, by its key too, is changed in place."""
        writes = await self._recognised(writes)
        checked = [_refusal(one) for one in writes]
        good = [one for one, error in zip(writes, checked, strict=True) if error is None]
        results = iter(await self._write(good)) if good else iter(())
        return outcomes([error or next(results) for error in checked])

    async def _write(self, writes: Sequence[Write]) -> list[Result]:
        heads = await self._heads(writes)
        new = [one for one in writes if one.external_id is None]
        old = [one for one in writes if one.external_id is not None]
        made, changed = iter(await self._create(new, heads)), iter(await self._change(old, heads))
        results = [next(made if one.external_id is None else changed) for one in writes]
        return await self._carried(writes, results, heads.place)

    async def _recognised(self, writes: Sequence[Write]) -> list[Write]:
        """Creations whose order an earlier attempt has left are changes of it."""
        new = [one for one in writes if one.external_id is None]
        if not new:
            return list(writes)
        numbers = [its(StoreOrder, one).number for one in new]
        there = await self.site.rows(self.model, [("client_order_ref", "in", numbers)], ["id"])
        known = await self.lookup([one.key for one in new]) if there else {}
        return [_with_id(one, known.get(one.key)) for one in writes]

    async def _heads(self, writes: Sequence[Write]) -> Heads:
        orders = [its(StoreOrder, one) for one in writes]
        rules = [Rules.of(one) for one in orders]
        places = Places(site=self.site)
        await places.settle(
            [
                its(StoreOrder, one)
                for one in writes
                if one.external_id is None or one.fields & {"billing", "shipping_to"}
            ]
        )
        return Heads(
            prices=await pricelists_for(self.site, orders),
            places=places,
            named=await named(self.site, rules),
            place=await place_for(self.site, orders, rules),
        )

    async def _create(self, writes: Sequence[Write], heads: Heads) -> list[Result]:
        if not writes:
            return []
        more: dict[int, Sequence[Cells]] = {}
        by_key = {write.key: index for index, write in enumerate(writes)}

        def cells(write: Write, tables: Any) -> Cells:
            place = _with_tables(heads.place, tables)
            rows = list(_import_rows(write, place))
            more[by_key[write.key]] = rows[1:]
            return {**heads.cells(write, write.fields), **(rows[0] if rows else {})}

        return await save(self, writes, await map_all(self.site, writes, cells, *PARTS), more)

    async def _change(self, writes: Sequence[Write], heads: Heads) -> list[Result]:
        if not writes:
            return []
        shape = heads.place.shape
        there = await standings(self.site, [int(one.external_id or 0) for one in writes], shape)
        lines: dict[str, list[dict[str, Cell]]] = {}

        def cells(write: Write, tables: Any) -> Cells:
            if write.fields & AMOUNTS:
                place = _with_tables(heads.place, tables)
                lines[write.key] = _line_cells(write, place)
            return heads.cells(write, _open(write.fields, there.get(int(write.external_id or 0))))

        mapped = await self._fresh(writes, await map_all(self.site, writes, cells, *PARTS))
        return [
            await self._change_one(
                write, head, there.get(int(write.external_id or 0)), lines.get(write.key)
            )
            for write, head in zip(writes, mapped, strict=True)
        ]

    async def _fresh(self, writes: Sequence[Write], heads: Sequence[Mapped]) -> list[Mapped]:
        """Only what the heads do not hold already; one call."""
        names = {name.partition("/")[0] for one in heads if isinstance(one, dict) for name in one}
        ids = [int(one.external_id or 0) for one in writes]
        rows = await self.site.rows(self.model, [("id", "in", ids)], sorted(names)) if names else []
        by_id = {row["id"]: row for row in rows}
        return [
            {name: cell for name, cell in head.items() if not same(by_id[one], name, cell)}
            if isinstance(head, dict) and one in by_id
            else head
            for one, head in zip(ids, heads, strict=True)
        ]

    async def _change_one(
        self,
        write: Write,
        head: Mapped,
        standing: Standing | None,
        lines: Sequence[Mapping[str, Cell]] | None,
    ) -> Result:
        if standing is None:
            return NotFound(f"The order with the id {write.external_id} is not there any more.")
        if isinstance(head, ConnectorError):
            return head
        if its(StoreOrder, write).state in GONE:
            return standing.id
        try:
            await self._follow(write, settable(head), standing, lines)
        except (Rejected, NotFound) as error:
            return error
        return standing.id

    async def _follow(
        self,
        write: Write,
        values: dict[str, Any],
        standing: Standing,
        lines: Sequence[Mapping[str, Cell]] | None,
    ) -> None:
        """Take over what changed in the store as far as Odoo lets; raises what it does not."""
        order, refusals = its(StoreOrder, write), list[str]()
        if standing.cancelled:
            await self._reopen(order, standing)
        if lines is not None:
            rules = LineRules(shape=standing.shape, confirmed=standing.confirmed, places="given")
            told = [one for one in standing.lines if not marked(text(one["name"]))]
            planned = plan(lines, told, rules)
            values |= {LINES: planned.commands} if planned.commands else {}
            refusals = planned.refusals
        if values and standing.locked:
            raise _unfollowed(order, standing, ["it is locked."])
        if values:
            context = await self.site.tables.context(**EVERYTHING)
            await self.site.client.write(self.model, [standing.id], values, context=context)
        if refusals:
            raise _unfollowed(order, standing, refusals)

    async def _reopen(self, order: StoreOrder, standing: Standing) -> None:
        """An order that the store has taken up again goes on with the same sale order."""
        if standing.delivered:
            raise _unfollowed(order, standing, [f"it was cancelled after {standing.delivered}."])
        context = await self.site.tables.context()
        await self.site.client.call(self.model, "action_draft", [standing.id], context=context)

    async def _carried(
        self, writes: Sequence[Write], results: Sequence[Result], place: Place
    ) -> list[Result]:
        """The steps that the rules ask for, of those that went through so far."""
        due = [
            Due(
                id=one,
                order=its(StoreOrder, write),
                amounts=bool(write.external_id is None or write.fields & AMOUNTS),
            )
            for write, one in zip(writes, results, strict=True)
            if isinstance(one, int)
        ]
        errors = await Steps.of(self.site, place, due).carry()
        return [errors.get(one, one) if isinstance(one, int) else one for one in results]


def _refusal(write: Write) -> ConnectorError | None:
    try:
        order = its(StoreOrder, write)
        store_sale.problems(order)
        Rules.of(order)
    except Rejected as error:
        return error
    return None


def _with_id(write: Write, known: str | None) -> Write:
    if write.external_id is not None or known is None:
        return write
    return Write(key=write.key, record=write.record, fields=write.fields, external_id=known)


def _with_tables(place: Place, tables: Any) -> Place:
    """The same with tables that were read anew."""
    return Place(tables=tables, shape=place.shape, skus=place.skus, units=place.units)


def _line_cells(write: Write, place: Place) -> list[dict[str, Cell]]:
    order = its(StoreOrder, write)
    rules = Rules.of(order)
    quantities = [line.quantity for line in order.lines]
    terms = Terms(
        residue=rules.residue,
        products=rules.products,
        tolerance=rules.allowed(store_sale.ways_of(order, place), quantities),
    )
    return store_sale.line_cells(order, place, terms)


def _import_rows(write: Write, place: Place) -> Iterator[Cells]:
    """The lines as rows of the import, each under an external id of its own."""
    for at, cells in enumerate(_line_cells(write, place), start=1):
        yield {
            f"{LINES}/id": external_id("store_order_line", f"{write.key}_{at}"),
            **{f"{LINES}/{name}": cell for name, cell in cells.items()},
        }


def _open(fields: frozenset[str], standing: Standing | None) -> frozenset[str]:
    """Those that may be written now: a confirmed order keeps customer, currency and date."""
    return fields - KEPT if standing and standing.confirmed else fields


def _unfollowed(order: StoreOrder, standing: Standing, reasons: Sequence[str]) -> Rejected:
    return Rejected(
        f"Order {order.number} was changed in the store, and {standing.name} could not follow: "
        f"{' '.join(reasons)}",
        remedy=f"Correct {standing.name} in Odoo (or the order in the store) by hand.",
        field="lines",
    )
