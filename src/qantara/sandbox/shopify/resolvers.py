"""All resolvers in one table, and what a payload holds where a mutation says nothing of it."""

from typing import Any

from qantara.sandbox.shopify import (
    bulk,
    catalogue,
    fulfillments,
    further,
    inventory,
    media,
    metafields,
    order_lines,
    order_writes,
    orders,
    people,
    product_set,
    products,
    shop,
    subscriptions,
    variants,
)
from qantara.sandbox.shopify.context import Info, Resolvers
from qantara.sandbox.shopify.state import Row

RESOLVERS: Resolvers = {
    **bulk.RESOLVERS,
    **catalogue.RESOLVERS,
    **fulfillments.RESOLVERS,
    **further.RESOLVERS,
    **inventory.RESOLVERS,
    **media.RESOLVERS,
    **metafields.RESOLVERS,
    **order_lines.RESOLVERS,
    **order_writes.RESOLVERS,
    **orders.RESOLVERS,
    **people.RESOLVERS,
    **product_set.RESOLVERS,
    **products.RESOLVERS,
    **shop.RESOLVERS,
    **subscriptions.RESOLVERS,
    **variants.RESOLVERS,
    "Collection.resourcePublicationsV2": products.RESOLVERS["Product.resourcePublicationsV2"],
    "CollectionDeletePayload.shop": shop.RESOLVERS["QueryRoot.shop"],
    "ProductDeletePayload.shop": shop.RESOLVERS["QueryRoot.shop"],
    "PublishablePublishPayload.shop": shop.RESOLVERS["QueryRoot.shop"],
    "PublishableUnpublishPayload.shop": shop.RESOLVERS["QueryRoot.shop"],
}


def blank_payload(info: Info) -> Row:
    """Every field of the mutation's payload, empty."""
    kind: Any = info.return_type
    fields = getattr(kind, "of_type", kind).fields
    return {name: [] if name.endswith("serErrors") else None for name in fields}
