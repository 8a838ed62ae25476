"""Reads the small tables of one Odoo and keeps them for the life of the connection."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qantara.connectors.base import Connection
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.mapping.store_amounts import Rounding, Ways
from qantara.connectors.odoo.mapping.tables import State, Tables, TaxRow
from qantara.connectors.odoo.mapping.values import identity, number, text
from qantara.connectors.odoo.schema import pick
from qantara.model import Unit
from qantara.transport import AuthFailed, Unsupported

if TYPE_CHECKING:
    from qantara.connectors.odoo.directory import Directory

EVERYTHING = {"active_test": False}

GLOBALLY = "round_globally"
WHOLE = 18
"""From this version on `round_globally` rounds once a tax that prices contain, too."""


class TableReader:
    """Tables on demand. `get` answers from memory, `renew` asks again.

    `directories` are kept here for `finding`, for as long as the tables.
    """

    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._client = client
        self._tables: Tables | None = None
        self._have: set[str] = set()
        self._answers: Mapping[tuple[str, str], str] = {}
        self.directories: dict[tuple[str, str], Directory] = {}

    def heed(self, answers: Mapping[tuple[str, str], str]) -> None:
        """What persons decided about units and taxes, by kind and subject; in place of all before."""
        self._answers = answers
        if self._tables is not None:
            self._tables = replace(self._tables, answers=answers)

    async def get(self, *parts: str) -> Tables:
        """The tables with at least these parts: currencies, units, countries, taxes, category."""
        if self._tables is None:
            self._tables = await self._basics()
        for part in parts:
            if part not in self._have:
                self._tables = replace(self._tables, **await self._part(part))
                self._have.add(part)
        return self._tables

    async def renew(self, *parts: str) -> Tables:
        """The same, asked anew: after an id or a code that was not known."""
        self._have -= set(parts)
        return await self.get(*parts)

    async def knowing(self, part: str, ids: Iterable[int]) -> Tables:
        """The tables, renewed when one of the ids is not in the part."""
        tables = await self.get(part)
        known = getattr(tables, part)
        return tables if all(one in known for one in ids) else await self.renew(part)

    async def context(self, **more: Any) -> dict[str, Any]:
        """What every call carries: the main language and the one company."""
        tables = await self.get()
        return {"lang": tables.main, "allowed_company_ids": [tables.company], **more}

    def _part(self, name: str) -> Awaitable[dict[str, Any]]:
        readers = {
            "currencies": self._currencies,
            "units": self._units,
            "countries": self._countries,
            "states": self._countries,
            "taxes": self._taxes,
            "ways": self._ways,
            "category": self._category,
        }
        return readers[name]()

    async def _basics(self) -> Tables:
        server = await self._client.enter()
        [user] = await self._client.read("res.users", [server.uid], ["company_id", "lang"])
        company = await self._company(identity(user["company_id"]) or 1)
        active = await self._client.search_read("res.lang", [("active", "=", True)], ["code"])
        codes = [text(row["code"]) for row in active]
        main = _main_language(self._connection.settings, codes, text(user["lang"]))
        every = _by_language([main, *codes])
        return Tables(
            where=self._connection.name,
            company=company["id"],
            company_name=text(company["name"]),
            company_partner=identity(company["partner_id"]) or 0,
            currency=text(company["currency_id"][1]),
            main=main,
            languages=_chosen(every, self._connection.settings.get("languages", ""), main),
            language_codes=every,
            answers=self._answers,
        )

    async def _company(self, own: int) -> Mapping[str, Any]:
        wanted = str(self._connection.settings.get("company", "") or own)
        match = ("id", "=", int(wanted)) if wanted.isdigit() else ("name", "=", wanted)
        fields = ["name", "currency_id", "partner_id"]
        found = await self._client.search_read("res.company", [match], fields, limit=1)
        if not found:
            raise AuthFailed(
                f"{self._connection.name} has no company {wanted!r} that the user may enter.",
                remedy="Correct `company` in qantara.toml, or give the user that company in Odoo.",
            )
        return found[0]

    async def _currencies(self) -> dict[str, Any]:
        rows = await self._all("res.currency", ["name", "active"])
        return {
            "currencies": {row["id"]: text(row["name"]) for row in rows if row["active"]},
            "dormant": frozenset(text(row["name"]) for row in rows if not row["active"]),
        }

    async def _units(self) -> dict[str, Any]:
        have = await self._client.fields("uom.uom")
        if "category_id" in have:
            rows = await self._all("uom.uom", ["name", "category_id", "factor", "active"])
            units = _units_by_category(rows)
        else:
            rows = await self._all("uom.uom", ["name", "relative_uom_id", "factor", "active"])
            units = _units_by_root(rows)
        archived = frozenset(row["id"] for row in rows if not row["active"])
        return {"units": units, "archived": archived}

    async def _countries(self) -> dict[str, Any]:
        countries = await self._all("res.country", ["code"])
        states = await self._all("res.country.state", ["code", "country_id"])
        return {
            "countries": {row["id"]: text(row["code"]) for row in countries},
            "states": {
                row["id"]: State(code=text(row["code"]), country=identity(row["country_id"]) or 0)
                for row in states
            },
        }

    async def _taxes(self) -> dict[str, Any]:
        have = await self._client.fields("account.tax")
        included = pick(have, "price_include") or "price_include"
        fields = ["name", "amount_type", "amount", included, "type_tax_use", "active"]
        mine = [("company_id", "=", (await self.get()).company)]
        context = await self.context(**EVERYTHING)
        rows = await self._client.search_read("account.tax", mine, fields, context=context)
        return {
            "usual": await self._usual_taxes(),
            "taxes": {
                row["id"]: TaxRow(
                    name=text(row["name"]),
                    kind=text(row["amount_type"]),
                    rate=number(row["amount"]),
                    included=bool(row[included]),
                    use=text(row["type_tax_use"]) if row["active"] else "archived",
                )
                for row in rows
            },
        }

    async def _category(self) -> dict[str, Any]:
        fields = await self._client.fields("product.template")
        if not fields["categ_id"].required:
            return {"category": None}
        told = await self._client.call(
            "product.template", "default_get", ["categ_id"], safe=True, context=await self.context()
        )
        return {"category": identity(told.get("categ_id"))}

    async def _usual_taxes(self) -> frozenset[int]:
        """What the company's products get when they are made."""
        names = ("account_sale_tax_id", "account_purchase_tax_id")
        there = await self._client.fields("res.company")
        fields = [name for name in names if name in there]
        if not fields:
            return frozenset()
        mine = [("id", "=", (await self.get()).company)]
        [row] = await self._client.search_read("res.company", mine, fields)
        return frozenset(one for name in fields if (one := identity(row[name])))

    async def _ways(self) -> dict[str, Any]:
        """How amounts are calculated: the digits of a price, the rounding of taxes, smallest coins."""
        rows = await self._client.search_read(
            "res.currency", [("active", "=", True)], ["name", "rounding"]
        )
        digits, rounding = await self._digits(), await self._rounding()
        return {
            "ways": {
                text(row["name"]): Ways(
                    unit=Decimal(str(row["rounding"])).normalize(), digits=digits, rounding=rounding
                )
                for row in rows
            }
        }

    async def _digits(self) -> int | None:
        """How many decimals a unit price may have; None where it is kept as it is given (19)."""
        told = await self._client.call(
            "sale.order.line", "fields_get", ["price_unit"], attributes=["digits"], safe=True
        )
        digits = told["price_unit"].get("digits")
        return int(digits[1]) if digits else None

    async def _rounding(self) -> Rounding:
        method, new = "tax_calculation_rounding_method", (await self._client.enter()).major >= WHOLE
        by_line: Rounding = "line_tax" if new else "line"
        if method not in await self._client.fields("res.company"):
            return by_line
        mine = [("id", "=", (await self.get()).company)]
        [row] = await self._client.search_read("res.company", mine, [method])
        if row[method] != GLOBALLY:
            return by_line
        return "document" if new else "global"

    async def _all(self, model: str, fields: list[str]) -> list[dict[str, Any]]:
        context = await self.context(**EVERYTHING)
        return await self._client.search_read(model, [], fields, context=context)


def _main_language(settings: Mapping[str, str], active: list[str], own: str) -> str:
    wanted = settings.get("language", "")
    if wanted and wanted not in active:
        raise Unsupported(
            f"The language {wanted!r} is not active in this Odoo.",
            remedy="Activate it in Settings, Languages, or correct `language` in qantara.toml.",
        )
    return wanted or ("en_US" if "en_US" in active else own or active[0])


def _by_language(codes: Iterable[str]) -> dict[str, str]:
    """The hub's code -> Odoo's; of two countries' kinds of one language the first stays."""
    chosen: dict[str, str] = {}
    for code in codes:
        chosen.setdefault(code.partition("_")[0].partition("@")[0], code)
    return chosen


def _chosen(languages: Mapping[str, str], setting: str, main: str) -> dict[str, str]:
    wanted = {one.strip().partition("_")[0] for one in setting.split(",") if one.strip()}
    return {
        ours: theirs
        for ours, theirs in languages.items()
        if theirs == main or not wanted or ours in wanted
    }


# The categories of 16 to 18 by their reference units. 19 has none: what its units are relative to
# stands for the category, and the reference unit that 16 to 18 had in it is the measure.
_REFERENCES = {
    "Units": "Unit",
    "kg": "Weight",
    "m": "Length / Distance",
    "L": "Volume",
    "Days": "Working Time",
    "m²": "Surface",
}


def _units_by_category(rows: list[dict[str, Any]]) -> dict[int, Unit]:
    """16 to 18 store how many of the unit make one reference unit; the hub keeps the inverse.

    A category that was renamed or translated is known by its reference unit.
    """
    called = {
        identity(row["category_id"]): _REFERENCES[row["name"]]
        for row in rows
        if row["name"] in _REFERENCES and _rounded(number(row["factor"])) == 1
    }
    return {
        row["id"]: Unit(
            name=text(row["name"]),
            category=called.get(identity(row["category_id"]), text(row["category_id"][1])),
            factor=_rounded(1 / (number(row["factor"]) or Decimal(1))),
        )
        for row in rows
    }


def _units_by_root(rows: list[dict[str, Any]]) -> dict[int, Unit]:
    by_id = {row["id"]: row for row in rows}
    families: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        families.setdefault(_root(by_id, row), []).append(row)
    units: dict[int, Unit] = {}
    for root, members in families.items():
        reference = next((row for row in members if row["name"] in _REFERENCES), by_id[root])
        name = text(reference["name"])
        for row in members:
            units[row["id"]] = Unit(
                name=text(row["name"]),
                category=_REFERENCES.get(name, name),
                factor=_rounded(number(row["factor"]) / number(reference["factor"])),
            )
    return units


def _root(by_id: Mapping[int, dict[str, Any]], row: dict[str, Any]) -> int:
    while (above := by_id.get(identity(row["relative_uom_id"]) or 0)) is not None:
        row = above
    return int(row["id"])


def _rounded(value: Decimal) -> Decimal:
    """To nine significant digits: Odoo's factors are floats (a dozen is 12.000000000000002)."""
    return number(f"{value:.9g}")
