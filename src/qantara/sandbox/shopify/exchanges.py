"""Other goods for those that come back: lines of the same order, and money for the difference."""

from collections.abc import Sequence
from dataclasses import replace

from qantara.sandbox.shopify.cart import Item
from qantara.sandbox.shopify.fulfillments import plan
from qantara.sandbox.shopify.orders import Totals, refresh
from qantara.sandbox.shopify.pricing import ZERO
from qantara.sandbox.shopify.refunds import Back, give_back, pay_back
from qantara.sandbox.shopify.shopper import Shopper
from qantara.sandbox.shopify.state import Row, Store


def announce(store: Store, returned: Row, wanted: Sequence[Item]) -> None:
    """What is to be sent in exchange once the return is processed; no lines of the order yet."""
    for item in wanted:
        store.add(
            "ExchangeLineItem",
            {
                "quantity": item.quantity,
                "processedQuantity": 0,
                "_return": returned["id"],
                "_line": None,
                "_item": item,
            },
        )


def exchange(shopper: Shopper, order: Row, returned: Row, back: Back) -> Row | None:
    """Process both sides at once; None where nothing was wanted in exchange.

    What the goods that come back were worth pays for the others; what is left of it goes back, and
    what is missing is owed.
    """
    store = shopper.store
    wanted = store.where("ExchangeLineItem", "_return", returned["id"])
    if not wanted:
        return None
    refund = give_back(store, order, replace(back, money=[]))
    refund["_adjustment"] = ZERO
    for one in wanted:
        line = shopper.add_line(order, one["_item"])
        one.update(_line=line["id"], processedQuantity=one["quantity"])
    plan(store, order)
    pay_back(store, order, refund, max(ZERO, -Totals(store, order).outstanding()))
    refresh(store, order)
    store.tell("ORDERS_UPDATED", order)
    return refund
