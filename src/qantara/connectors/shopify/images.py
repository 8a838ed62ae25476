"""The bytes of products' first pictures."""

from collections.abc import Sequence

from qantara.connectors.shopify.catalogue import Products
from qantara.connectors.shopify.site import Site
from qantara.transport import NotFound


async def content(site: Site, ids: Sequence[str]) -> dict[str, bytes]:
    """By product, of those that have a picture which Shopify has worked off."""
    found: dict[str, bytes] = {}
    for change in await Products(site).read(ids):
        every = change.wire["node"]["media"]["nodes"]
        urls = [(one.get("image") or {}).get("url") for one in every]
        if url := next((one for one in urls if one), ""):
            try:
                found[change.external_id] = await site.client.download(url)
            except NotFound:
                continue
    return found
