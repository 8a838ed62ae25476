"""Reads what a factory has to offer, and keeps another company's offers on the buyer's board."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qantara.connectors.base import Change, Outcome, Write, Written
from qantara.connectors.odoo.mapping import board
from qantara.connectors.odoo.mapping.board import BOARD, LINE
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import identity, text
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Cells, Writer, its, map_all, save
from qantara.model import Offer
from qantara.transport import ConnectorError, Unsupported

Rows = list[dict[str, Any]]

EVERY = ("active", "in", [True, False])
"""Archived products too. Said in the domain, for the context would count archived warehouses in."""


class Offers(Reader):
    """product.product with what is free of it in the company's warehouses; by id also board lines.

    A name or a lead time touches the template only, a reservation or a count only quants, an
    expected receipt only moves: all four are watched, by template.
    """

    model = "product.template"
    also = (
        Stream(model="product.product", owner="product_tmpl_id"),
        Stream(model="stock.quant", owner="product_tmpl_id"),
        Stream(model="stock.move", owner="product_tmpl_id", domain=(("state", "!=", "draft"),)),
    )
    canonical = staticmethod(board.offer_from_wire)

    async def domain(self, scope: str) -> list[Any]:
        """The company's products, and those of no company."""
        if scope:
            return await super().domain(scope)
        return [("company_id", "in", [False, (await self.site.tables.get()).company])]

    async def named(self, owners: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The variants of these templates."""
        found: dict[int, list[str]] = {}
        domain = [("product_tmpl_id", "in", list(owners)), EVERY]
        for row in await self.site.rows("product.product", domain, ["product_tmpl_id"]):
            found.setdefault(identity(row["product_tmpl_id"]) or 0, []).append(str(row["id"]))
        return found

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """One call; units come from memory. The version is the time of reading: it is as of now."""
        by_template: dict[int, Rows] = {}
        for row in await self._variants([("product_tmpl_id", "in", list(ids))], scope):
            by_template.setdefault(identity(row["product_tmpl_id"]) or 0, []).append(row)
        tables = await self.site.tables.get("units")
        return [
            Captured(
                owner=owner,
                changes=[_change(row, tables) for row in rows],
                rows=[
                    Row(model="product.product", id=row["id"], written=text(row["write_date"])[:19])
                    for row in rows
                ],
            )
            for owner, rows in by_template.items()
        ]

    async def read(self, ids: Sequence[str]) -> list[Change]:
        """Variants and lines of the board."""
        variants = [int(one) for one in ids if one.isdigit()]
        rows = await self._variants([("id", "in", variants)], "") if variants else []
        tables = await self.site.tables.get("units")
        lines = [int(one.removeprefix(LINE)) for one in ids if one.startswith(LINE)]
        return [*(_change(row, tables) for row in rows), *await self._lines(lines)]

    async def ids(self, scope: str) -> set[str]:
        """Every variant, whether it is sold or not; lines of the board are another's offers."""
        found = await self.site.client.search(
            "product.product",
            [*await self.domain(scope), EVERY],
            context=await self.site.tables.context(),
        )
        return {str(one) for one in found}

    async def _variants(self, where: list[Any], scope: str) -> Rows:
        client, context = self.site.client, await self.site.tables.context()
        fields = await self.site.having("product.product", board.VARIANT_FIELDS)
        domain = [*where, *await self.domain(scope), EVERY]
        rows = await client.search_read("product.product", domain, fields, context=context)
        await self.site.tables.knowing(
            "units", [one for row in rows if (one := identity(row["uom_id"]))]
        )
        return rows

    async def _lines(self, ids: Sequence[int]) -> list[Change]:
        if not ids:
            return []
        rows = await self.site.rows(
            BOARD, [("id", "in", list(ids))], [*board.BOARD_FIELDS, "write_date"]
        )
        return [
            Change(
                entity="offer",
                external_id=f"{LINE}{row['id']}",
                version=text(row["write_date"]),
                wire={"line": dict(row)},
            )
            for row in rows
        ]


class OfferWriter(Writer):
    """x_qantara_offer: what the factory tells; never what the team types, nor its requests."""

    entity, model = "offer", BOARD

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One import for the new lines and one for the others."""
        await require(self.site, BOARD)
        at = datetime.now(UTC)
        plain = [replace(one, external_id=_plain(one.external_id)) for one in writes]

        def cells(write: Write, _: Tables) -> Cells:
            return board.offer_cells(its(Offer, write), write.fields, at)

        results = await save(self, plain, await map_all(self.site, plain, cells))
        return [
            one if isinstance(one, ConnectorError) else Written(external_id=f"{LINE}{one}")
            for one in results
        ]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Lines by external id."""
        return {key: f"{LINE}{one}" for key, one in (await super().lookup(keys)).items()}


async def require(site: Site, model: str) -> None:
    """Raise Unsupported, with the way out, where a model of ours was not made."""
    try:
        await site.client.fields(model)
    except Unsupported as error:
        raise Unsupported(
            f"The Odoo of {site.connection.name} has no {model}, or the user may not see it.",
            remedy="Let an administrator's account make it: qantara bridge apply",
        ) from error


def _change(row: Mapping[str, Any], tables: Tables) -> Change:
    unit = tables.units.get(identity(row["uom_id"]) or 0)
    told = {name: row[name] for name in row if name not in ("write_date", "display_name")}
    return Change(
        entity="offer",
        external_id=str(row["id"]),
        version=datetime.now(UTC).isoformat(sep=" ", timespec="microseconds"),
        wire={
            "variant": told,
            "name": _without_code(row),
            "offered": board.is_offered(row),
            "unit": unit
            and {"name": unit.name, "category": unit.category, "factor": str(unit.factor)},
        },
    )


def _without_code(row: Mapping[str, Any]) -> str:
    """Odoo shows a variant as "[SKU] Name (Red, L)"."""
    return text(row["display_name"]).removeprefix(f"[{text(row['default_code'])}] ")


def _plain(external_id: str | None) -> str | None:
    return external_id and external_id.removeprefix(LINE)
