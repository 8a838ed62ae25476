"""How records are written: one by one, each answered by itself, found again by the hub's own key."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.shopify.mapping import category
from qantara.connectors.shopify.mapping.category import SEPARATOR
from qantara.connectors.shopify.mapping.product_input import NAMESPACE, own
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.site import Site
from qantara.model import Category
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)

KEY = "key"
"""The metafield with the hub's own name of a record."""

WHOLE = (AuthFailed, OutcomeUnknown, RetryLater, Unsupported)
"""Errors that concern a batch as a whole."""

_TAKEN = frozenset({"TAKEN", "DUPLICATE"})


class Writer(ABC):
    """One entity."""

    owner: ClassVar[str] = ""
    asking: ClassVar[str] = ""
    own_key: ClassVar[str] = KEY

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = site.client

    @abstractmethod
    async def write_one(self, write: Write) -> str:
        """Do it; the id of the record. What Shopify refuses is raised."""

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """All of them, side by side; an error that concerns all is raised once all have ended."""
        done = await asyncio.gather(
            *(self.write_one(one) for one in writes), return_exceptions=True
        )
        for one in done:
            if isinstance(one, WHOLE) or not isinstance(one, (str, ConnectorError)):
                raise one
        return [Written(external_id=one) if isinstance(one, str) else one for one in done]  # type: ignore[misc]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """By the metafield that holds the hub's key."""
        if not self.asking:
            return {}
        await self.define()
        found = {key: await self.by_key(key) for key in dict.fromkeys(keys)}
        return {key: one for key, one in found.items() if one}

    async def by_key(self, key: str) -> str:
        """The record with that key, or ""."""
        told = await self.client.ask(self.asking, namespace=NAMESPACE, key=self.own_key, value=key)
        return number((told["found"] or {}).get("id"))

    async def made(self, key: str) -> str:
        """What an earlier try has made of a new record, or ""."""
        await self.define()
        return await self.by_key(key)

    async def define(self) -> None:
        """See to it that the metafield is unique; once for each connector."""
        await define(self.site, self.owner, self.own_key)


async def define(site: Site, owner: str, key: str) -> None:
    """A metafield of type id, by which one record may be asked for. Safe to repeat."""
    if (owner, key) in site.defined:
        return
    told = await site.client.ask("definitions", owner=owner, key=key)
    if not told["metafieldDefinitions"]["nodes"]:
        result = await site.client.attempt(
            "definition_create",
            definition={
                "name": f"Qantara {key}",
                "namespace": NAMESPACE,
                "key": key,
                "type": "id",
                "ownerType": owner,
            },
        )
        wrong = [one for one in result["userErrors"] if one.get("code") not in _TAKEN]
        if wrong:
            raise Unsupported(
                f"The metafield {NAMESPACE}.{key} cannot be made: {wrong[0]['message']}",
                remedy="Delete a metafield definition of that name in Shopify's settings.",
            )
    site.defined.add((owner, key))


class Categories(Writer):
    """Collections, filled by hand."""

    owner = "COLLECTION"
    asking = "collection_by_key"

    async def write_one(self, write: Write) -> str:
        record = _category(write)
        there = write.external_id or await self.made(write.key)
        if not there:
            told = await self.client.do("collection_create", input=_input(record, write, {}))
            there = number(told["collection"]["id"])
        else:
            present = await self._present(there)
            made = _input(record, write, present) | {"id": gid("Collection", there)}
            await self.client.do("collection_update", input=made)
        await translate(self.site, gid("Collection", there), {"title": record.name.translations})
        return there

    async def _present(self, one: str) -> Mapping[str, Any]:
        (node,) = await self.client.nodes("collections_read", [gid("Collection", one)]) or (None,)
        if not node or not node.get("id"):
            raise NotFound(f"The collection {one} is not there any more.")
        return category.placed(node)


async def translate(site: Site, owner: str, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Register translations in the locales that the connection names; none where it names none."""
    wanted = [
        {"key": key, "locale": locale, "value": said[locale.partition("-")[0]]}
        for key, said in texts.items()
        for locale in site.languages
        if said.get(locale.partition("-")[0])
    ]
    if not wanted:
        return
    told = await site.client.ask("translatable", id=owner)
    content = (told["translatableResource"] or {}).get("translatableContent") or ()
    digests = {one["key"]: one["digest"] for one in content}
    ready = [
        {**one, "translatableContentDigest": digests[one["key"]]}
        for one in wanted
        if digests.get(one["key"])
    ]
    if ready:
        await site.client.do("translations_register", id=owner, translations=ready, drop=2)


def _category(write: Write) -> Category:
    if not isinstance(write.record, Category):
        raise Rejected("This is no category.")
    return write.record


def _input(record: Category, write: Write, present: Mapping[str, Any]) -> dict[str, Any]:
    metafields = [own("place", category.place(record, write.fields, dict(present)), "json")]
    if write.external_id is None:
        metafields.append(own(KEY, write.key, "id"))
    told: dict[str, Any] = {"metafields": metafields}
    if "name" in write.fields:
        told["title"] = record.name.value or record.path.rpartition(SEPARATOR)[2]
    return told
