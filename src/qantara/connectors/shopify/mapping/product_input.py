"""What `productSet` is told: ours in the named fields, and all that is there of others handed back.

The lists of that operation are replaced: a variant, a picture, a collection or a metafield that is
not named in them is deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.connectors.shopify.mapping.product import (
    LIVE,
    Details,
    choices,
    is_published,
    key_of,
    manual,
    paragraphs,
    pictures,
    short,
)
from qantara.connectors.shopify.mapping.values import gid, number, text
from qantara.model import Product, Variant, VariantPrice
from qantara.transport import Rejected

MOST_OPTIONS = 3
MOST_VARIANTS = 2048

NAMESPACE = "qantara"
ALONE = ("Title", "Default Title")
"""The option and the value of a product that has no options."""

NOBODY: Mapping[str, Any] = {
    "hasOnlyDefaultVariant": True,
    "status": "DRAFT",
    "descriptionHtml": "",
    "tags": [],
    "options": [],
    "variants": {"nodes": []},
    "media": {"nodes": []},
    "collections": {"nodes": []},
    "metafields": {"nodes": []},
}
"""A product that is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A product to be written: the named fields of the record, by the hub's own key.

    `source` is where the picture lies that Shopify shall fetch, "" for none. With `whole` the record
    has what others added, too: what it does not have goes.
    """

    record: Product
    fields: Collection[str]
    currency: str
    key: str
    present: Mapping[str, Any] = field(default_factory=lambda: NOBODY)
    source: str = ""
    whole: bool = False

    def names(self, *fields: str) -> bool:
        """Whether any of these is to be written."""
        return any(one in self.fields for one in fields)


def needs_picture(wish: Wish) -> bool:
    """Whether the picture must be brought: it is to be written and is not there already."""
    image = wish.record.image
    if not wish.names("image") or image is None:
        return False
    return image.sha1 not in Details.of(wish.present).images.values()


def product_input(wish: Wish) -> dict[str, Any]:
    """The whole input. Raises Rejected for what Shopify cannot hold."""
    _check(wish)
    details = Details.of(wish.present)
    before = set(details.variants)
    told: dict[str, Any] = {
        **_head(wish, details),
        "productOptions": _options(wish, before),
        "variants": _variants(wish, before),
        "collections": _collections(wish, details),
        "files": _files(wish, details),
    }
    if wish.names("variants", "options"):
        details.variants = [short(variant.key) for variant in wish.record.variants]
        details.options = {
            one.name.value: [value.name.value for value in one.values]
            for one in wish.record.options
        }
    if wish.names("kind"):
        details.kind = wish.record.kind
    if wish.names("digital"):
        details.digital = wish.record.digital
    return {**told, "metafields": _metafields(wish, details)}


def _check(wish: Wish) -> None:
    record = wish.record
    if len(record.options) > MOST_OPTIONS:
        raise Rejected(
            f"Shopify has {MOST_OPTIONS} options at most; this product has {len(record.options)}.",
            remedy="Split the product, or make one option of two.",
            field="options",
        )
    if len(record.variants) > MOST_VARIANTS:
        raise Rejected(
            f"Shopify has {MOST_VARIANTS} variants at most; this has {len(record.variants)}.",
            remedy="Split the product.",
            field="variants",
        )


def _head(wish: Wish, details: Details) -> dict[str, Any]:
    record = wish.record
    told: dict[str, Any] = {}
    if wish.names("name"):
        told["title"] = record.name.value
    if wish.names("html", "description"):
        told["descriptionHtml"] = _description(wish, details)
    if wish.names("tags"):
        there = () if wish.whole else wish.present["tags"]
        others = [one for one in there if one not in (details.tags or ())]
        details.tags = list(record.tags)
        told["tags"] = list(dict.fromkeys([*record.tags, *others]))
    if wish.names("active", "published"):
        told["status"] = _status(wish, details)
    return told


def _description(wish: Wish, details: Details) -> str:
    """The long one; where there is none, buyers read the short one, which is noted."""
    shown = text(wish.present["descriptionHtml"])
    if shown == paragraphs(details.description.get("", "")):
        shown = ""
    if wish.names("description"):
        said = wish.record.description
        details.description = {"": said.value, **said.translations} if said.value else {}
    told = wish.record.html.value if wish.names("html") else shown
    return told or paragraphs(details.description.get("", ""))


def _status(wish: Wish, details: Details) -> str:
    """Also notes whether it would be seen, for the time that it lies in the archive."""
    there = wish.present["status"]
    active = wish.record.active if wish.names("active") else there != "ARCHIVED"
    seen = is_published(wish.present, details)
    details.published = wish.record.published if wish.names("published") else seen
    if not active:
        return "ARCHIVED"
    if details.published and there in LIVE:
        return text(there)
    return "ACTIVE" if details.published else "DRAFT"


def _options(wish: Wish, before: set[str]) -> list[dict[str, Any]]:
    """Ours in their order, then the values that others' variants need."""
    found: dict[str, dict[str, None]] = {}
    theirs = [pair for one in _theirs(wish, before) for pair in choices(one, wish.present)]
    for name, value in (*_offered(wish), *theirs):
        found.setdefault(name, {})[value] = None
    if not found:
        found = {ALONE[0]: {ALONE[1]: None}}
    return [
        {"name": name, "position": at, "values": [{"name": value} for value in values]}
        for at, (name, values) in enumerate(found.items(), start=1)
    ]


def _offered(wish: Wish) -> list[tuple[str, str]]:
    """(option, value): of the record where they are written, else those that are there."""
    if wish.names("variants", "options"):
        own = [
            (option.name.value, value.name.value)
            for option in wish.record.options
            for value in option.values
        ]
        return [*own, *(pair for variant in wish.record.variants for pair in variant.options)]
    if wish.present["hasOnlyDefaultVariant"]:
        return []
    return [
        (one["name"], value["name"])
        for one in wish.present["options"]
        for value in one["optionValues"]
    ]


def _variants(wish: Wish, before: set[str]) -> list[dict[str, Any]]:
    matched = _matched(wish)
    if not wish.names("variants", "options"):
        ours = {number(one["id"]): variant for variant, one in matched if one}
        return [
            _back(one, wish) | _wanted(ours.get(number(one["id"])), wish)
            for one in wish.present["variants"]["nodes"]
        ]
    made = [
        {
            **({"id": one["id"]} if one else {}),
            "optionValues": _values(variant.options),
            **_wanted(variant, wish),
        }
        for variant, one in matched
    ]
    return [*made, *(_back(one, wish) for one in _theirs(wish, before))]


def _matched(wish: Wish) -> list[tuple[Variant, Mapping[str, Any] | None]]:
    """Our variants with theirs: of the same options, else of the same SKU."""
    there = wish.present["variants"]["nodes"]
    by_key = {key_of(one, wish.present): one for one in there}
    keys = {variant.key for variant in wish.record.variants}
    free = {text(one["sku"]): one for key, one in by_key.items() if key not in keys and one["sku"]}
    return [
        (variant, by_key.get(variant.key) or free.pop(variant.sku, None))
        for variant in wish.record.variants
    ]


def _theirs(wish: Wish, before: set[str]) -> list[Mapping[str, Any]]:
    """Variants that we did not write and do not write now; a lone one gives way to options."""
    matched = {number(one["id"]) for _, one in _matched(wish) if one}
    if wish.whole or wish.present["hasOnlyDefaultVariant"]:
        return []
    return [
        one
        for one in wish.present["variants"]["nodes"]
        if number(one["id"]) not in matched and short(key_of(one, wish.present)) not in before
    ]


def _back(one: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    return {"id": one["id"], "optionValues": _values(choices(one, wish.present))}


def _values(options: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"optionName": name, "name": value} for name, value in options or (ALONE,)]


def _wanted(variant: Variant | None, wish: Wish) -> dict[str, Any]:
    """What of a variant is written."""
    if variant is None:
        return {}
    told: dict[str, Any] = {}
    if wish.names("variants"):
        told |= {"sku": variant.sku, "barcode": variant.barcode or None}
    if wish.names("prices", "price"):
        told |= _prices(variant, wish)
    if item := _item(variant, wish):
        told["inventoryItem"] = item
    return told


def _item(variant: Variant, wish: Wish) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if wish.names("variants"):
        item["measurement"] = {"weight": {"unit": "KILOGRAMS", "value": variant.weight}}
        if variant.cost and variant.cost.currency == wish.currency:
            item["cost"] = text(variant.cost.amount)
    if wish.names("kind"):
        item["tracked"] = wish.record.kind == "goods"
    if wish.names("kind", "digital"):
        item["requiresShipping"] = wish.record.kind != "service" and not wish.record.digital
    return item


def _prices(variant: Variant, wish: Wish) -> dict[str, Any]:
    """The price in the shop's currency; that of the product where the variant has none."""
    record = wish.record
    mine = [one for one in record.prices if one.variant == variant.key]
    if mine and wish.names("prices"):
        return _price(mine, wish.currency)
    if record.price is None or not wish.names("price") or record.prices:
        return {}
    if record.price.currency != wish.currency:
        raise _foreign(record.price.currency, wish.currency)
    return {"price": text(record.price.amount + surcharge(variant, record))}


def _price(mine: Sequence[VariantPrice], currency: str) -> dict[str, Any]:
    for one in mine:
        if one.price.currency == currency:
            before = one.regular.amount if one.regular else None
            return {
                "price": text(one.price.amount),
                "compareAtPrice": None if before is None else text(before),
            }
    raise _foreign(mine[0].price.currency, currency)


def _foreign(told: str, wanted: str) -> Rejected:
    return Rejected(
        f"The price is in {told}, and the shop sells in {wanted}.",
        remedy=f"Choose a price list in {wanted} for this shop.",
        field="prices",
    )


def surcharge(variant: Variant, record: Product) -> Decimal:
    """What its options add to the price of the product."""
    chosen = set(variant.options)
    every = (
        value.surcharge
        for option in record.options
        for value in option.values
        if (option.name.value, value.name.value) in chosen
    )
    return sum(every, Decimal(0))


def _collections(wish: Wish, details: Details) -> list[str]:
    """Those that others put it into stay; ours are as the record says."""
    ours = {*(details.categories or ()), details.category}
    others = [one for one in manual(wish.present) if one not in ours]
    if wish.names("categories"):
        others = [] if wish.whole else others
        details.categories = [ref.id for ref in wish.record.categories]
    if wish.names("category"):
        details.category = wish.record.category.id if wish.record.category else ""
    every = [*others, *(details.categories or ()), details.category or ""]
    return [gid("Collection", one) for one in dict.fromkeys(every) if one]


def _files(wish: Wish, details: Details) -> list[dict[str, Any]]:
    """The picture first, then all media that are not the picture we sent before."""
    there = [text(one["id"]) for one in wish.present["media"]["nodes"]]
    if not wish.names("image"):
        return [{"id": one} for one in there]
    image = wish.record.image
    known = {sha1: one for one, sha1 in details.images.items()}
    wanted = known.get(image.sha1, "") if image else ""
    if image and not wanted and not wish.source:
        return [{"id": one} for one in there]
    old = known.get(details.main, "")
    rest = [{"id": one} for one in there if number(one) not in {old, wanted}]
    details.main = image.sha1 if image else ""
    if image and not wanted:
        details.pending, details.before = image.sha1, pictures(wish.present)
        new = {"originalSource": wish.source, "contentType": "IMAGE"}
        return [{**new, "alt": wish.record.name.value}, *rest]
    first = [{"id": one} for one in there if number(one) == wanted]
    return [*first, *rest]


def _metafields(wish: Wish, details: Details) -> list[dict[str, Any]]:
    """Others' as they are, but for those of other apps, which nobody else may touch; then ours."""
    there = wish.present["metafields"]["nodes"]
    others = [
        {name: one[name] for name in ("namespace", "key", "type", "value")}
        for one in there
        if one["namespace"] != NAMESPACE and not one["namespace"].startswith("app--")
    ]
    ours = {one["key"]: one["value"] for one in there if one["namespace"] == NAMESPACE}
    return [
        *others,
        own("key", ours.get("key") or wish.key, "id"),
        own("details", details.text(), "json"),
    ]


def own(key: str, value: str, kind: str) -> dict[str, str]:
    """A metafield of ours."""
    return {"namespace": NAMESPACE, "key": key, "type": kind, "value": value}
