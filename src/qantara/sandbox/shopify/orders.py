"""Orders as they are read: totals, states, money in both currencies."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify.context import ALL_ORDERS, Args, Context, Resolvers, money, rounded
from qantara.sandbox.shopify.errors import NotImitated
from qantara.sandbox.shopify.metafields import by_unique
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.pricing import ZERO, base, left, tax_of
from qantara.sandbox.shopify.state import Row, Store

SEEN_DAYS = 60
IN = frozenset({"SALE", "CAPTURE"})


def bag(order: Row, amount: Decimal) -> Row:
    """The amount in the shopper's currency and in the shop's."""
    shop = order["currencyCode"]
    in_shop = amount if order["presentmentCurrencyCode"] == shop else amount / order["_rate"]
    return {
        "shopMoney": money(rounded(in_shop, shop), shop),
        "presentmentMoney": money(amount, order["presentmentCurrencyCode"]),
    }


def lines_of(store: Store, order: Row) -> list[Row]:
    return store.where("LineItem", "_order", order["id"])


def shippings_of(store: Store, order: Row) -> list[Row]:
    return store.where("ShippingLine", "_order", order["id"])


def refunds_of(store: Store, order: Row) -> list[Row]:
    return store.where("Refund", "_order", order["id"])


def transactions_of(store: Store, order: Row) -> list[Row]:
    return store.where("OrderTransaction", "_order", order["id"])


def order_of(store: Store, row: Row) -> Row:
    return store.tables["Order"][row["_order"]]


def gone(line: Row) -> int:
    """Units that were given back or taken out."""
    return int(line["_refunded"] + line["_removed"])


def money_in(store: Store, order: Row) -> Decimal:
    return _moved(store, order, IN)


def money_back(store: Store, order: Row) -> Decimal:
    return _moved(store, order, {"REFUND"})


def _moved(store: Store, order: Row, kinds: Iterable[str]) -> Decimal:
    rows = transactions_of(store, order)
    return sum(
        (row["_amount"] for row in rows if row["kind"] in kinds and row["status"] == "SUCCESS"),
        ZERO,
    )


def capturable(store: Store, order: Row) -> Decimal:
    """Authorized, and neither captured nor voided."""
    rows = [row for row in transactions_of(store, order) if row["status"] == "SUCCESS"]
    closed = {row["_parent"] for row in rows if row["kind"] in ("CAPTURE", "VOID")}
    return sum(
        (
            row["_amount"]
            for row in rows
            if row["kind"] == "AUTHORIZATION" and row["id"] not in closed
        ),
        ZERO,
    )


class Totals:
    """An order's sums in the shopper's currency, before (`whole`) and after returns (`now`)."""

    def __init__(self, store: Store, order: Row) -> None:
        self.store, self.order = store, order
        self.currency = order["presentmentCurrencyCode"]
        self.lines = lines_of(store, order)
        self.items = [line for line in self.lines if not line["_tip"]]
        self.shippings = shippings_of(store, order)
        self.on_top = not order["taxesIncluded"]

    def subtotal(self) -> Decimal:
        return sum((base(line) for line in self.items), ZERO)

    def subtotal_now(self) -> Decimal:
        return sum((self._left(line, base(line)) for line in self.items), ZERO)

    def shipping(self) -> Decimal:
        return sum((base(line) for line in self.shippings), ZERO)

    def shipping_now(self) -> Decimal:
        return self.shipping() - self._shipping_back("_subtotal")

    def tax(self) -> Decimal:
        return sum((tax_of(line) for line in (*self.lines, *self.shippings)), ZERO)

    def tax_now(self) -> Decimal:
        items = sum((self._left(line, tax_of(line)) for line in self.lines), ZERO)
        shipping = sum((tax_of(line) for line in self.shippings), ZERO)
        return items + shipping - self._shipping_back("_tax")

    def discounts(self) -> Decimal:
        rows = (*self.lines, *self.shippings)
        return sum((amount for row in rows for _, amount in row["_allocations"]), ZERO)

    def discounts_now(self) -> Decimal:
        items = sum(
            (
                self._left(line, sum((off for _, off in line["_allocations"]), ZERO))
                for line in self.lines
            ),
            ZERO,
        )
        return items + sum((off for row in self.shippings for _, off in row["_allocations"]), ZERO)

    def tip(self) -> Decimal:
        held = sum((base(line) for line in self.lines if line["_tip"]), ZERO)
        return held + Decimal(self.order["_tip"])

    def total(self) -> Decimal:
        on_top = self.tax() if self.on_top else ZERO
        return self.subtotal() + self.shipping() + self.tip() + on_top

    def total_now(self) -> Decimal:
        on_top = self.tax_now() if self.on_top else ZERO
        rest = self.subtotal_now() + self.shipping_now() + self.tip() + on_top
        return rest + self.discrepancy()

    def discrepancy(self) -> Decimal:
        """What refunds gave back less (or, negative, more) than their lines came to."""
        return sum((row["_adjustment"] for row in refunds_of(self.store, self.order)), ZERO)

    def outstanding(self) -> Decimal:
        got = money_in(self.store, self.order) - money_back(self.store, self.order)
        return (ZERO if self.order["cancelledAt"] else self.total_now()) - got

    def _left(self, line: Row, amount: Decimal) -> Decimal:
        return left(amount, gone(line), line["_units"], self.currency)

    def _shipping_back(self, key: str) -> Decimal:
        rows = refunds_of(self.store, self.order)
        return sum((one[key] for row in rows for one in row["_shippings"]), ZERO)


def paid_state(store: Store, order: Row) -> str:
    """DisplayFinancialStatus."""
    got, back = money_in(store, order), money_back(store, order)
    if back:
        return "REFUNDED" if back >= got else "PARTIALLY_REFUNDED"
    if got:
        return "PAID" if got >= Totals(store, order).total_now() else "PARTIALLY_PAID"
    if order["cancelledAt"]:
        return "VOIDED"
    if capturable(store, order):
        return "AUTHORIZED"
    return "PENDING" if Totals(store, order).total_now() > 0 else "PAID"


def sent_state(store: Store, order: Row) -> str:
    """DisplayFulfillmentStatus."""
    lines = [line for line in lines_of(store, order) if line["requiresShipping"]]
    sent = sum(line["_sent"] for line in lines)
    open_units = sum(unfulfilled(line) for line in lines)
    if order["_held"]:
        return "ON_HOLD"
    if sent and not open_units:
        return "FULFILLED"
    return "PARTIALLY_FULFILLED" if sent else "UNFULFILLED"


def unfulfilled(line: Row) -> int:
    """Units that are still to be sent."""
    return max(0, int(line["_units"] - line["_sent"] - line["_unsent_gone"]))


def refresh(store: Store, order: Row) -> Row:
    """After anything happened to it: its states, and when."""
    order["displayFinancialStatus"] = paid_state(store, order)
    order["displayFulfillmentStatus"] = sent_state(store, order)
    return store.touch(order)


def seen(ctx: Context) -> list[Row]:
    """Without the scope for all orders those of the last 60 days, and not a word about it."""
    rows = ctx.store.rows("Order")
    if ALL_ORDERS in ctx.scopes:
        return rows
    edge = ctx.store.clock.now() - timedelta(days=SEEN_DAYS)
    return [row for row in rows if row["createdAt"] >= edge]


def _by_identifier(_root: Row, ctx: Context, args: Args) -> Row | None:
    wanted = args["identifier"]
    if wanted.get("customId"):
        return by_unique(ctx.store, "Order", wanted["customId"])
    return _one(_root, ctx, {"id": wanted["id"]})


def _one(_root: Row, ctx: Context, args: Args) -> Row | None:
    found = ctx.store.get("Order", args["id"])
    return found if found in seen(ctx) else None


def _tax_lines(order: Row, lines: Iterable[tuple[Any, Decimal]]) -> list[Row]:
    """One entry for each rate and title."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for tax, amount in lines:
        key = (tax.name, tax.percent)
        sums[key] = sums.get(key, ZERO) + amount
    return [tax_line(order, name, percent, amount) for (name, percent), amount in sums.items()]


def tax_line(order: Row, name: str, percent: Decimal, amount: Decimal) -> Row:
    return {
        "title": name,
        "rate": float(percent / 100),
        "ratePercentage": float(percent),
        "priceSet": bag(order, amount),
        "channelLiable": False,
        "source": "Shopify",
    }


def _taxes(row: Row, ctx: Context, _args: Args) -> list[Row]:
    rows = (*lines_of(ctx.store, row), *shippings_of(ctx.store, row))
    return _tax_lines(row, (one for line in rows for one in line["_tax"]))


def _taxes_now(row: Row, ctx: Context, _args: Args) -> list[Row]:
    currency = row["presentmentCurrencyCode"]
    left_of = [
        (tax, left(amount, gone(line), line["_units"], currency))
        for line in lines_of(ctx.store, row)
        for tax, amount in line["_tax"]
    ]
    shipping = [one for line in shippings_of(ctx.store, row) for one in line["_tax"]]
    return _tax_lines(row, [*left_of, *shipping])


def _sum(name: str) -> Any:
    return lambda row, ctx, _args: bag(row, getattr(Totals(ctx.store, row), name)())


def _net(row: Row, ctx: Context, _args: Args) -> Row:
    return bag(row, money_in(ctx.store, row) - money_back(ctx.store, row))


def _shipping_back(row: Row, ctx: Context, _args: Args) -> Row:
    totals = Totals(ctx.store, row)
    return bag(row, totals.shipping() - totals.shipping_now())


def _cart_discounts(row: Row, ctx: Context, _args: Args) -> Row:
    across = {one["index"] for one in row["_applications"] if one["allocationMethod"] == "ACROSS"}
    off = sum(
        (
            amount
            for line in lines_of(ctx.store, row)
            for index, amount in line["_allocations"]
            if index in across
        ),
        ZERO,
    )
    return bag(row, off)


def _transactions(row: Row, ctx: Context, args: Args) -> list[Row]:
    rows = transactions_of(ctx.store, row)
    if args.get("capturable") is not None:
        raise NotImitated("transactions by `capturable`")
    return rows[: args["first"]] if args.get("first") else rows


def _units(row: Row, ctx: Context, *, now: bool) -> int:
    rows = [line for line in lines_of(ctx.store, row) if not line["_tip"]]
    return sum(line["_units"] - (gone(line) if now else 0) for line in rows)


def _customer(row: Row, ctx: Context, _args: Args) -> Row | None:
    return ctx.store.get("Customer", row["_customer"]) if row["_customer"] else None


def _location(row: Row, ctx: Context, _args: Args) -> Row | None:
    return ctx.store.get("Location", row["_location"]) if row["sourceName"] == "pos" else None


def _orders_count(_root: Row, ctx: Context, args: Args) -> Row:
    rows = ctx.found("Order", seen(ctx), args.get("query"))
    return {"count": len(rows), "precision": "EXACT"}


RESOLVERS: Resolvers = {
    "QueryRoot.order": _one,
    "QueryRoot.orders": lambda _, ctx, args: ctx.pages("Order", seen(ctx), args),
    "QueryRoot.ordersCount": _orders_count,
    "QueryRoot.orderByIdentifier": _by_identifier,
    "Order.customer": _customer,
    "Order.retailLocation": _location,
    "Order.lineItems": lambda row, ctx, args: plain(lines_of(ctx.store, row), args),
    "Order.shippingLines": lambda row, ctx, args: plain(shippings_of(ctx.store, row), args),
    "Order.shippingLine": lambda row, ctx, _args: next(iter(shippings_of(ctx.store, row)), None),
    "Order.taxLines": _taxes,
    "Order.currentTaxLines": _taxes_now,
    "Order.discountApplications": lambda row, _ctx, args: plain(row["_applications"], args),
    "Order.transactions": _transactions,
    "Order.transactionsCount": lambda row, ctx, _args: {
        "count": len(transactions_of(ctx.store, row)),
        "precision": "EXACT",
    },
    "Order.paymentGatewayNames": lambda row, ctx, _args: list(
        dict.fromkeys(one["gateway"] for one in transactions_of(ctx.store, row))
    ),
    "Order.refunds": lambda row, ctx, args: refunds_of(ctx.store, row)[: args.get("first")],
    "Order.fullyPaid": lambda row, ctx, _args: paid_state(ctx.store, row) == "PAID",
    "Order.unpaid": lambda row, ctx, _args: not money_in(ctx.store, row),
    "Order.capturable": lambda row, ctx, _args: capturable(ctx.store, row) > 0,
    "Order.canMarkAsPaid": lambda row, ctx, _args: (
        not row["cancelledAt"] and Totals(ctx.store, row).outstanding() > 0
    ),
    "Order.refundable": lambda row, ctx, _args: (
        money_in(ctx.store, row) > money_back(ctx.store, row)
    ),
    "Order.restockable": lambda row, ctx, _args: _units(row, ctx, now=True) > 0,
    "Order.fulfillable": lambda row, ctx, _args: any(map(unfulfilled, lines_of(ctx.store, row))),
    "Order.requiresShipping": lambda row, ctx, _args: any(
        line["requiresShipping"] for line in lines_of(ctx.store, row)
    ),
    "Order.subtotalLineItemsQuantity": lambda row, ctx, _args: _units(row, ctx, now=False),
    "Order.currentSubtotalLineItemsQuantity": lambda row, ctx, _args: _units(row, ctx, now=True),
    "Order.originalTotalPriceSet": lambda row, _ctx, _args: bag(row, row["_first_total"]),
    "Order.subtotalPriceSet": _sum("subtotal"),
    "Order.currentSubtotalPriceSet": _sum("subtotal_now"),
    "Order.totalPriceSet": _sum("total"),
    "Order.currentTotalPriceSet": _sum("total_now"),
    "Order.totalTaxSet": _sum("tax"),
    "Order.currentTotalTaxSet": _sum("tax_now"),
    "Order.totalDiscountsSet": _sum("discounts"),
    "Order.currentTotalDiscountsSet": _sum("discounts_now"),
    "Order.totalShippingPriceSet": _sum("shipping"),
    "Order.currentShippingPriceSet": _sum("shipping_now"),
    "Order.totalTipReceivedSet": _sum("tip"),
    "Order.totalOutstandingSet": _sum("outstanding"),
    "Order.refundDiscrepancySet": _sum("discrepancy"),
    "Order.totalReceivedSet": lambda row, ctx, _args: bag(row, money_in(ctx.store, row)),
    "Order.totalRefundedSet": lambda row, ctx, _args: bag(row, money_back(ctx.store, row)),
    "Order.totalRefundedShippingSet": _shipping_back,
    "Order.totalCapturableSet": lambda row, ctx, _args: bag(row, capturable(ctx.store, row)),
    "Order.netPaymentSet": _net,
    "Order.cartDiscountAmountSet": _cart_discounts,
    "Order.currentCartDiscountAmountSet": _cart_discounts,
    "Order.totalCashRoundingAdjustment": lambda row, _ctx, _args: {
        "paymentSet": bag(row, ZERO),
        "refundSet": bag(row, ZERO),
    },
    "OrderTransaction.amountSet": lambda row, ctx, _args: bag(
        order_of(ctx.store, row), row["_amount"]
    ),
    "OrderTransaction.order": lambda row, ctx, _args: order_of(ctx.store, row),
    "OrderTransaction.parentTransaction": lambda row, ctx, _args: (
        ctx.store.get("OrderTransaction", row["_parent"]) if row["_parent"] else None
    ),
}
