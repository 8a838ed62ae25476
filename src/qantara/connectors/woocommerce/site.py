"""A store as readers and writers share it: its client, its settings, and its small tables."""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from qantara.connectors.base import Connection
from qantara.connectors.woocommerce.client import PAGE, Batch, Client, Row
from qantara.connectors.woocommerce.mapping.offering import Shop
from qantara.connectors.woocommerce.mapping.order import own_states
from qantara.connectors.woocommerce.mapping.values import text, unescaped
from qantara.transport import NotFound, Rejected, Unsupported

OVERLAP = 5.0
COMPARE_MINUTES = 60.0

LONGEST_SLUG = 27
"""Characters of an attribute's slug, at most."""

PRODUCTS, VARIATIONS, ATTRIBUTES = "/products", "/variations", "/products/attributes"

_ASCII = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Site:
    """One store. The tables are read when they are first needed, and again for what they lack."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection = connection
        self.client = client
        self.shipping = asyncio.Lock()
        self.parents: dict[str, str] = {}
        self._currency = ""
        self._listing: bool | None = None
        self._tables: dict[str, dict[str, int]] = {}
        self._categories: set[str] = set()

    @property
    def overlap(self) -> float:
        """Seconds that polls overlap: what changes in the second of a poll comes with the next."""
        return self._number("overlap", OVERLAP, least=2.0)

    @property
    def compare_every(self) -> float:
        """Seconds between two full compares."""
        return self._number("compare_minutes", COMPARE_MINUTES, least=0.0) * 60

    @property
    def language(self) -> str:
        """The language the store's texts are in; "" takes each text's main one."""
        return self.connection.settings.get("language", "")

    @property
    def image_base(self) -> str:
        """Where the store can fetch a picture by its hash; "" when nowhere."""
        return self.connection.settings.get("images", "")

    def states(self) -> Mapping[str, str]:
        """What the statuses of plugins mean."""
        return own_states(self.connection.settings.get("statuses", ""))

    async def currency(self) -> str:
        """The one that the store sells in."""
        if not self._currency:
            told = await self.client.get("/data/currencies/current", {"_fields": "code"})
            self._currency = text(told.get("code"))
        return self._currency

    async def shop(self, attributes: Iterable[str] = (), tags: Iterable[str] = ()) -> Shop:
        """The tables for a write; tags are made that are not there, attributes where wanted."""
        choices = set(attributes)
        known = await self._attributes(choices) if choices else {}
        return Shop(
            currency=await self.currency(),
            language=self.language,
            attributes=known,
            tags=await self._tags(set(tags)),
        )

    async def missing_categories(self, ids: Iterable[str]) -> set[str]:
        """Those that are not there: WooCommerce would drop them without a word."""
        wanted = set(ids)
        if unknown := sorted(wanted - self._categories):
            found = await self.client.include("/products/categories", unknown, {"_fields": "id"})
            self._categories |= {str(row["id"]) for row in found}
        return wanted - self._categories

    async def parents_of(self, variants: Iterable[str]) -> dict[str, str]:
        """The products of these variants, a product without variations its own; others are absent."""
        wanted = list(dict.fromkeys(one for one in variants if one.isdigit()))
        unknown = [one for one in wanted if one not in self.parents]
        asked = {"_fields": "id,type,variations", "status": "any"}
        for row in await self.client.include(PRODUCTS, unknown, asked):
            self.parents |= family(row)
        left = [one for one in unknown if one not in self.parents]
        for row in await self.variants(left, {"_fields": "id,parent_id", "status": "any"}):
            self.parents[str(row["id"])] = str(row["parent_id"])
        return {one: self.parents[one] for one in wanted if one in self.parents}

    async def variations(self, parents: Sequence[int], asked: Mapping[str, str]) -> list[Row]:
        """The variations of these products; `asked` has `parent_id` among its fields."""
        if parents and await self._lists_variations():
            found: list[Row] = []
            for start in range(0, len(parents), PAGE):
                of = ",".join(map(str, parents[start : start + PAGE]))
                by_id = {"parent": of, "orderby": "id", "order": "asc"}
                found += await self.client.every(VARIATIONS, {**asked, **by_id})
            return found
        each = await asyncio.gather(
            *(self.client.every(f"{PRODUCTS}/{one}/variations", asked) for one in parents)
        )
        return [
            {**row, "parent_id": one}
            for one, rows in zip(parents, each, strict=True)
            for row in rows
        ]

    async def variants(self, ids: Sequence[str], asked: Mapping[str, str]) -> list[Row]:
        """These variations, wherever they belong; ids of anything else are absent."""
        if ids and await self._lists_variations():
            return await self.client.include(VARIATIONS, ids, asked)
        rows = await asyncio.gather(*(self._variant(one, asked) for one in ids))
        return [row for row in rows if row and row.get("parent_id")]

    async def _variant(self, one: str, asked: Mapping[str, str]) -> Row:
        """A store of before 2025 tells a variation among products, and lists it only with its own."""
        try:
            row: Row = await self.client.get(f"{PRODUCTS}/{one}", asked)
        except NotFound:
            return {}
        return row

    async def _lists_variations(self) -> bool:
        """Whether the store has a list of all variations, which came late; asked once."""
        if self._listing is None:
            try:
                await self.client.listing(VARIATIONS, {"per_page": "1", "_fields": "id"})
                self._listing = True
            except Unsupported:
                self._listing = False
        return self._listing

    async def _attributes(self, names: set[str]) -> Mapping[str, int]:
        """The ids of the store's own attributes; with the setting global they are made."""
        known = await self._table("attributes", ATTRIBUTES)
        lacking = names - known.keys()
        if lacking and self.connection.settings.get("attributes") == "global":
            bodies = [
                {"name": name, "slug": slug(name), "type": "select"} for name in sorted(lacking)
            ]
            answer = await self.client.batch(ATTRIBUTES, Batch(create=bodies), safe=True)
            del self._tables["attributes"]
            known = await self._table("attributes", ATTRIBUTES)
            for body, row in zip(bodies, answer["create"], strict=True):
                refused = self.client.refusal(row)
                if refused and body["name"] not in known:
                    raise refused.error
        return known

    async def _tags(self, names: set[str]) -> Mapping[str, int]:
        if not names:
            return {}
        known = await self._table("tags", "/products/tags")
        if lacking := names - known.keys():
            made = await self._made("/products/tags", [{"name": name} for name in sorted(lacking)])
            known |= {name: id_ for name, id_ in made.items() if id_}
        return known

    async def _made(self, path: str, bodies: Sequence[Row]) -> dict[str, int]:
        """Ids by name; one that is there already is taken as it is. Safe to repeat."""
        answer = await self.client.batch(path, Batch(create=bodies), safe=True)
        found: dict[str, int] = {}
        for body, row in zip(bodies, answer["create"], strict=True):
            refused = self.client.refusal(row)
            if refused and not refused.resource:
                raise refused.error
            found[body["name"]] = refused.resource if refused else row["id"]
        return found

    async def _table(self, name: str, path: str) -> dict[str, int]:
        if name not in self._tables:
            rows = await self.client.every(path, {"_fields": "id,name"})
            self._tables[name] = {unescaped(row["name"]): row["id"] for row in rows}
        return self._tables[name]

    def _number(self, name: str, otherwise: float, *, least: float) -> float:
        told = self.connection.settings.get(name, "")
        try:
            return max(float(told), least) if told else otherwise
        except ValueError:
            raise Rejected(f"The setting {name} must be a number, not {told!r}.") from None


def family(row: Row) -> dict[str, str]:
    """A product by the ids of its variants."""
    variations = row.get("variations") or ()
    if row.get("type") == "variable" and variations:
        return {str(one): str(row["id"]) for one in variations}
    return {str(row["id"]): str(row["id"])}


def slug(name: str) -> str:
    """A short name in plain letters: others are counted by their code, and soon too many."""
    plain = "-".join(_ASCII.findall(name.lower()))
    if plain and name.isascii() and len(plain) <= LONGEST_SLUG:
        return plain
    return f"q-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
