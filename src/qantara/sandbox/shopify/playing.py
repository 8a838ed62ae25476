"""What tests and demonstrations do in the shop: shoppers buy, the staff edits and gives back.

Ids in and out are bare numbers, as text. Each method posts the webhooks that it causes.
"""

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from qantara.sandbox.shopify.aside import abandoned, discount
from qantara.sandbox.shopify.cart import Item, Payment, Wishes
from qantara.sandbox.shopify.context import Settings, money, rounded
from qantara.sandbox.shopify.exchanges import announce, exchange
from qantara.sandbox.shopify.fulfillments import fulfill_now
from qantara.sandbox.shopify.inventory import change, connect, quantity
from qantara.sandbox.shopify.orders import bag, order_of, refresh
from qantara.sandbox.shopify.people import address_row
from qantara.sandbox.shopify.refunds import Back, cancel, give_back, shipping_left
from qantara.sandbox.shopify.shop import add_location
from qantara.sandbox.shopify.shopper import Shopper
from qantara.sandbox.shopify.state import Row, Store, bare
from qantara.sandbox.shopify.webhooks import Postman


class RefundWishes(TypedDict, total=False):
    """What `refund` takes: units by SKU (or line), shipping (True is all), money.

    `amount` of None is what the lines and the shipping come to; another amount leaves a
    discrepancy. `gateway` sends all of it one way instead of back to where it came from.
    """

    items: Mapping[str, int]
    shipping: Decimal | bool
    amount: Decimal | None
    restock: bool
    note: str
    location: str
    gateway: str


class Playing:
    """Mixed into the stand-in."""

    store: Store
    settings: Settings
    postman: Postman
    lock: threading.RLock

    def order(self, **wishes: Unpack[Wishes]) -> str:
        """A shopper orders; see `cart.Wishes`. Returns the order's number."""
        return self._play(lambda shopper: shopper.order(**wishes))

    def sell(self, **wishes: Unpack[Wishes]) -> str:
        """Sold at the counter: paid and taken along."""
        return self._play(lambda shopper: shopper.counter(**wishes))

    def edit(
        self, order: str, *, add: Sequence[Item] = (), quantities: Mapping[str, int] | None = None
    ) -> None:
        """The staff adds items and changes units (by SKU, title or line)."""
        row = self.store.must("Order", order)
        self._play(lambda shopper: shopper.edit(row, add=add, quantities=quantities))

    def pay(self, order: str, payment: Payment | None = None) -> None:
        """A (further) payment; without one all that is open, by card."""

        def work(shopper: Shopper) -> Row:
            row = self.store.must("Order", order)
            shopper.pay(row, payment or Payment())
            return shopper.paid(row)

        self._play(work)

    def capture(self, order: str) -> None:
        """What was authorized is taken."""
        self._play(lambda shopper: shopper.capture(self.store.must("Order", order)))

    def refund(self, order: str, **wishes: Unpack[RefundWishes]) -> str:
        """The staff gives back units, shipping, money. Returns the refund's number."""

        def work(shopper: Shopper) -> Row:
            row = self.store.must("Order", order)
            return give_back(self.store, row, self._back(shopper, row, wishes))

        return self._play(work)

    def cancel(self, order: str, **how: Any) -> None:
        """As orderCancel: `reason`, `refund`, `restock`, `staffNote`."""

        def work(_shopper: Shopper) -> Row:
            row = self.store.must("Order", order)
            cancel(self.store, row, {"refund": True, "restock": True, **how})
            return row

        self._play(work)

    def fulfill(self, order: str, **tracking: Any) -> str:
        """The staff sends all that is open: `company`, `number`, `url`. Returns the number."""

        def work(_shopper: Shopper) -> Row:
            row = self.store.must("Order", order)
            made = fulfill_now(self.store, row, **tracking)
            if made is None:
                raise LookupError(f"nothing of order {row['name']} is open")
            self.store.tell("FULFILLMENTS_CREATE", made)
            self.store.tell("ORDERS_FULFILLED", row)
            self.store.tell("ORDERS_UPDATED", row)
            return made

        return self._play(work)

    def start_return(
        self, order: str, items: Mapping[str, int], reason: str = "", wanted: Sequence[Item] = ()
    ) -> str:
        """Sent units are announced to come back, for others or for money. The return's number."""

        def work(shopper: Shopper) -> Row:
            row = self.store.must("Order", order)
            made = self.store.add(
                "Return",
                {
                    "name": f"{row['name']}-R{len(self.store.where('Return', '_order', row['id'])) + 1}",
                    "status": "OPEN",
                    "closedAt": None,
                    "_order": row["id"],
                },
            )
            for key, units in items.items():
                self._returned(made, shopper.line(row, key), units, reason)
            announce(self.store, made, wanted)
            row["returnStatus"] = "IN_PROGRESS"
            refresh(self.store, row)
            self.store.tell("RETURNS_APPROVE", made)
            self.store.tell("ORDERS_UPDATED", row)
            return made

        return self._play(work)

    def process_return(self, returned: str, *, restock: bool = True) -> str:
        """It arrived, others are sent for it or money, and it is closed. The refund's number."""

        def work(shopper: Shopper) -> Row:
            row = self.store.must("Return", returned)
            order = order_of(self.store, row)
            units = {
                one["_line"]: (one["quantity"], "RETURN" if restock else "NO_RESTOCK")
                for one in self.store.where("ReturnLineItem", "_return", row["id"])
            }
            back = Back(units=units, returned=row["id"])
            swapped = exchange(shopper, order, row, back)
            refund = swapped or give_back(self.store, order, back)
            for one in self.store.where("ReturnLineItem", "_return", row["id"]):
                done = dict.fromkeys(("processedQuantity", "refundedQuantity"), one["quantity"])
                left = ("processableQuantity", "refundableQuantity", "unprocessedQuantity")
                one.update(**done, **dict.fromkeys(left, 0))
            self.store.touch(row, status="CLOSED", closedAt=self.store.clock.stamp())
            order["returnStatus"] = "RETURNED"
            self.store.tell("RETURNS_PROCESS", row)
            self.store.tell("RETURNS_CLOSE", row)
            return refund

        return self._play(work)

    def change(self, typename: str, key: str, **values: Any) -> None:
        """The staff changes single fields of a record, by the API's names."""

        def work(_shopper: Shopper) -> Row:
            row = self.store.must(typename, key)
            unknown = set(values) - set(row)
            if unknown:
                raise ValueError(f"{typename} has no stored {sorted(unknown)}")
            self.store.touch(row, **values)
            if typename == "ProductVariant":
                self.store.touch(self.store.tables["Product"][row["_product"]])
            topic = CHANGED.get(typename)
            if topic:
                self.store.tell(topic, row)
            return row

        self._play(work)

    def address(self, customer: str, **values: Any) -> None:
        """The customer's default address from now on."""

        def work(_shopper: Shopper) -> Row:
            row = self.store.must("Customer", customer)
            row["_addresses"] = [address_row(self.store, values), *row["_addresses"]]
            self.store.touch(row)
            self.store.tell("CUSTOMERS_UPDATE", row)
            return row

        self._play(work)

    def location(self, name: str) -> str:
        """One more location. Returns its number; `ids("Location")[0]` is the first."""
        return self._play(lambda _shopper: add_location(self.store, self.settings, name))

    def stock(self, sku: str, quantity_: int, location: str = "", name: str = "available") -> None:
        """Somebody counts; the variant is tracked from then on."""

        def work(_shopper: Shopper) -> Row:
            item = self._item(sku)
            item["tracked"] = True
            place = location or self.store.rows("Location")[0]["id"]
            level = connect(self.store, item, [self.store.must("Location", place)])[0]
            change(self.store, level, name, quantity_ - quantity(level, name))
            return level

        self._play(work)

    def available(self, sku: str, location: str = "", name: str = "available") -> int:
        """What is there, at one location or at all."""
        with self.lock:
            rows = self.store.where("InventoryLevel", "_item", self._item(sku)["id"])
            wanted = self.store.must("Location", location)["id"] if location else ""
            return sum(
                quantity(row, name) for row in rows if not wanted or row["_location"] == wanted
            )

    def payout(self, orders: Sequence[str], *, fee: Decimal = Decimal("2.9")) -> str:
        """The card payments of these orders are paid out, less `fee` percent."""
        return self._play(lambda _shopper: self._payout(orders, fee))

    def abandon(self, items: Sequence[Item], customer: str = "") -> str:
        """A cart that was left behind."""

        def work(_shopper: Shopper) -> Row:
            return abandoned(self.store, self.settings, items, customer)

        return self._play(work)

    def price_list(self, name: str, currency: str, prices: Mapping[str, Decimal]) -> str:
        """Fixed prices by SKU."""

        def work(_shopper: Shopper) -> Row:
            held = [
                {
                    "price": money(price, currency),
                    "compareAtPrice": None,
                    "originType": "FIXED",
                    "_variant": self._item(sku)["_variant"],
                }
                for sku, price in prices.items()
            ]
            return self.store.add(
                "PriceList", {"name": name, "currency": currency, "_prices": held}
            )

        return self._play(work)

    def discount(self, code: str, title: str = "") -> str:
        """A code that shoppers may use; what it takes off is said when it is used."""

        def work(_shopper: Shopper) -> Row:
            return discount(self.store, code, title or code)

        return self._play(work)

    def _play(self, work: Any) -> str:
        with self.lock:
            row = work(Shopper(self.store, self.settings))
            self.postman.post()
            return bare(row["id"])

    def _item(self, sku: str) -> Row:
        found = self.store.where("InventoryItem", "sku", sku)
        if not found:
            raise LookupError(f"the shop has no variant with SKU {sku!r}")
        return found[0]

    def _back(self, shopper: Shopper, order: Row, wishes: RefundWishes) -> Back:
        restock = wishes.get("restock", True)
        units = {}
        for key, count in wishes.get("items", {}).items():
            line = shopper.line(order, key)
            back = "RETURN" if line["_sent"] else "CANCEL"
            units[line["id"]] = (count, back if restock else "NO_RESTOCK")
        shipping = wishes.get("shipping")
        whole = shipping_left(self.store, order) if shipping is True else shipping or None
        amount = wishes.get("amount")
        gateway = wishes.get("gateway", "")
        moves = None
        if amount is not None:
            first = next(
                (
                    row
                    for row in self.store.where("OrderTransaction", "_order", order["id"])
                    if row["kind"] in ("SALE", "CAPTURE") and row["status"] == "SUCCESS"
                ),
                None,
            )
            used = gateway or (first["gateway"] if first else "manual")
            moves = [(amount, used, first["id"] if first else None)]
        return Back(
            units=units,
            shipping=whole or None,
            money=moves,
            note=wishes.get("note", ""),
            location=wishes.get("location", ""),
        )

    def _returned(self, made: Row, line: Row, units: int, reason: str) -> None:
        sent = [one for one in self.store.rows("FulfillmentLineItem") if one["_line"] == line["id"]]
        if units > line["_sent"] or not sent:
            raise ValueError(f"only {line['_sent']} of {line['title']} were sent")
        open_units = (
            "quantity",
            "processableQuantity",
            "refundableQuantity",
            "unprocessedQuantity",
        )
        self.store.add(
            "ReturnLineItem",
            {
                **dict.fromkeys(open_units, units),
                "processedQuantity": 0,
                "refundedQuantity": 0,
                "returnReason": "OTHER",
                "returnReasonNote": reason,
                "customerNote": None,
                "_return": made["id"],
                "_line": line["id"],
                "_sent": sent[0]["id"],
            },
        )

    def _payout(self, orders: Sequence[str], fee: Decimal) -> Row:
        shop = self.settings.currency
        payout = self.store.add(
            "ShopifyPaymentsPayout",
            {
                "issuedAt": self.store.clock.stamp(),
                "status": "PAID",
                "transactionType": "DEPOSIT",
                "externalTraceId": f"trace-{self.store.number()}",
            },
        )
        sums = {"gross": Decimal(0), "fee": Decimal(0)}
        for key in orders:
            order = self.store.must("Order", key)
            for row in self.store.where("OrderTransaction", "_order", order["id"]):
                if row["gateway"] == "shopify_payments" and row["status"] == "SUCCESS":
                    self._settled(payout, order, row, fee, sums)
        payout["gross"] = money(sums["gross"], shop)
        payout["net"] = money(sums["gross"] - sums["fee"], shop)
        payout["_summary"] = {"chargesGross": sums["gross"], "chargesFee": sums["fee"]}
        return payout

    def _settled(
        self, payout: Row, order: Row, row: Row, fee: Decimal, sums: dict[str, Decimal]
    ) -> None:
        back = row["kind"] == "REFUND"
        if row["kind"] == "AUTHORIZATION":
            return
        shop = self.settings.currency
        amount = bag(order, row["_amount"])["shopMoney"]["amount"] * (-1 if back else 1)
        charged = Decimal(0) if back else rounded(amount * fee / 100, shop)
        sums["gross"] += amount
        sums["fee"] += charged
        self.store.add(
            "ShopifyPaymentsBalanceTransaction",
            {
                "type": "REFUND" if back else "CHARGE",
                "amount": money(amount, shop),
                "fee": money(charged, shop),
                "net": money(amount - charged, shop),
                "transactionDate": row["processedAt"],
                "associatedOrder": {"id": order["id"], "name": order["name"]},
                "sourceId": row["_number"],
                "sourceOrderTransactionId": row["_number"],
                "sourceType": "REFUND" if back else "CHARGE",
                "test": False,
                "_payout": payout["id"],
                "_issued": payout["issuedAt"],
            },
        )


CHANGED = {
    "Product": "PRODUCTS_UPDATE",
    "Customer": "CUSTOMERS_UPDATE",
    "Order": "ORDERS_UPDATED",
    "Collection": "COLLECTIONS_UPDATE",
    "Location": "LOCATIONS_UPDATE",
}
