"""Lines of an order as they are read: what was bought, what it cost, what was taken off."""

from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers, rounded
from qantara.sandbox.shopify.orders import bag, gone, order_of, tax_line, unfulfilled
from qantara.sandbox.shopify.pricing import ZERO, base, left, tax_of
from qantara.sandbox.shopify.products import title as variant_title
from qantara.sandbox.shopify.state import Row, Store


def _own_discounts(line: Row, order: Row, *, codes: bool) -> Decimal:
    """What was taken off this line by itself; discounts of the whole order are not in it."""
    total = ZERO
    for index, amount in line["_allocations"]:
        application = order["_applications"][index]
        typed = application["__typename"] == "DiscountCodeApplication"
        if application["allocationMethod"] != "ACROSS" and (codes or not typed):
            total += amount
    return total


def _gross(line: Row) -> Decimal:
    return Decimal(line["_unit"] * line["_units"])


def _bagged(amount: Any) -> Any:
    """A resolver for an amount of the line, in both currencies."""

    def resolve(row: Row, ctx: Context, args: Args) -> Row:
        order = order_of(ctx.store, row)
        return bag(order, amount(row, order, args))

    return resolve


def _unit_after(row: Row, order: Row, _args: Args) -> Decimal:
    return rounded(base(row) / row["_units"], order["presentmentCurrencyCode"])


def _unit_discounted(row: Row, order: Row, _args: Args) -> Decimal:
    own = _gross(row) - _own_discounts(row, order, codes=False)
    return rounded(own / row["_units"], order["presentmentCurrencyCode"])


def _total_discounted(row: Row, order: Row, args: Args) -> Decimal:
    return _gross(row) - _own_discounts(row, order, codes=bool(args.get("withCodeDiscounts")))


def _net_now(row: Row, order: Row, _args: Args) -> Decimal:
    """What the units that are left cost after all discounts, without tax."""
    net = base(row) - (tax_of(row) if order["taxesIncluded"] else ZERO)
    return left(net, gone(row), row["_units"], order["presentmentCurrencyCode"])


def _open_part(amount: Any) -> Any:
    def part_of(row: Row, order: Row, args: Args) -> Decimal:
        whole = amount(row, order, args)
        share = whole * unfulfilled(row) / row["_units"]
        return rounded(share, order["presentmentCurrencyCode"])

    return part_of


def _allocations(row: Row, ctx: Context, _args: Args) -> list[Row]:
    order = order_of(ctx.store, row)
    return [
        {
            "allocatedAmountSet": bag(order, amount),
            "discountApplication": order["_applications"][index],
        }
        for index, amount in row["_allocations"]
    ]


def _taxes(row: Row, ctx: Context, args: Args) -> list[Row]:
    order = order_of(ctx.store, row)
    told = [tax_line(order, tax.name, tax.percent, amount) for tax, amount in row["_tax"]]
    return told[: args.get("first")]


def _variant(store: Store, row: Row) -> Row | None:
    return store.get("ProductVariant", row["_variant"]) if row["_variant"] else None


def _product(row: Row, ctx: Context, _args: Args) -> Row | None:
    """None as soon as the product is gone."""
    return ctx.store.get("Product", row["_product"]) if row["_product"] else None


def named(store: Store, variant: Row | None) -> Row:
    """What a line keeps of its variant, for when that is gone."""
    if variant is None:
        return {"variantTitle": None, "vendor": None, "_product": None, "_variant": None}
    product = store.tables["Product"][variant["_product"]]
    shown = variant_title(variant)
    return {
        "variantTitle": None if shown == "Default Title" else shown,
        "vendor": product["vendor"],
        "_product": product["id"],
        "_variant": variant["id"],
    }


RESOLVERS: Resolvers = {
    "LineItem.product": _product,
    "LineItem.variant": lambda row, ctx, _args: _variant(ctx.store, row),
    "LineItem.quantity": lambda row, _ctx, _args: row["_units"],
    "LineItem.currentQuantity": lambda row, _ctx, _args: row["_units"] - gone(row),
    "LineItem.refundableQuantity": lambda row, _ctx, _args: row["_units"] - gone(row),
    "LineItem.unfulfilledQuantity": lambda row, _ctx, _args: unfulfilled(row),
    "LineItem.nonFulfillableQuantity": lambda row, _ctx, _args: (
        row["_unsent_gone"] if row["requiresShipping"] else row["_units"]
    ),
    "LineItem.restockable": lambda row, ctx, _args: _variant(ctx.store, row) is not None,
    "LineItem.merchantEditable": lambda _row, _ctx, _args: True,
    "LineItem.name": lambda row, _ctx, _args: " - ".join(
        filter(None, (row["title"], row["variantTitle"]))
    ),
    "LineItem.originalUnitPriceSet": _bagged(lambda row, _order, _args: row["_unit"]),
    "LineItem.originalTotalSet": _bagged(lambda row, _order, _args: _gross(row)),
    "LineItem.discountedUnitPriceSet": _bagged(_unit_discounted),
    "LineItem.discountedUnitPriceAfterAllDiscountsSet": _bagged(_unit_after),
    "LineItem.discountedTotalSet": _bagged(_total_discounted),
    "LineItem.totalDiscountSet": _bagged(
        lambda row, order, _args: _own_discounts(row, order, codes=True)
    ),
    "LineItem.unfulfilledDiscountedTotalSet": _bagged(_open_part(_total_discounted)),
    "LineItem.unfulfilledOriginalTotalSet": _bagged(
        _open_part(lambda row, _order, _args: _gross(row))
    ),
    "LineItem.priceAfterAllDiscountsBeforeTaxesSet": _bagged(_net_now),
    "LineItem.discountAllocations": _allocations,
    "LineItem.taxLines": _taxes,
    "ShippingLine.taxLines": _taxes,
    "ShippingLine.discountAllocations": _allocations,
    "ShippingLine.originalPriceSet": _bagged(lambda row, _order, _args: row["_unit"]),
    "ShippingLine.discountedPriceSet": _bagged(lambda row, _order, _args: base(row)),
    "ShippingLine.currentDiscountedPriceSet": _bagged(
        lambda row, _order, _args: base(row) - row["_back"]
    ),
}
