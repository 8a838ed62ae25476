"""Drafts transfers that leave the warehouse; what becomes of them is the warehouse's affair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.loading import external_id
from qantara.connectors.odoo.mapping import board
from qantara.connectors.odoo.mapping.board import Way
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import distinct, identity, marked_up
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Cells, Writer, its, map_all, outcomes, save
from qantara.model import Transfer
from qantara.transport import NotFound, Rejected, Unsupported

MOVE = "stock.move"
HOME = "property_stock_customer"


class TransferDrafts(Writer):
    """stock.picking: made as a draft, once; afterwards only its note follows; never confirmed."""

    entity, model = "transfer", "stock.picking"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import for the drafts, one for the notes."""
        made = iter(await self._draft([one for one in writes if one.external_id is None]))
        noted = iter(await self._note([one for one in writes if one.external_id is not None]))
        return [next(made if one.external_id is None else noted) for one in writes]

    async def _note(self, writes: Sequence[Write]) -> list[Outcome]:
        """Two calls."""
        ids = [int(one.external_id or 0) for one in writes]
        rows = (
            await self.site.rows(self.model, [("id", "in", ids)], ["name", "state"]) if ids else []
        )
        there = {row["id"]: row for row in rows}

        def cells(write: Write, _: Tables) -> Cells:
            return _note(write, there.get(int(write.external_id or 0)))

        return outcomes(await save(self, writes, await map_all(self.site, writes, cells)))

    async def _draft(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import, with the lines, and two calls to know from where to where."""
        if not writes:
            return []
        ways = await _ways(self.site, [its(Transfer, one) for one in writes])
        moves = await _moves(self.site)
        more: dict[int, Sequence[Cells]] = {}

        def cells(write: Write, tables: Tables) -> Cells:
            told = _draft(write)
            way = _way(told, ways)
            rows = [
                {
                    f"{moves.name}/id": external_id("transfer_line", f"{write.key}_{place}"),
                    **{f"{moves.name}/{n}": c for n, c in line.items() if _stem(n) in moves.fields},
                }
                for place, line in enumerate(board.move_cells(told, way, tables), start=1)
            ]
            more[writes.index(write)] = rows[1:]
            return {**board.draft_cells(told, way), **rows[0]}

        return outcomes(
            await save(self, writes, await map_all(self.site, writes, cells, "units"), more)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """What this version calls the moves of a transfer, and the fields that they have."""

    name: str
    fields: frozenset[str]


def _draft(write: Write) -> Transfer:
    """The transfer, when it is one that may be drafted."""
    told = its(Transfer, write)
    if told.direction != "outgoing" or told.state != "draft":
        raise Rejected(
            f"No {told.direction} transfer is made as {told.state}: only outgoing drafts."
        )
    if not told.lines:
        raise Rejected("The transfer has no lines.", field="lines")
    return told


def _note(write: Write, row: Mapping[str, Any] | None) -> Cells:
    """The only cell that is changed, and only while the goods have not left."""
    if row is None:
        raise NotFound(f"The transfer with the id {write.external_id} is not there any more.")
    if write.fields != {"note"} or row["state"] in ("done", "cancel"):
        raise Rejected(
            f"{row['name']} was drafted once; what becomes of it is decided in the warehouse.",
            remedy="Change the transfer there, or ask anew.",
        )
    return {"note": marked_up(its(Transfer, write).note)}


async def _moves(site: Site) -> _Moves:
    name = real_name("stock.picking", await site.client.fields("stock.picking"), "moves")
    if name is None:
        raise Unsupported("stock.picking has no moves that the user may see here.")
    return _Moves(name=name, fields=frozenset(await site.client.fields(MOVE)))


async def _ways(site: Site, transfers: Sequence[Transfer]) -> dict[str, Way]:
    """By partner: from the company's first warehouse to where Odoo has its customers."""
    kind = await _deliveries(site)
    partners = distinct(int(one.partner.id) for one in transfers if one.partner)
    homes = await _homes(site, partners)
    usual = identity(kind["default_location_dest_id"])  # 16 leaves it to the partner
    return {
        str(one): Way(
            kind=kind["id"],
            source=identity(kind["default_location_src_id"]) or 0,
            destination=homes.get(one) or usual or 0,
        )
        for one in partners
    }


async def _deliveries(site: Site) -> Mapping[str, Any]:
    """The operation type by which goods leave."""
    kinds = await site.client.search_read(
        "stock.picking.type",
        [("code", "=", "outgoing"), ("company_id", "=", (await site.tables.get()).company)],
        ["default_location_src_id", "default_location_dest_id"],
        order="sequence, id",
        limit=1,
        context=await site.tables.context(),
    )
    if not kinds:
        raise Unsupported(
            f"The company of {site.connection.name} has no operation type for deliveries.",
            remedy="Make a warehouse, or restore its operation types, in Odoo: Inventory.",
        )
    return kinds[0]


async def _homes(site: Site, partners: Sequence[int]) -> dict[int, int | None]:
    """The location that each partner has as a customer."""
    if HOME not in await site.client.fields("res.partner"):
        return {}
    context = await site.tables.context()
    rows = await site.client.read("res.partner", partners, [HOME], context=context)
    return {row["id"]: identity(row[HOME]) for row in rows}


def _way(transfer: Transfer, ways: Mapping[str, Way]) -> Way:
    if transfer.partner is None or transfer.partner.id not in ways:
        raise Rejected(
            "The partner who shall get the goods is not there any more.", field="partner"
        )
    return ways[transfer.partner.id]


def _stem(cell: str) -> str:
    return cell.partition("/")[0]
