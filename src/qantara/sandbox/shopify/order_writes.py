"""What the API may do to orders: notes, cancellation, marking as paid, refunds; refunds read."""

from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify import metafields
from qantara.sandbox.shopify.cart import Payment
from qantara.sandbox.shopify.context import Args, Context, Resolvers, rounded
from qantara.sandbox.shopify.errors import NotImitated, Refused
from qantara.sandbox.shopify.orders import (
    Totals,
    bag,
    gone,
    order_of,
    refresh,
    transactions_of,
)
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.pricing import ZERO
from qantara.sandbox.shopify.refunds import Back, cancel, give_back, overdrawn, shipping_left
from qantara.sandbox.shopify.shopper import Shopper, pairs
from qantara.sandbox.shopify.state import Row, gid

NAMED = ("note", "email", "phone", "poNumber")


def _found(ctx: Context, key: str, *path: str) -> Row:
    order = ctx.store.get("Order", key)
    if order is None:
        raise Refused("Order does not exist", *path, code="NOT_FOUND")
    return order


def _update(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["input"]
    order = _found(ctx, wanted["id"], "id")
    for name in NAMED:
        if name in wanted:
            order[name] = wanted[name]
    if wanted.get("tags") is not None:
        order["tags"] = sorted({tag.strip() for tag in wanted["tags"] if tag.strip()})
    if wanted.get("customAttributes") is not None:
        order["customAttributes"] = pairs(
            {one["key"]: one["value"] for one in wanted["customAttributes"]}
        )
    metafields.check(ctx.store, order, wanted.get("metafields"), ("metafields",))
    for one in wanted.get("metafields") or ():
        metafields.put(ctx.store, order["id"], one)
    return _told(ctx, order)


def _told(ctx: Context, order: Row) -> Row:
    refresh(ctx.store, order)
    ctx.store.tell("ORDERS_UPDATED", order)
    return {"order": order, "userErrors": []}


def _cancel(_root: Row, ctx: Context, args: Args) -> Row:
    order = _found(ctx, args["orderId"], "orderId")
    if order["cancelledAt"]:
        raise Refused("Order has already been cancelled", "orderId", code="INVALID")
    if any(row["status"] == "OPEN" for row in ctx.store.where("Return", "_order", order["id"])):
        raise Refused("Order has an active return", "orderId", code="INVALID")
    if order["displayFulfillmentStatus"] in ("FULFILLED", "PARTIALLY_FULFILLED"):
        raise Refused("Cannot cancel a fulfilled order", "orderId", code="INVALID")
    method = args.get("refundMethod") or {}
    back = args.get("refund") or method.get("originalPaymentMethodsRefund")
    cancel(ctx.store, order, {**args, "refund": bool(back)})
    job = ctx.store.add("Job", {"done": True})
    return {"job": job, "orderCancelUserErrors": []}


def _mark_as_paid(_root: Row, ctx: Context, args: Args) -> Row:
    order = _found(ctx, args["input"]["id"], "id")
    due = Totals(ctx.store, order).outstanding()
    if order["cancelledAt"] or due <= 0:
        raise Refused("Order cannot be marked as paid.", "id")
    waiting = [row for row in transactions_of(ctx.store, order) if row["status"] == "PENDING"]
    gateway = waiting[0]["gateway"] if waiting else "manual"
    shopper = Shopper(ctx.store, ctx.settings)
    row = shopper.pay(order, Payment(gateway=gateway, amount=due))
    row["_parent"] = waiting[0]["id"] if waiting else None
    shopper.paid(order)
    return {"order": order, "userErrors": []}


def _close(_root: Row, ctx: Context, args: Args, *, on: bool) -> Row:
    order = _found(ctx, args["input"]["id"], "id")
    order.update(closed=on, closedAt=ctx.store.clock.stamp() if on else None)
    return _told(ctx, order)


def _refund(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["input"]
    order = _found(ctx, wanted["orderId"], "orderId")
    if wanted.get("currency") not in (None, order["presentmentCurrencyCode"]):
        raise Refused("Currency must be the order's presentment currency", "currency")
    units, location = _units(ctx, order, wanted)
    moves = _moves(ctx, order, wanted)
    if overdrawn(ctx.store, order, moves) and not wanted.get("allowOverRefunding"):
        raise Refused("Refund amount is greater than the amount available", "transactions")
    back = Back(
        units=units,
        shipping=_shipping(ctx, order, wanted.get("shipping")),
        money=moves,
        note=wanted.get("note") or "",
        location=location,
        reason=wanted.get("discrepancyReason"),
    )
    return {"refund": give_back(ctx.store, order, back), "order": order, "userErrors": []}


def _units(ctx: Context, order: Row, wanted: Args) -> tuple[dict[str, tuple[int, str]], str]:
    units: dict[str, tuple[int, str]] = {}
    location = ""
    for place, one in enumerate(wanted.get("refundLineItems") or ()):
        at = ("refundLineItems", str(place))
        line = ctx.store.get("LineItem", one["lineItemId"])
        if line is None or line["_order"] != order["id"]:
            raise Refused("Line item does not exist", *at, "lineItemId")
        if not 0 < one["quantity"] <= line["_units"] - gone(line):
            told = "Quantity cannot refund more items than were purchased"
            raise Refused(told, *at, "quantity")
        restock = one.get("restockType") or "NO_RESTOCK"
        if restock in ("RETURN", "CANCEL") and not one.get("locationId"):
            raise Refused("Location must be given to restock", *at, "locationId")
        if restock == "LEGACY_RESTOCK":
            raise NotImitated("LEGACY_RESTOCK")
        units[line["id"]] = (one["quantity"], restock)
        location = one.get("locationId") or location
    return units, location


def _shipping(ctx: Context, order: Row, wanted: Args | None) -> Decimal | None:
    if not wanted:
        return None
    left = shipping_left(ctx.store, order)
    if wanted.get("fullRefund"):
        return left
    amount = rounded(wanted.get("amount") or ZERO, order["presentmentCurrencyCode"])
    if amount > left:
        raise Refused("Shipping refund exceeds what is left of it", "shipping", "amount")
    return amount


def _moves(ctx: Context, order: Row, wanted: Args) -> list[tuple[Decimal, str, str | None]]:
    moves = []
    for place, one in enumerate(wanted.get("transactions") or ()):
        at = ("transactions", str(place))
        if one["kind"] != "REFUND":
            raise Refused("Transaction kind must be REFUND", *at, "kind")
        parent = one.get("parentId")
        if parent and ctx.store.get("OrderTransaction", parent) is None:
            raise Refused("Parent transaction does not exist", *at, "parentId")
        amount = rounded(one["amount"], order["presentmentCurrencyCode"])
        moves.append((amount, one["gateway"], gid("OrderTransaction", parent) if parent else None))
    return moves


def _refund_total(row: Row, ctx: Context, _args: Args) -> Row:
    rows = ctx.store.where("OrderTransaction", "_refund", row["id"])
    return bag(order_of(ctx.store, row), sum((one["_amount"] for one in rows), ZERO))


def _adjustments(row: Row, ctx: Context, args: Args) -> Any:
    """What the refund's lines and its money differ by, if they do."""
    if not row["_adjustment"]:
        return plain([], args)
    reasons = {None: "REFUND_DISCREPANCY", "OTHER": "REFUND_DISCREPANCY"}
    order = order_of(ctx.store, row)
    return plain(
        [
            {
                "id": gid("OrderAdjustment", row["_number"]),
                "amountSet": bag(order, row["_adjustment"]),
                "taxAmountSet": bag(order, ZERO),
                "reason": reasons.get(row["_reason"], row["_reason"]),
            }
        ],
        args,
    )


def _bagged(name: str) -> Any:
    return lambda row, ctx, _args: bag(order_of(ctx.store, row), row[name])


def _line(row: Row, ctx: Context, _args: Args) -> Row:
    return ctx.store.tables["LineItem"][row["_line"]]


def _returned(row: Row, ctx: Context) -> int:
    return sum(one["quantity"] for one in ctx.store.where("ReturnLineItem", "_return", row["id"]))


RESOLVERS: Resolvers = {
    "Mutation.orderUpdate": _update,
    "Mutation.orderCancel": _cancel,
    "Mutation.orderMarkAsPaid": _mark_as_paid,
    "Mutation.orderClose": lambda root, ctx, args: _close(root, ctx, args, on=True),
    "Mutation.orderOpen": lambda root, ctx, args: _close(root, ctx, args, on=False),
    "Mutation.refundCreate": _refund,
    "QueryRoot.refund": lambda _, ctx, args: ctx.store.get("Refund", args["id"]),
    "QueryRoot.return": lambda _, ctx, args: ctx.store.get("Return", args["id"]),
    "QueryRoot.job": lambda _, ctx, args: ctx.store.get("Job", args["id"]),
    "Order.returns": lambda row, ctx, args: ctx.pages(
        "Return", ctx.store.where("Return", "_order", row["id"]), args
    ),
    "Refund.order": lambda row, ctx, _args: order_of(ctx.store, row),
    "Refund.return": lambda row, ctx, _args: (
        ctx.store.get("Return", row["_return"]) if row["_return"] else None
    ),
    "Refund.totalRefundedSet": _refund_total,
    "Refund.refundLineItems": lambda row, ctx, args: plain(
        ctx.store.where("RefundLineItem", "_refund", row["id"]), args
    ),
    "Refund.refundShippingLines": lambda row, _ctx, args: plain(row["_shippings"], args),
    "Refund.orderAdjustments": _adjustments,
    "Refund.transactions": lambda row, ctx, args: plain(
        ctx.store.where("OrderTransaction", "_refund", row["id"]), args
    ),
    "RefundLineItem.lineItem": _line,
    "RefundLineItem.location": lambda row, ctx, _args: (
        ctx.store.get("Location", row["_location"]) if row["_location"] else None
    ),
    "RefundLineItem.priceSet": lambda row, ctx, args: bag(
        order_of(ctx.store, row), _line(row, ctx, args)["_unit"]
    ),
    "RefundLineItem.subtotalSet": _bagged("_subtotal"),
    "RefundLineItem.totalTaxSet": _bagged("_tax"),
    "RefundShippingLine.subtotalAmountSet": _bagged("_subtotal"),
    "RefundShippingLine.taxAmountSet": _bagged("_tax"),
    "Return.order": lambda row, ctx, _args: order_of(ctx.store, row),
    "Return.totalQuantity": lambda row, ctx, _args: _returned(row, ctx),
    "Return.returnLineItems": lambda row, ctx, args: plain(
        ctx.store.where("ReturnLineItem", "_return", row["id"]), args
    ),
    "Return.refunds": lambda row, ctx, args: plain(
        ctx.store.where("Refund", "_return", row["id"]), args
    ),
    "Return.exchangeLineItems": lambda row, ctx, args: plain(
        ctx.store.where("ExchangeLineItem", "_return", row["id"]), args
    ),
    "ExchangeLineItem.lineItems": lambda row, ctx, _args: (
        [ctx.store.tables["LineItem"][row["_line"]]] if row["_line"] else None
    ),
    "ReturnLineItem.fulfillmentLineItem": lambda row, ctx, _args: ctx.store.tables[
        "FulfillmentLineItem"
    ][row["_sent"]],
    "OrderTransaction.totalUnsettledSet": lambda row, ctx, _args: bag(
        order_of(ctx.store, row), ZERO
    ),
    "OrderTransaction.amountRoundingSet": lambda _row, _ctx, _args: None,
}
