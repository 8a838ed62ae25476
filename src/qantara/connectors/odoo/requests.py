"""Reads what the buyer's team asks for, and writes back what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Change, Outcome, Write
from qantara.connectors.odoo.loading import Result, update
from qantara.connectors.odoo.mapping import board
from qantara.connectors.odoo.mapping.board import BOARD, REQUEST, REQUEST_LINE
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, distinct, identity, text
from qantara.connectors.odoo.offers import require
from qantara.connectors.odoo.polling import Captured, Row, Stream
from qantara.connectors.odoo.reading import Reader
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.connectors.odoo.writing import Writer, its, outcomes
from qantara.model import Request
from qantara.transport import ConnectorError, NotFound, Rejected

Rows = list[dict[str, Any]]
ById = Mapping[int, Mapping[str, Any]]


class Requests(Reader):
    """x_qantara_request with its lines, who asked, and in which language he reads."""

    model = REQUEST
    also = (Stream(model=REQUEST_LINE, owner="x_request_id"),)
    page = 100
    canonical = staticmethod(board.request_from_wire)

    async def streams(self, scope: str) -> Sequence[Stream]:
        """Those of every reader, where the board was made."""
        await require(self.site, REQUEST)
        return await super().streams(scope)

    async def take(self, ids: Sequence[int], scope: str) -> list[Captured]:
        """Four calls; units come from memory."""
        domain = [*await self.domain(scope), ("id", "in", list(ids))]
        requests = await self.site.rows(REQUEST, domain, board.REQUEST_FIELDS)
        of = [("x_request_id", "in", [row["id"] for row in requests])]
        lines = await self.site.rows(REQUEST_LINE, of, board.REQUEST_LINE_FIELDS)
        people = await self._by_id("res.users", requests, "x_user_id", ("name", "lang"))
        products = await self._by_id(
            "product.product", lines, "x_product_id", ("display_name", "uom_id")
        )
        units = [one for row in products.values() if (one := identity(row["uom_id"]))]
        tables = await self.site.tables.knowing("units", units)
        by_request: dict[int, Rows] = {}
        for row in lines:
            by_request.setdefault(identity(row["x_request_id"]) or 0, []).append(row)
        return [
            self._captured(row, by_request.get(row["id"], []), people, (products, tables))
            for row in requests
        ]

    def _captured(
        self, row: Mapping[str, Any], lines: Rows, people: ById, goods: tuple[ById, Tables]
    ) -> Captured:
        asker = people.get(identity(row["x_user_id"]) or 0, {})
        change = Change(
            entity="request",
            external_id=str(row["id"]),
            version=max(text(one["write_date"]) for one in (row, *lines)),
            wire={
                "request": dict(row),
                "by": text(asker.get("name")),
                "language": text(asker.get("lang")).partition("_")[0],
                "lines": [_line(one, *goods) for one in lines],
            },
        )
        seen = [
            Row(model=REQUEST_LINE, id=one["id"], written=text(one["write_date"])[:19])
            for one in lines
        ]
        return self.captured(row, change, seen)

    async def _by_id(
        self, model: str, rows: Rows, field: str, names: Sequence[str]
    ) -> dict[int, Mapping[str, Any]]:
        ids = distinct(identity(row[field]) for row in rows)
        found = await self.site.rows(model, [("id", "in", ids)], names) if ids else []
        return {row["id"]: row for row in found}


class RequestWriter(Writer):
    """x_qantara_request and the lines of the board it came from: number, state and remark."""

    entity, model = "request", REQUEST

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Two calls to see what is there, at most two to write: the board's lines come first."""
        await require(self.site, REQUEST)
        ids = [int(one.external_id or 0) for one in writes]
        there = await self.site.rows(REQUEST, [("id", "in", ids)], ["x_name"])
        numbers = {row["id"]: text(row["x_name"]) for row in there}
        refused = [_refusal(one, numbers) for one in writes]
        answers: dict[int, dict[str, Cell]] = {
            one: board.answer_cells(its(Request, write), write.fields)
            for one, write, error in zip(ids, writes, refused, strict=True)
            if error is None
        }
        await self._note_on_board({numbers[one]: cells for one, cells in answers.items()})
        context = await self.site.tables.context(**EVERYTHING)
        results = await update(self.site.client, REQUEST, answers, context)
        told: list[Result] = [
            error or results[one] for one, error in zip(ids, refused, strict=True)
        ]
        return outcomes(told)

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Nothing: requests are made by the team alone."""
        return {}

    async def _note_on_board(self, answers: Mapping[str, Mapping[str, Cell]]) -> None:
        """Lines that name the request; one that was asked for again since names another."""
        numbers = [number for number in answers if number]
        if not numbers:
            return
        lines = await self.site.rows(BOARD, [("x_request", "in", numbers)], ["x_request"])
        context = await self.site.tables.context(**EVERYTHING)
        wanted = {row["id"]: answers[text(row["x_request"])] for row in lines}
        for error in (await update(self.site.client, BOARD, wanted, context)).values():
            if isinstance(error, ConnectorError) and not isinstance(error, NotFound):
                raise error


def _refusal(write: Write, numbers: Mapping[int, str]) -> ConnectorError | None:
    if write.external_id is None or not write.fields <= board.ANSWERS.keys():
        return Rejected(
            "Of a request only number, state and remark are written; its team writes the rest.",
            remedy="Narrow the link to the fields answer, state and remark.",
        )
    if int(write.external_id) not in numbers:
        return NotFound(f"The request with the id {write.external_id} is not there any more.")
    return None


def _line(row: Mapping[str, Any], products: ById, tables: Tables) -> dict[str, Any]:
    product = products.get(identity(row["x_product_id"]) or 0)
    unit = tables.units.get(identity(product["uom_id"]) or 0) if product else None
    return {
        "product": product and product["id"],
        "name": text(product["display_name"]) if product else "",
        "quantity": row["x_quantity"],
        "unit": unit and {"name": unit.name, "category": unit.category, "factor": str(unit.factor)},
    }
