"""What a person may decide about the supply flow."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Options(BaseModel):
    """The keys of a `[[flows]]` table with `recipe = "supply"`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    factory: str = Field(description="The connection whose company makes and sells the goods.")
    buyer: str = Field(description="The connection whose company orders them.")
    partners: bool = Field(default=True, description="Carry the factory's partners to the buyer.")
    sale_prices: Literal["supplier", "copy"] = Field(
        default="supplier",
        description="The factory's sale price becomes its price as the buyer's supplier "
        '("supplier"), or also the buyer\'s own sale price ("copy"; same currency only).',
    )
    without_sku: Literal["ask", "carry"] = Field(
        default="ask",
        description="A product without internal reference is put aside for a person, or carried.",
    )
    alike: Literal["ask", "create"] = Field(
        default="ask",
        description="What no key recognises but has the same name as one that is there (a partner "
        'also the same city or country) becomes a question to a person ("ask"), or is new ("create").',
    )
    taxes: dict[str, str] = Field(
        default={},
        description="Which of the factory's sale taxes is meant where several have the same rate: "
        '`{ "15% on top" = "VAT 15%" }`, or `"15% included"`; the name or id of the tax.',
    )
    order_taxes: Literal["carry", "factory"] = Field(
        default="carry",
        description="Lines of the sale order get the rates of the purchase order, or those that "
        "the factory's products have.",
    )
    beyond_free: Literal["refuse", "draft"] = Field(
        default="refuse",
        description="A request for more than is free at the factory at that moment is refused in "
        "words, or drafted for the factory to decide (the part `board`).",
    )
    parts: frozenset[Literal["board", "packing", "chatter", "approvals", "terms"]] = Field(
        default=frozenset(),
        description="What is shared besides: the factory's stock on a board in the buyer's Odoo, and "
        "requests from it (board); packing lists that become receipts (packing); messages and files "
        "on shared documents (chatter); confirming and rejecting from the chatter (approvals); "
        "changes of an order that the factory proposes (terms).",
    )
    notes: Literal["keep", "share"] = Field(
        default="keep",
        description="Internal notes stay on their own side, or are shared as internal notes (chatter).",
    )
    approval_days: int = Field(
        default=14,
        ge=1,
        le=365,
        description="For so many days the buttons below a sale order work (approvals).",
    )
    confirm_purchases: bool = Field(
        default=False,
        description="When the factory confirms, a purchase order that is still a request for "
        "quotation is confirmed, too (approvals).",
    )
    edited: Literal["follow", "ignore"] = Field(
        default="follow",
        description="A message that its author edits is changed at the other side, too, or not (chatter).",
    )
    deleted: Literal["mark", "follow", "ignore"] = Field(
        default="mark",
        description="A message that its author deletes is marked as deleted at the other side, "
        "disappears there, too, or stays as it was (chatter).",
    )

    @field_validator("taxes")
    @classmethod
    def _named_by_rate(cls, taxes: dict[str, str]) -> dict[str, str]:
        for tax in taxes:
            if not _TAX.fullmatch(tax):
                raise ValueError(f'{tax!r} is no tax; write "15% on top" or "15% included"')
        return taxes


_TAX = re.compile(r"\d+(\.\d*[1-9])?% (on top|included)")
