"""What a person may decide about a store's flow."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Part = Literal["category", "product", "stock", "customer", "order", "refund", "shipment", "state"]
EVERYTHING: frozenset[Part] = frozenset(
    {"category", "product", "stock", "customer", "order", "refund", "shipment", "state"}
)
State = Literal["pending", "on_hold", "processing", "completed"]
LineKind = Literal["shipping", "fee", "tip", "gift_card", "adjustment"]


class Options(BaseModel):
    """The keys of a `[[flows]]` table with `recipe = "commerce"`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    odoo: str = Field(description="The connection of the Odoo behind the store.")
    store: str = Field(description="The connection of the store.")
    parts: frozenset[Part] = Field(
        default=EVERYTHING,
        description="What travels: categories, products, stock, customers, orders, refunds, shipments "
        "and what becomes of an order in Odoo (state). All of it where nothing is said.",
    )
    catalogue: Literal["to_store", "from_store"] = Field(
        default="to_store",
        description="Who keeps the categories and products: Odoo, and they go to the store, or the "
        "store, and they come from there. Both sides keep them with `two_way = true` in the settings of "
        "the links `category` and `product`.",
    )
    languages: tuple[str, ...] = Field(
        default=(),
        description="In which languages products are shown at the store, by ISO 639-1 code; "
        "without it: in all that both sides have.",
    )
    currencies: tuple[str, ...] = Field(
        default=(),
        description="In which currencies prices go to the store, by ISO 4217 code, from Odoo's price "
        "lists; without it: all that Odoo tells.",
    )
    without_sku: Literal["ask", "carry"] = Field(
        default="ask",
        description="A product without internal reference is put aside for a person, or carried.",
    )
    without_price: Literal["ask", "carry"] = Field(
        default="ask",
        description="A product without a price is put aside for a person, or carried without one.",
    )
    alike: Literal["ask", "create"] = Field(
        default="ask",
        description="A product that no key recognises but has the same name as one that is there "
        'becomes a question to a person ("ask"), or is new ("create").',
    )
    locations: dict[str, str] = Field(
        default={},
        description="Which of the store's locations sells from which warehouse: "
        '`{ "WH" = "store" }`, the code in Odoo and the id at the store. Not needed where each side '
        "has one.",
    )
    safety_stock: int = Field(
        default=0,
        ge=0,
        description="So many units of each product are kept back, for the counter and for miscounts.",
    )
    safety_by_sku: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="So many of these products in place of `safety_stock`, by internal reference.",
    )
    several_stores: Literal["split", "share"] = Field(
        default="split",
        description="Where several stores sell from one warehouse each unit is on sale in one of them "
        "only (split), or in all at once (share), which may sell the last ones twice.",
    )
    low_stock: int | None = Field(
        default=None,
        ge=0,
        description="A product runs low when fewer than so many of it may be sold, in all stores "
        "together. Where Odoo has a reordering rule of its own for it, that one's minimum counts.",
    )
    reorder: Literal["no", "tell", "propose"] = Field(
        default="no",
        description="What runs low is told once, until there is enough again (`qantara status`): tell; "
        'or also proposed to be bought again, as a manual reordering rule in Odoo: "propose". Only '
        "where the stock travels.",
    )
    reorder_to: int | None = Field(
        default=None,
        ge=0,
        description="Up to how many a proposal fills up; without it twice `low_stock`.",
    )
    raise_after: float = Field(
        default=5.0,
        ge=0.1,
        le=3600,
        description="Seconds after which a higher stock must still be seen before it goes on sale.",
    )
    orders_since: date | None = Field(
        default=None,
        description="Orders placed before this day (UTC) are left alone.",
    )
    states: frozenset[State] = Field(
        default=frozenset({"on_hold", "processing", "completed"}),
        description="In which states an order comes to Odoo for the first time. One that came is "
        "followed wherever it goes.",
    )
    confirm: Literal["paid", "always", "never"] = Field(
        default="paid",
        description="Which orders are confirmed in Odoo, which reserves their goods: those that are "
        "paid, authorized or to be paid on delivery; all that the store works on; or none.",
    )
    invoice: Literal["paid", "always", "never"] = Field(
        default="paid",
        description="Which confirmed orders are invoiced at once: paid ones, all, or none.",
    )
    on_delivery: tuple[str, ...] = Field(
        default=("cod", "cash_on_delivery", "Cash on Delivery (COD)"),
        description="The store's payment methods by which people pay when they receive the goods.",
    )
    journals: dict[str, str] = Field(
        default={},
        description="Into which journal a payment goes, by the store's payment method: "
        '`{ "stripe" = "BNK1", "*" = "CSH1" }`, the codes in Odoo; `*` is any other. A payment '
        "without one is not registered.",
    )
    products: dict[LineKind, str] = Field(
        default={},
        description="Which product of Odoo stands for shipping, a fee, a tip, a sold gift card, or an "
        "adjustment of a refund, by its internal reference.",
    )
    residue: str = Field(
        default="",
        description="The product, by its internal reference, that takes up what rounding leaves "
        "between the store's total and Odoo's.",
    )
    tolerance: Decimal | None = Field(
        default=None,
        ge=0,
        description="How much of the order's currency rounding may leave; more puts the order aside. "
        "Without it: a few of its smallest coins, and what cutting off the price of each piece explains.",
    )
    warehouse: str = Field(
        default="", description="The code of the warehouse that orders are delivered from."
    )
    team: str = Field(default="", description="The sales team of the orders, by its name.")
    tags: tuple[str, ...] = Field(default=(), description="The tags of the orders, by their names.")
    restock: Literal["as_told", "always", "never"] = Field(
        default="as_told",
        description="Whether goods that were refunded come back into stock: as the store tells, "
        "always, or never.",
    )
    refunds_by_hand: Literal["open", "paid"] = Field(
        default="open",
        description="A refund whose money the store did not send back itself waits in Odoo for "
        'whoever pays it ("open"), or counts as paid, into the journal for "by_hand" or "*" ("paid").',
    )
    told: frozenset[Literal["completed", "cancelled"]] = Field(
        default=frozenset({"cancelled"}),
        description="Which states of an order in Odoo are told to the store. What is shipped is told "
        "by the shipment in any case.",
    )

    @field_validator("locations")
    @classmethod
    def _each_once(cls, locations: dict[str, str]) -> dict[str, str]:
        twice = [one for one in locations.values() if list(locations.values()).count(one) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} is there twice; a location sells from one warehouse")
        return locations

    @field_validator("currencies")
    @classmethod
    def _upper(cls, currencies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one.upper() for one in currencies)
