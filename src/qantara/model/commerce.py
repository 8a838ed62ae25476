"""Products and what describes them: categories, units, options, variants, images."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from qantara.model.money import Money
from qantara.model.reference import Ref
from qantara.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A product category. `path` joins the names from the root with " / " in the main language."""

    name: Text
    path: str
    parent: Ref | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of measure: one of it is `factor` reference units of its `category`.

    Dozen: category "Unit", factor 12. Gram: category "Weight", factor 0.001.
    """

    name: str
    category: str
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionValue:
    """One choice of an option (Red) and what it adds to the price of the product."""

    name: Text
    surcharge: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a buyer chooses (Colour) with its choices in order."""

    name: Text
    values: tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One sellable item of a product. `options` are (option, value) names; empty when it is alone."""

    sku: str
    barcode: str = ""
    cost: Money | None = None
    weight: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)
    options: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Which variant of its product this is, the same on every system."""
        return "|".join(f"{option}={value}" for option, value in sorted(self.options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture by the SHA-1 of its bytes as the source stores them; the bytes travel apart."""

    sha1: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierPrice:
    """What `vendor` asks for the product, under the vendor's own code."""

    vendor: Ref
    price: Money
    code: str = ""
    minimum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantPrice:
    """What a variant (by its `key`) costs in a store; `regular` is the price that is crossed out."""

    variant: str
    price: Money
    regular: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with all its variants (at least one), in the order of their keys.

    `categories` are all it is shown in, `category` is the one that it belongs to. `prices` hold one
    for each variant and currency, in the order of their keys; `html` is the long description.
    """

    name: Text
    kind: Literal["goods", "consumable", "service", "combo"]
    unit: Unit
    variants: tuple[Variant, ...]
    category: Ref | None = None
    price: Money | None = None
    description: Text = Text("")
    options: tuple[Option, ...] = ()
    suppliers: tuple[SupplierPrice, ...] = ()
    image: Image | None = None
    tracking: Literal["none", "lot", "serial"] = "none"
    sold: bool = True
    bought: bool = True
    active: bool = True
    html: Text = Text("")
    prices: tuple[VariantPrice, ...] = ()
    categories: tuple[Ref, ...] = ()
    gallery: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    published: bool = True
    digital: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
