"""Drafts transfers that leave the warehouse; what becomes of them is the warehouse's affair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qantara.connectors.base import Outcome, Write
from qantara.connectors.odoo.loading import external_id
from qantara.connectors.odoo.mapping import board
from qantara.connectors.odoo.mapping.board import Way
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import distinct, identity
from qantara.connectors.odoo.schema import real_name
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Cells, Writer, its, map_all, outcomes, save
from qantara.model import Transfer
from qantara.transport import Rejected, Unsupported

MOVE = "stock.move"


class TransferDrafts(Writer):
    """stock.picking: made as a draft, once; never confirmed, reserved or changed."""

    entity, model = "transfer", "stock.picking"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import, with the lines, and two calls to know from where to where."""
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
    if write.external_id is not None:
        raise Rejected(
            "A transfer is drafted once; what becomes of it is decided in the warehouse.",
            remedy="Change the transfer in Odoo, or ask anew.",
        )
    if told.direction != "outgoing" or told.state != "draft":
        raise Rejected(
            f"No {told.direction} transfer is made as {told.state}: only outgoing drafts."
        )
    if not told.lines:
        raise Rejected("The transfer has no lines.", field="lines")
    return told


async def _moves(site: Site) -> _Moves:
    name = real_name("stock.picking", await site.client.fields("stock.picking"), "moves")
    if name is None:
        raise Unsupported("stock.picking has no moves that the user may see here.")
    return _Moves(name=name, fields=frozenset(await site.client.fields(MOVE)))


async def _ways(site: Site, transfers: Sequence[Transfer]) -> dict[str, Way]:
    """By partner: from the company's first warehouse to where Odoo has its customers."""
    context = await site.tables.context()
    company = (await site.tables.get()).company
    kinds = await site.client.search_read(
        "stock.picking.type",
        [("code", "=", "outgoing"), ("company_id", "=", company)],
        ["default_location_src_id"],
        order="sequence, id",
        limit=1,
        context=context,
    )
    if not kinds:
        raise Unsupported(
            f"The company of {site.connection.name} has no operation type for deliveries.",
            remedy="Make a warehouse, or restore its operation types, in Odoo: Inventory.",
        )
    partners = distinct(int(one.partner.id) for one in transfers if one.partner)
    rows = await site.client.read(
        "res.partner", partners, ["property_stock_customer"], context=context
    )
    kind, source = kinds[0]["id"], identity(kinds[0]["default_location_src_id"]) or 0
    return {
        str(row["id"]): Way(
            kind=kind, source=source, destination=identity(row["property_stock_customer"]) or 0
        )
        for row in rows
    }


def _way(transfer: Transfer, ways: Mapping[str, Way]) -> Way:
    if transfer.partner is None or transfer.partner.id not in ways:
        raise Rejected(
            "The partner who shall get the goods is not there any more.", field="partner"
        )
    return ways[transfer.partner.id]


def _stem(cell: str) -> str:
    return cell.partition("/")[0]
