"""A product as Shopify tells it, and what we note of it where Shopify has no place."""

import hashlib
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from qantara.connectors.base import Wire
from qantara.connectors.shopify.mapping.texts import Translations, translated
from qantara.connectors.shopify.mapping.values import decimal, number, plain, text
from qantara.model import (
    Image,
    Money,
    Option,
    OptionValue,
    Product,
    Ref,
    Text,
    Unit,
    Variant,
    VariantPrice,
)

PIECE = Unit(name="Units", category="Unit", factor=Decimal(1))
"""Shopify sells pieces."""

KILOGRAMS: Mapping[str, Decimal] = {
    "KILOGRAMS": Decimal(1),
    "GRAMS": Decimal("0.001"),
    "POUNDS": Decimal("0.45359237"),
    "OUNCES": Decimal("0.028349523125"),
}

LIVE = frozenset({"ACTIVE", "UNLISTED"})

Kind = Literal["goods", "consumable", "service", "combo"]

_NOTED_KINDS: Mapping[Kind, Kind] = {"consumable": "consumable", "service": "service"}


_TELLING_EMPTY = frozenset({"published", "digital", "category", "categories", "tags"})
"""What says something even where it is empty: that we wrote it so."""


@dataclass(slots=True, kw_only=True)
class Details:
    """What we note in the metafield `qantara.details`: what we wrote, to tell it from others'.

    `variants` are short hashes of the keys written, `options` their values in order, `images` SHA-1s by the number of the medium.
    `pending` is the SHA-1 of the picture sent last, and the media that were there before it.
    """

    kind: str = ""
    published: bool | None = None
    digital: bool | None = None
    category: str | None = None
    categories: list[str] | None = None
    tags: list[str] | None = None
    description: dict[str, str] = field(default_factory=dict)
    variants: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    main: str = ""
    pending: str = ""
    before: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> "Details":
        """What stands in the metafield; nothing of a note that somebody has spoilt."""
        try:
            told = json.loads((node.get("details") or {}).get("value") or "{}")
            found = cls(**{name: told[name] for name in cls.__slots__ if name in told})
        except (ValueError, TypeError):
            return cls()
        return found._seen(node)

    def text(self) -> str:
        """As it is stored: what says nothing is left out."""
        told = {name: getattr(self, name) for name in self.__slots__}
        kept = {name: value for name, value in told.items() if value or name in _TELLING_EMPTY}
        kept = {name: value for name, value in kept.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)

    @property
    def written(self) -> bool:
        """Whether we have written it: then only what is ours of it is told."""
        return bool(self.variants)

    def _seen(self, node: Mapping[str, Any]) -> "Details":
        """The medium of the picture sent last is the first that was not there before."""
        new = [one for one in pictures(node) if one not in self.before]
        if self.pending and new:
            self.images[new[0]] = self.pending
            self.main, self.pending, self.before = self.pending, "", []
        self.images = {one: sha1 for one, sha1 in self.images.items() if one in pictures(node)}
        return self


def from_wire(wire: Wire) -> Product:
    """The product with all its variants; a `whole` one also with what others added to ours."""
    node, currency = wire["node"], wire["currency"]
    translations = wire.get("translations", {})
    details = Details.of(node)
    if wire.get("whole"):
        details = replace(details, variants=[], tags=None, categories=None)
    every = sorted(
        ((_variant(one, node, currency), one) for one in _ours(node, details)),
        key=lambda pair: pair[0].key,
    )
    variants = tuple(variant for variant, _ in every)
    images = [
        Image(sha1=sha1_of(one, details))
        for one in pictures(node)
        if one in details.images or not details.written
    ]
    ships = any(one["inventoryItem"]["requiresShipping"] for _, one in every)
    prices = tuple(_price(variant, one, currency) for variant, one in every)
    main, categories = _categories(node, details)
    return Product(
        name=translated(text(node["title"]), translations, "title"),
        kind=_kind(details, [one for _, one in every], ships=ships),
        unit=PIECE,
        variants=variants,
        category=main,
        categories=categories,
        price=min((one.price for one in prices), key=lambda price: price.amount, default=None),
        prices=prices,
        options=_options(node, variants, details.options),
        image=images[0] if images else None,
        gallery=tuple(images[1:]),
        description=Text.of(details.description.get("", ""), _others(details.description)),
        html=_html(node, details, translations),
        tags=_tags(node, details),
        active=node["status"] != "ARCHIVED",
        published=is_published(node, details),
        digital=not ships and details.digital is not False,
        extra={"shopify": {"handle": text(node["handle"]), "status": text(node["status"])}},
    )


def children(node: Mapping[str, Any]) -> dict[str, str]:
    """The numbers of the variants by their keys."""
    return {key_of(one, node): number(one["id"]) for one in node["variants"]["nodes"]}


def key_of(one: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """Which variant of its product it is, as `Variant.key` says it."""
    return Variant(sku="", options=choices(one, node)).key


def choices(one: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(option, value); none of the variant that stands for a product without options."""
    if node["hasOnlyDefaultVariant"]:
        return ()
    return tuple((text(each["name"]), text(each["value"])) for each in one["selectedOptions"])


def pictures(node: Mapping[str, Any]) -> list[str]:
    """The numbers of the media that are pictures, in their order."""
    every = node["media"]["nodes"]
    return [number(one["id"]) for one in every if one["mediaContentType"] == "IMAGE"]


def sha1_of(medium: str, details: Details) -> str:
    """The SHA-1 of a picture that we sent; of any other one, which Shopify does not tell, a name."""
    known = details.images.get(medium)
    return known or hashlib.sha1(f"shopify:{medium}".encode()).hexdigest()  # noqa: S324 - a name


def is_published(node: Mapping[str, Any], details: Details) -> bool:
    """Whether buyers see it; of one in the archive, whether they would."""
    if node["status"] == "ARCHIVED" and details.published is not None:
        return details.published
    return node["status"] in LIVE


def manual(node: Mapping[str, Any]) -> list[str]:
    """The collections it was put into by hand: those that have no rules."""
    every = node["collections"]["nodes"]
    return [number(one["id"]) for one in every if not one["ruleSet"]]


def _categories(node: Mapping[str, Any], details: Details) -> tuple[Ref | None, tuple[Ref, ...]]:
    """The one it belongs to, and all: ours as we wrote them, then those that others added."""
    there = manual(node)
    noted = details.categories
    every = sorted(there, key=int) if noted is None else [one for one in noted if one in there]
    main = details.category if details.category is not None else next(iter(every), "")
    shown = main if main in there else ""
    return Ref("category", shown) if shown else None, tuple(Ref("category", one) for one in every)


def _kind(details: Details, variants: Sequence[Mapping[str, Any]], *, ships: bool) -> Kind:
    if any(one["inventoryItem"]["tracked"] for one in variants):
        return "goods"
    for noted, kind in _NOTED_KINDS.items():
        if details.kind == noted:
            return kind
    return "consumable" if ships else "service"


def _variant(one: Mapping[str, Any], node: Mapping[str, Any], currency: str) -> Variant:
    item = one["inventoryItem"]
    cost = item["unitCost"]
    weight = (item["measurement"] or {}).get("weight")
    return Variant(
        sku=text(one["sku"]),
        barcode=text(one["barcode"]),
        cost=Money.of(decimal(cost["amount"]), cost["currencyCode"] or currency) if cost else None,
        weight=plain(decimal(weight["value"]) * KILOGRAMS[weight["unit"]])
        if weight
        else Decimal(0),
        options=choices(one, node),
    )


def _price(variant: Variant, one: Mapping[str, Any], currency: str) -> VariantPrice:
    before = one["compareAtPrice"]
    return VariantPrice(
        variant=variant.key,
        price=Money.of(decimal(one["price"]), currency),
        regular=Money.of(decimal(before), currency) if before else None,
    )


def _options(
    node: Mapping[str, Any], variants: Sequence[Variant], order: Mapping[str, Sequence[str]]
) -> tuple[Option, ...]:
    """The values that the variants told have, in the order that was written, else in Shopify's."""
    if node["hasOnlyDefaultVariant"]:
        return ()
    used = {pair for variant in variants for pair in variant.options}
    told = {
        text(one["name"]): [text(value["name"]) for value in one["optionValues"]]
        for one in node["options"]
    }
    return tuple(
        Option(
            name=Text(name),
            values=tuple(
                OptionValue(name=Text(value))
                for value in placed(told[name], order.get(name, ()))
                if (name, value) in used
            ),
        )
        for name in placed(told, list(order))
    )


def placed(words: Iterable[str], order: Sequence[str]) -> list[str]:
    """The words in that order; those not in it come last, as they are."""
    places = {word: at for at, word in enumerate(order)}
    return sorted(words, key=lambda word: places.get(word, len(places)))


def _ours(node: Mapping[str, Any], details: Details) -> list[Mapping[str, Any]]:
    """The variants that we wrote, where we wrote any that are still there."""
    every = list(node["variants"]["nodes"])
    return [one for one in every if short(key_of(one, node)) in details.variants] or every


def _tags(node: Mapping[str, Any], details: Details) -> tuple[str, ...]:
    noted = details.tags
    return tuple(sorted(one for one in node["tags"] if noted is None or one in noted))


def _html(node: Mapping[str, Any], details: Details, translations: Translations) -> Text:
    """The long description; not the short one, which stands there where there is no other."""
    shown = text(node["descriptionHtml"])
    if shown and shown == paragraphs(details.description.get("", "")):
        return Text("")
    return translated(shown, translations, "body_html")


def _others(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: said for code, said in texts.items() if code}


def paragraphs(plain_text: str) -> str:
    """A text without marks as one with them."""
    lines = [line.strip() for line in plain_text.splitlines()]
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def short(key: str) -> str:
    """The key of a variant in eight signs."""
    return hashlib.sha1(key.encode()).hexdigest()[:8]  # noqa: S324 - a name, not a secret
