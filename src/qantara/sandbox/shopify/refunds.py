"""Money and goods that go back: refunds by the staff or by the API, returns, cancellation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify.context import rounded
from qantara.sandbox.shopify.fulfillments import OPEN, parts_of, shrink, works_of
from qantara.sandbox.shopify.inventory import change, connect
from qantara.sandbox.shopify.orders import (
    Totals,
    capturable,
    gone,
    lines_of,
    money_back,
    money_in,
    refresh,
    shippings_of,
    transactions_of,
    unfulfilled,
)
from qantara.sandbox.shopify.pricing import ZERO, base, part, tax_of
from qantara.sandbox.shopify.state import Row, Store

RESTOCKED = frozenset({"RETURN", "CANCEL", "LEGACY_RESTOCK"})


@dataclass(slots=True, kw_only=True)
class Back:
    """What goes back: units by line, shipping (None: none of it), money by transaction.

    `money` of None is what the lines and the shipping come to, as far as it was paid.
    """

    units: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    shipping: Decimal | None = None
    money: list[tuple[Decimal, str, str | None]] | None = None
    note: str = ""
    location: str = ""
    reason: str | None = None
    returned: str | None = None


def give_back(store: Store, order: Row, back: Back) -> Row:
    """One refund; `units` are (how many, restock type) by the line's id."""
    refund = store.add(
        "Refund",
        {
            "note": back.note or None,
            "processedAt": store.clock.stamp(),
            "duties": [],
            "_order": order["id"],
            "_return": back.returned,
            "_shippings": [],
            "_adjustment": ZERO,
            "_reason": back.reason,
        },
    )
    worth = sum(
        (
            _line_back(store, refund, line, back.units[line["id"]], back.location)
            for line in lines_of(store, order)
            if line["id"] in back.units
        ),
        ZERO,
    )
    if back.shipping:
        worth += _shipping_back(store, order, refund, back.shipping)
    paid = _money_back(store, order, refund, back, worth)
    refund["_adjustment"] = worth - paid
    refresh(store, order)
    store.tell("REFUNDS_CREATE", refund)
    store.tell("ORDERS_UPDATED", order)
    return refund


def pay_back(store: Store, order: Row, refund: Row, amount: Decimal) -> None:
    """So much goes back with the refund, to the payments it came from."""
    moves = _by_payments(store, order, amount)
    _money_back(store, order, refund, Back(money=moves), amount)


def _line_back(
    store: Store, refund: Row, line: Row, wanted: tuple[int, str], location: str
) -> Decimal:
    order = store.tables["Order"][line["_order"]]
    units, restock = wanted
    done, currency = gone(line), order["presentmentCurrencyCode"]
    subtotal = part(base(line), done, units, line["_units"], currency)
    taxes = [
        (tax, part(amount, done, units, line["_units"], currency)) for tax, amount in line["_tax"]
    ]
    tax = sum((amount for _, amount in taxes), ZERO)
    restocked = restock in RESTOCKED and _restock(store, line, units, restock, location)
    store.add(
        "RefundLineItem",
        {
            "quantity": units,
            "restockType": restock,
            "restocked": restocked,
            "_refund": refund["id"],
            "_order": order["id"],
            "_line": line["id"],
            "_subtotal": subtotal,
            "_tax": tax,
            "_taxes": taxes,
            "_location": (location or order["_location"]) if restocked else None,
        },
    )
    unsent = min(units, unfulfilled(line))
    line["_refunded"] += units
    if restock != "RETURN" and unsent:
        line["_unsent_gone"] += unsent
        shrink(store, line, unsent)
        if not restocked:
            _release(store, line, unsent)
    return subtotal + (ZERO if order["taxesIncluded"] else tax)


def _release(store: Store, line: Row, units: int) -> None:
    """Promised, not sent, and never coming back to the shelf."""
    level = _level(store, line, "")
    if level is not None:
        level["_quantities"]["committed"] -= units
        store.touch(level)


def _restock(store: Store, line: Row, units: int, kind: str, location: str) -> bool:
    level = _level(store, line, location)
    if level is None:
        return False
    if kind == "CANCEL":
        level["_quantities"]["committed"] -= min(units, level["_quantities"]["committed"])
    change(store, level, "available", units)
    return True


def _level(store: Store, line: Row, location: str) -> Row | None:
    variant = store.get("ProductVariant", line["_variant"]) if line["_variant"] else None
    if variant is None:
        return None
    item = store.tables["InventoryItem"][variant["_item"]]
    if not item["tracked"]:
        return None
    order = store.tables["Order"][line["_order"]]
    return connect(store, item, [store.must("Location", location or order["_location"])])[0]


def _shipping_back(store: Store, order: Row, refund: Row, wanted: Decimal) -> Decimal:
    """`wanted` as the line's price is: with tax where prices include it."""
    total = ZERO
    for line in shippings_of(store, order):
        left = base(line) - line["_back"]
        amount = min(wanted - total, left)
        if amount <= 0:
            continue
        tax = rounded(tax_of(line) * amount / base(line), order["presentmentCurrencyCode"])
        line["_back"] += amount
        refund["_shippings"].append(
            {
                "__typename": "RefundShippingLine",
                "id": f"gid://shopify/RefundShippingLine/{store.number()}",
                "shippingLine": line,
                "_order": order["id"],
                "_subtotal": amount,
                "_tax": tax,
            }
        )
        total += amount
    tax = sum((one["_tax"] for one in refund["_shippings"]), ZERO)
    return total + (ZERO if order["taxesIncluded"] else tax)


def shipping_left(store: Store, order: Row) -> Decimal:
    """What of the shipping was not given back yet."""
    return sum((base(line) - line["_back"] for line in shippings_of(store, order)), ZERO)


def _money_back(store: Store, order: Row, refund: Row, back: Back, worth: Decimal) -> Decimal:
    moves = back.money
    if moves is None:
        moves = _by_payments(store, order, worth)
    for amount, gateway, parent in moves:
        source = store.get("OrderTransaction", parent) if parent else None
        held = source or next(iter(transactions_of(store, order)), {})
        store.add(
            "OrderTransaction",
            {
                **{key: value for key, value in held.items() if key in COPIED},
                **{key: held.get(key) for key in COPIED},
                "kind": "REFUND",
                "status": "SUCCESS",
                "gateway": gateway,
                "formattedGateway": gateway.replace("_", " ").title(),
                "manualPaymentGateway": bool(held.get("manualPaymentGateway")),
                "test": False,
                "fees": [],
                "processedAt": store.clock.stamp(),
                "paymentId": f"pay-{store.number()}",
                "_amount": amount,
                "_order": order["id"],
                "_parent": parent,
                "_refund": refund["id"],
            },
        )
    return sum((amount for amount, _, _ in moves), ZERO)


COPIED = (
    *("accountNumber", "settlementCurrency", "settlementCurrencyRate", "receiptJson"),
    "authorizationExpiresAt",
)


def _by_payments(store: Store, order: Row, worth: Decimal) -> list[tuple[Decimal, str, str | None]]:
    """To the payments it came from, in their order."""
    rest = min(worth, money_in(store, order) - money_back(store, order))
    moves: list[tuple[Decimal, str, str | None]] = []
    for row in transactions_of(store, order):
        if row["kind"] not in ("SALE", "CAPTURE") or row["status"] != "SUCCESS":
            continue
        back = sum(
            (
                one["_amount"]
                for one in transactions_of(store, order)
                if one["kind"] == "REFUND" and one["_parent"] == row["id"]
            ),
            ZERO,
        )
        amount = min(rest, row["_amount"] - back)
        if amount > 0:
            moves.append((amount, row["gateway"], row["id"]))
            rest -= amount
    return moves


def cancel(store: Store, order: Row, wishes: Mapping[str, Any]) -> None:
    """Nothing will be sent; with `refund` the money goes back, with `restock` the promise."""
    restock = "CANCEL" if wishes.get("restock") else "NO_RESTOCK"
    units = {
        line["id"]: (line["_units"] - gone(line), restock)
        for line in lines_of(store, order)
        if line["_units"] > gone(line)
    }
    void(store, order)
    if wishes.get("refund") and money_in(store, order) > money_back(store, order):
        give_back(
            store,
            order,
            Back(units=units, shipping=shipping_left(store, order), note="Order canceled"),
        )
    else:
        for line in lines_of(store, order):
            _drop_rest(store, line, restock=bool(wishes.get("restock")))
    for work in works_of(store, order):
        if work["status"] in OPEN:
            for one in parts_of(store, work):
                one["remainingQuantity"] = 0
            store.touch(work, status="CANCELLED")
    now = store.clock.stamp()
    order.update(cancelledAt=now, cancelReason=wishes.get("reason", "OTHER"), closed=True)
    order["closedAt"] = now
    order["cancellation"] = {"staffNote": wishes.get("staffNote")}
    refresh(store, order)
    store.tell("ORDERS_CANCELLED", order)
    store.tell("ORDERS_UPDATED", order)


def _drop_rest(store: Store, line: Row, *, restock: bool) -> None:
    units = unfulfilled(line)
    line["_removed"] += line["_units"] - gone(line)
    line["_unsent_gone"] += units
    if units and restock:
        _restock(store, line, units, "CANCEL", "")
    elif units:
        _release(store, line, units)


def void(store: Store, order: Row) -> None:
    """Authorizations are let go."""
    if not capturable(store, order):
        return
    for row in transactions_of(store, order):
        if row["kind"] == "AUTHORIZATION" and row["status"] == "SUCCESS":
            values = {key: value for key, value in row.items() if not key.startswith("_")}
            for name in ("id", "createdAt", "updatedAt", "__typename"):
                values.pop(name, None)
            store.add(
                "OrderTransaction",
                {**values, "kind": "VOID", "_amount": row["_amount"], "_order": order["id"],
                 "_parent": row["id"]},
            )  # fmt: skip


def overdrawn(store: Store, order: Row, moves: list[tuple[Decimal, str, str | None]]) -> bool:
    """More would go back than came in."""
    total = sum((amount for amount, _, _ in moves), ZERO)
    return total > money_in(store, order) - money_back(store, order)


def outstanding(store: Store, order: Row) -> Decimal:
    return Totals(store, order).outstanding()
