"""One shop with what is known of it: its currency, the languages asked for, the connection's settings."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from qantara.connectors.base import Connection
from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.mapping.texts import Translations
from qantara.connectors.shopify.mapping.values import Purse, gid
from qantara.connectors.shopify.polling import OVERLAP
from qantara.transport import Rejected

TOGETHER = 100
"""Records whose translations are asked for in one call."""


class Site:
    """What readers and writers share.

    `items` are what Shopify calls the stock of variants, by variant and location, where it lies
    there: whoever reads levels leaves them for the write that follows.
    """

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection = connection
        self.client = client
        self.defined: set[tuple[str, str]] = set()
        self.items: dict[tuple[str, str], str] = {}
        self._lock = asyncio.Lock()
        self._shop: dict[str, Any] = {}

    @property
    def overlap(self) -> float:
        """Seconds before a cursor that are listed again."""
        return float(self._setting("overlap") or OVERLAP)

    @cached_property
    def purse(self) -> Purse:
        """Amounts in the money that the connection asks for."""
        money = self._setting("money") or "shop"
        if money not in {"shop", "presentment"}:
            raise Rejected(
                f"The setting money is {money!r}.",
                remedy="Write shop or presentment.",
                field="money",
            )
        return Purse(money)

    @property
    def languages(self) -> list[str]:
        """Locales of translations beside the shop's own language."""
        return self._list("languages")

    @property
    def publications(self) -> list[str]:
        """Names or numbers of the sales channels where products are shown."""
        return self._list("publications")

    @property
    def notify(self) -> bool:
        """Whether Shopify tells customers of what the hub does: parcels and cancellations."""
        return self._setting("notify") != "no"

    @property
    def vat_attribute(self) -> str:
        """The attribute of an order in which a buyer writes his VAT number."""
        return self._setting("vat_attribute") or "vat"

    @property
    def whole(self) -> bool:
        """Whether what others add to a product of ours is told, and goes where it is taken out."""
        return self._setting("additions") == "told"

    @property
    def bulk(self) -> str:
        """When the first load is left to Shopify: `auto`, `yes` or `no`."""
        return self._setting("bulk") or "auto"

    async def shop(self) -> dict[str, Any]:
        """Name, currency, plan; asked once."""
        async with self._lock:
            if not self._shop:
                self._shop = (await self.client.ask("shop"))["shop"]
        return self._shop

    async def currency(self) -> str:
        """The currency the shop sells in."""
        return str((await self.shop())["currencyCode"])

    async def translations(self, kind: str, ids: Sequence[str]) -> dict[str, Translations]:
        """By bare id, then by language; nothing where no language is set."""
        found: dict[str, dict[str, dict[str, str]]] = {one: {} for one in ids}
        for locale in self.languages:
            for start in range(0, len(ids), TOGETHER):
                some = [gid(kind, one) for one in ids[start : start + TOGETHER]]
                told = await self.client.ask(
                    "translations", ids=some, locale=locale, first=len(some)
                )
                for node in told["translatableResourcesByIds"]["nodes"]:
                    bare = node["resourceId"].rpartition("/")[2]
                    texts = {one["key"]: one["value"] or "" for one in node["translations"]}
                    found.setdefault(bare, {})[_language(locale)] = texts
        return dict(found)

    def _setting(self, name: str) -> str:
        return self.connection.settings.get(name, "").strip()

    def _list(self, name: str) -> list[str]:
        return [one.strip() for one in self._setting(name).split(",") if one.strip()]


def _language(locale: str) -> str:
    return locale.partition("-")[0]
