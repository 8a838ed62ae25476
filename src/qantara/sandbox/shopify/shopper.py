"""Plays the shopper and the staff: orders are placed, changed, sold at the counter."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Unpack

from qantara.sandbox.shopify.cart import Discount, Item, Payment, Tax, Wishes
from qantara.sandbox.shopify.context import Settings, rounded
from qantara.sandbox.shopify.fulfillments import fulfill_now, plan, shrink
from qantara.sandbox.shopify.inventory import change, connect
from qantara.sandbox.shopify.order_lines import named
from qantara.sandbox.shopify.orders import Totals, capturable, gone, lines_of, refresh, unfulfilled
from qantara.sandbox.shopify.people import address_row
from qantara.sandbox.shopify.pricing import ZERO, base, taken_off, taxed
from qantara.sandbox.shopify.state import Row, Store, gid


class Shopper:
    """Works on the store directly: no scopes, no limits. Errors are Python's: a wrong test."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings

    def order(self, **wishes: Unpack[Wishes]) -> Row:
        """A new order, paid and reserved as wished."""
        order = self._head(wishes)
        lines = [self._line(order, item, wishes) for item in wishes.get("items", ())]
        self._carriage(order, wishes)
        self._discounts(order, wishes.get("discounts", ()))
        self._tax_all(order)
        self._tip(order, wishes.get("tip", ZERO))
        order["_first_total"] = Totals(self.store, order).total()
        for line in lines:
            self.reserve(line, line["_units"])
        plan(self.store, order)
        self._pay(order, wishes.get("payments"))
        refresh(self.store, order)
        self._greet(order)
        return order

    def counter(self, **wishes: Unpack[Wishes]) -> Row:
        """Sold in the shop itself: paid (in cash unless told otherwise) and taken along at once."""
        wishes.setdefault("payments", [Payment(gateway="cash")])
        wishes["source"] = "pos"
        order = self.order(**wishes)
        fulfill_now(self.store, order)
        refresh(self.store, order)
        self.store.tell("ORDERS_FULFILLED", order)
        return order

    def edit(
        self, order: Row, *, add: Sequence[Item] = (), quantities: Mapping[str, int] | None = None
    ) -> Row:
        """As the staff edits: items come in, units (by SKU or line) become more or fewer."""
        for item in add:
            self.add_line(order, item)
        for key, wanted in (quantities or {}).items():
            self._change(order, self.line(order, key), wanted)
        order["edited"] = True
        plan(self.store, order)
        refresh(self.store, order)
        self.store.tell("ORDERS_EDITED", order)
        self.store.tell("ORDERS_UPDATED", order)
        return order

    def add_line(self, order: Row, item: Item) -> Row:
        """One more line of an order that is there, taxed and reserved."""
        line = self._line(order, item, {})
        line["_tax"] = self._taxes(order, line)
        self.reserve(line, line["_units"])
        return line

    def line(self, order: Row, key: str) -> Row:
        """By SKU, by title, or by the line's id."""
        for line in lines_of(self.store, order):
            if key in (line["sku"], line["id"], line["title"]) or line["id"] == gid(
                "LineItem", key
            ):
                return line
        raise LookupError(f"order {order['name']} has no line {key!r}")

    def reserve(self, line: Row, units: int) -> None:
        """Promised stock is not available any more; negative units are released."""
        level = self._level(line)
        if level is not None and units:
            level["_quantities"]["committed"] += units
            change(self.store, level, "available", -units)

    def pay(self, order: Row, payment: Payment) -> Row:
        """One more transaction."""
        amount = payment.amount
        if amount is None:
            amount = max(ZERO, Totals(self.store, order).outstanding())
        row = self.store.add(
            "OrderTransaction", {**_transaction(payment, self.store), "_amount": amount,
                                 "_order": order["id"], "_parent": None},
        )  # fmt: skip
        self.store.tell("ORDER_TRANSACTIONS_CREATE", row)
        return row

    def capture(self, order: Row) -> Row:
        """What was authorized is taken."""
        for row in self.store.where("OrderTransaction", "_order", order["id"]):
            if row["kind"] == "AUTHORIZATION" and capturable(self.store, order):
                values = {key: value for key, value in row.items() if key in TRANSACTION_FIELDS}
                taken = {**values, "kind": "CAPTURE", "_parent": row["id"]}
                self.store.add("OrderTransaction", {**taken, "_order": order["id"]})
        return self.paid(order)

    def paid(self, order: Row) -> Row:
        refresh(self.store, order)
        if order["displayFinancialStatus"] == "PAID":
            self.store.tell("ORDERS_PAID", order)
        self.store.tell("ORDERS_UPDATED", order)
        return order

    def _greet(self, order: Row) -> None:
        self.store.tell("ORDERS_CREATE", order)
        if order["displayFinancialStatus"] == "PAID":
            self.store.tell("ORDERS_PAID", order)

    def _head(self, wishes: Wishes) -> Row:
        count = len(self.store.rows("Order")) + 1001
        shop = self.settings
        customer = (
            self.store.must("Customer", wishes["customer"]) if wishes.get("customer") else None
        )
        currency = wishes.get("currency", shop.currency)
        now = self.store.clock.stamp()
        location = wishes.get("location") or self.store.rows("Location")[0]["id"]
        return self.store.add(
            "Order",
            {
                **BLANK,
                "name": f"#{count}",
                "number": count,
                "confirmationNumber": f"C{count}",
                "email": wishes.get("email") or (customer["email"] if customer else None),
                "phone": wishes.get("phone"),
                "note": wishes.get("note"),
                "tags": sorted(wishes.get("tags", ())),
                "customAttributes": pairs(wishes.get("attributes", {})),
                "poNumber": wishes.get("po_number"),
                "processedAt": wishes.get("processed_at", now),
                "test": wishes.get("test", False),
                "currencyCode": shop.currency,
                "presentmentCurrencyCode": currency,
                "taxesIncluded": wishes.get("taxes_included", shop.taxes_included),
                "sourceName": wishes.get("source", "web"),
                "app": _app(wishes.get("source", "web")),
                **self._addresses(wishes, customer),
                "statusPageUrl": f"https://{shop.domain}/orders/{count}",
                "_customer": customer["id"] if customer else None,
                "_rate": wishes.get("rate", Decimal(1)),
                "_taxes": tuple(wishes.get("taxes", ())),
                "_location": gid("Location", location),
                "_applications": [],
            },
        )

    def _addresses(self, wishes: Wishes, customer: Row | None) -> Row:
        home = customer["_addresses"][0] if customer and customer["_addresses"] else None
        billing = address_row(self.store, wishes["billing"]) if wishes.get("billing") else home
        shipping = billing
        if wishes.get("shipping_address"):
            shipping = address_row(self.store, wishes["shipping_address"])
        pos = wishes.get("source") == "pos"
        return {
            "billingAddress": billing,
            "shippingAddress": None if pos else shipping,
            "billingAddressMatchesShippingAddress": billing is shipping,
        }

    def _line(self, order: Row, item: Item, wishes: Wishes) -> Row:
        variant = self._variant(item)
        product = self.store.tables["Product"][variant["_product"]] if variant else None
        currency = order["presentmentCurrencyCode"]
        price = item.price
        if price is None:
            price = (variant["price"] if variant else ZERO) * order["_rate"]
        taxes = item.taxes if item.taxes is not None else order["_taxes"]
        taxable = not item.gift_card and (variant is None or variant["taxable"])
        shipped = item.sent and not item.gift_card
        if variant:
            held = self.store.tables["InventoryItem"][variant["_item"]]
            shipped = shipped and held["requiresShipping"]
        return self.store.add(
            "LineItem",
            {
                **named(self.store, variant),
                "title": item.title or (product["title"] if product else "Item"),
                "sku": variant["sku"] if variant else item.sku or None,
                "isGiftCard": item.gift_card or bool(product and product["isGiftCard"]),
                "requiresShipping": shipped,
                "taxable": taxable,
                "customAttributes": pairs(item.attributes),
                "_order": order["id"],
                "_unit": rounded(price, currency),
                "_units": item.quantity,
                "_taxes": tuple(taxes) if taxable else (),
                **LINE,
                "_allocations": [],
            },
        )

    def _variant(self, item: Item) -> Row | None:
        if not item.sku:
            return None
        found = self.store.where("ProductVariant", "sku", item.sku)
        if not found and not item.title:
            raise LookupError(f"the shop has no variant with SKU {item.sku!r}")
        return found[0] if found else None

    def _carriage(self, order: Row, wishes: Wishes) -> None:
        carriage = wishes.get("shipping")
        if carriage is None:
            return
        taxes = carriage.taxes if carriage.taxes is not None else order["_taxes"]
        self.store.add(
            "ShippingLine",
            {
                **SHIPPING,
                "title": carriage.title,
                "code": carriage.code or carriage.title,
                "_order": order["id"],
                "_unit": rounded(carriage.price, order["presentmentCurrencyCode"]),
                "_units": 1,
                "_taxes": tuple(taxes),
                "_allocations": [],
                "_tax": [],
                "_back": ZERO,
            },
        )

    def _discounts(self, order: Row, discounts: Sequence[Discount]) -> None:
        for index, discount in enumerate(discounts):
            order["_applications"].append(_application(order, discount, index))
            if discount.code:
                order["discountCodes"] = [*order["discountCodes"], discount.code]
                order["discountCode"] = order["discountCodes"][0]
            lines = self._meant(order, discount)
            off = taken_off(discount, [base(line) for line in lines],
                            order["presentmentCurrencyCode"])  # fmt: skip
            for line, amount in zip(lines, off, strict=True):
                if amount:
                    line["_allocations"].append((index, amount))

    def _meant(self, order: Row, discount: Discount) -> list[Row]:
        if discount.on == "shipping":
            return self.store.where("ShippingLine", "_order", order["id"])
        lines = [line for line in lines_of(self.store, order) if not line["isGiftCard"]]
        return [line for line in lines if not discount.sku or line["sku"] == discount.sku]

    def _tax_all(self, order: Row) -> None:
        for line in lines_of(self.store, order):
            line["_tax"] = self._taxes(order, line)
        for line in self.store.where("ShippingLine", "_order", order["id"]):
            line["_tax"] = self._taxes(order, line)

    def _taxes(self, order: Row, line: Row) -> list[tuple[Tax, Decimal]]:
        currency = order["presentmentCurrencyCode"]
        return taxed(base(line), line["_taxes"], currency, included=order["taxesIncluded"])

    def _tip(self, order: Row, tip: Decimal) -> None:
        if not tip or not self.settings.tips_as_lines:
            order["_tip"] = tip
            return
        line = self._line(order, Item(title="Tip", price=tip, taxes=(), sent=False), {})
        line.update(_tip=True, taxable=False)

    def _pay(self, order: Row, payments: Sequence[Payment] | None) -> None:
        for payment in [Payment()] if payments is None else payments:
            self.pay(order, payment)

    def _level(self, line: Row) -> Row | None:
        variant = self.store.get("ProductVariant", line["_variant"]) if line["_variant"] else None
        if variant is None:
            return None
        item = self.store.tables["InventoryItem"][variant["_item"]]
        if not item["tracked"]:
            return None
        order = self.store.tables["Order"][line["_order"]]
        return connect(self.store, item, [self.store.must("Location", order["_location"])])[0]

    def _change(self, order: Row, line: Row, wanted: int) -> None:
        now = line["_units"] - gone(line)
        if wanted > now:
            line["_units"] += wanted - now
            line["_tax"] = self._taxes(order, line)
            self.reserve(line, wanted - now)
            return
        fewer = now - wanted
        if fewer > unfulfilled(line) and line["requiresShipping"]:
            raise ValueError(f"only {unfulfilled(line)} of {line['title']} are not sent yet")
        line["_removed"] += fewer
        line["_unsent_gone"] += fewer
        shrink(self.store, line, fewer)
        self.reserve(line, -fewer)


BLANK: Row = {
    **dict.fromkeys(("cancelledAt", "cancelReason", "cancellation", "closedAt", "discountCode")),
    **dict.fromkeys(("customerLocale", "sourceIdentifier", "displayFinancialStatus")),
    **dict.fromkeys(("closed", "taxExempt", "estimatedTaxes", "dutiesIncluded", "edited"), False),
    "confirmed": True,
    "displayFulfillmentStatus": "UNFULFILLED",
    "returnStatus": "NO_RETURN",
    "discountCodes": [],
    "totalWeight": "0",
    "currentTotalWeight": "0",
    "_tip": ZERO,
    "_held": False,
    "_first_total": ZERO,
}
LINE: Row = {
    **dict.fromkeys(("_refunded", "_removed", "_sent", "_unsent_gone", "_planned"), 0),
    "_tip": False,
    "_tax": [],
}
SHIPPING: Row = {
    **dict.fromkeys(("carrierIdentifier", "deliveryCategory", "phone")),
    "source": "shopify",
    "custom": False,
    "isRemoved": False,
}
TRANSACTION_FIELDS = frozenset(
    {
        *("kind", "status", "gateway", "formattedGateway", "processedAt", "paymentId", "test"),
        *("manualPaymentGateway", "receiptJson", "fees", "accountNumber", "settlementCurrency"),
        *("settlementCurrencyRate", "authorizationExpiresAt", "_amount"),
    }
)


def _transaction(payment: Payment, store: Store) -> Row:
    manual = payment.gateway not in ("shopify_payments", "gift_card", "paypal")
    return {
        **dict.fromkeys(("accountNumber", "settlementCurrency", "settlementCurrencyRate")),
        **dict.fromkeys(("authorizationExpiresAt", "receiptJson")),
        "kind": payment.kind,
        "status": payment.status,
        "gateway": payment.gateway,
        "formattedGateway": payment.gateway.replace("_", " ").title(),
        "processedAt": store.clock.stamp(),
        "paymentId": f"pay-{store.number()}",
        "test": False,
        "manualPaymentGateway": manual,
        "fees": [],
    }


def _application(order: Row, discount: Discount, index: int) -> Row:
    value: Row = {
        "__typename": "MoneyV2",
        "amount": discount.amount,
        "currencyCode": order["presentmentCurrencyCode"],
    }
    if discount.percent is not None:
        value = {"__typename": "PricingPercentageValue", "percentage": float(discount.percent)}
    kind = "DiscountCodeApplication" if discount.code else "ManualDiscountApplication"
    if discount.automatic:
        kind = "AutomaticDiscountApplication"
    return {
        "__typename": kind,
        "code": discount.code,
        "title": discount.title or discount.code or "Discount",
        "description": None,
        "index": index,
        "allocationMethod": "EACH" if discount.sku or discount.on == "shipping" else "ACROSS",
        "targetSelection": "ENTITLED" if discount.sku else "ALL",
        "targetType": "SHIPPING_LINE" if discount.on == "shipping" else "LINE_ITEM",
        "value": value,
    }


def _app(source: str) -> Row:
    name = {"pos": "Point of Sale", "web": "Online Store"}.get(source, source)
    return {"id": gid("App", 580111), "name": name}


def pairs(held: Mapping[str, Any]) -> list[Row]:
    return [{"key": key, "value": value} for key, value in held.items()]
