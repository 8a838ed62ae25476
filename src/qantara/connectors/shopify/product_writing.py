"""Products: what is there is read first, so that nothing of others is lost."""

import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qantara.connectors.base import Write
from qantara.connectors.shopify.catalogue import Products as Reader
from qantara.connectors.shopify.mapping.product_input import (
    NAMESPACE,
    NOBODY,
    Wish,
    needs_picture,
    product_input,
)
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.writing import KEY, Writer, translate
from qantara.model import Product
from qantara.transport import NotFound, Rejected

SIGNATURES: Mapping[bytes, str] = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
"""How a picture begins."""


class Products(Writer):
    """Products with their variants, prices, collections and first picture."""

    owner = "PRODUCT"
    asking = "product_by_key"

    async def write_one(self, write: Write) -> str:
        record = write.record
        if not isinstance(record, Product):
            raise Rejected("This is no product.")
        there = write.external_id or await self.made(write.key)
        present = await self._present(there) if there else NOBODY
        if not _is_named(present):
            await self.define()
        wish = Wish(
            record=record,
            fields=write.fields,
            currency=await self.site.currency(),
            key=write.key,
            present=present,
            whole=self.site.whole,
        )
        if write.content and needs_picture(wish):
            wish = replace(wish, source=await self._upload(write, write.content))
        told = await self.client.do(
            "product_set", identifier=_identifier(there, write.key), input=product_input(wish)
        )
        product = told["product"]["id"]
        await self._publish(product, wish)
        await translate(self.site, product, _texts(wish))
        return number(product)

    async def _present(self, one: str) -> Mapping[str, Any]:
        """The product as it is, with all its variants and metafields."""
        found = (await self.client.ask("product_present", id=gid("Product", one)))["product"]
        if not found:
            raise NotFound(
                f"The product {one} is not in Shopify any more.",
                remedy="It was deleted there; decide whether it is made again.",
            )
        await self.client.complete(found, "metafields", "product_metafields")
        return await Reader(self.site).whole(found)

    async def _upload(self, write: Write, content: bytes) -> str:
        """Bring the picture; the address that Shopify fetches it from."""
        kind = next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), "")
        if not kind:
            raise Rejected(
                "The picture is none of PNG, JPEG, GIF and WebP, which Shopify knows.",
                remedy="Save it in one of these forms at the source.",
                field="image",
            )
        name = f"{write.key}{mimetypes.guess_extension(kind) or ''}".replace("/", "-")
        told = await self.client.do(
            "staged_upload",
            input=[
                {
                    "resource": "IMAGE",
                    "filename": name,
                    "mimeType": kind,
                    "httpMethod": "POST",
                    "fileSize": str(len(content)),
                }
            ],
        )
        (target,) = told["stagedTargets"]
        fields = [(one["name"], one["value"]) for one in target["parameters"]]
        await self.client.upload(target["url"], fields, content)
        return str(target["resourceUrl"])

    async def _publish(self, product: str, wish: Wish) -> None:
        """Show it in the sales channels that the connection names, where it is to be seen."""
        wanted = self.site.publications
        if not (wanted and wish.names("published") and wish.record.published):
            return
        told = (await self.client.ask("publications"))["publications"]["nodes"]
        named = {_channel(one): one["id"] for one in told} | {
            number(one["id"]): one["id"] for one in told
        }
        if missing := [one for one in wanted if one not in named]:
            raise Rejected(
                f"There is no sales channel {missing[0]!r}.",
                remedy=f"Let publications name some of: {', '.join(sorted(named))}.",
                field="published",
            )
        channels = [{"publicationId": named[one]} for one in wanted]
        await self.client.do("publish", id=product, input=channels, drop=0)


def _is_named(present: Mapping[str, Any]) -> bool:
    """Whether our key is in it: its metafield must be defined before it is written."""
    every = present["metafields"]["nodes"]
    return any((one["namespace"], one["key"]) == (NAMESPACE, KEY) for one in every)


def _identifier(there: str, key: str) -> dict[str, Any]:
    """By its id, else by our key: a product that an earlier try has made is found, not doubled."""
    if there:
        return {"id": gid("Product", there)}
    return {"customId": {"namespace": NAMESPACE, "key": KEY, "value": key}}


def _channel(one: Mapping[str, Any]) -> str:
    return str((one.get("catalog") or {}).get("title") or "")


def _texts(wish: Wish) -> dict[str, Mapping[str, str]]:
    texts: dict[str, Mapping[str, str]] = {}
    if wish.names("name"):
        texts["title"] = wish.record.name.translations
    if wish.names("html"):
        texts["body_html"] = wish.record.html.translations
    return texts
