"""Notes on orders: for the shop, or for the customer."""

from collections.abc import Iterable
from typing import ClassVar

from qantara.sandbox.woocommerce.calls import Call, Resource
from qantara.sandbox.woocommerce.product_fields import one_of
from qantara.sandbox.woocommerce.schema import BOOLEAN, STRING, Schema, required
from qantara.sandbox.woocommerce.statuses import note
from qantara.sandbox.woocommerce.wire import Answer, Refused, Row


class Notes(Resource):
    """`/orders/{order}/notes`: all in one answer, the newest first."""

    table = "notes"
    word = "order_note"
    schema: ClassVar[Schema] = {"note": STRING, "customer_note": BOOLEAN, "added_by_user": BOOLEAN}
    listing: ClassVar[Schema] = {"type": one_of("any", "customer", "internal")}

    def collection(self, call: Call) -> str:
        return f"/orders/{call.ids['order']}/notes"

    def rows(self, call: Call) -> Iterable[Row]:
        order = self._order(call)
        held = self.shop.table("notes").values()
        return [row for row in held if row["order"] == order["id"]][::-1]

    def answer_list(self, call: Call) -> Answer:
        wanted = self.asked(call).get("type", "any")
        shown = {"any": (True, False), "customer": (True,), "internal": (False,)}[wanted]
        found = [row for row in self.rows(call) if row["customer_note"] in shown]
        return Answer(body=[self.linked(row, call) for row in found])

    def find(self, number: int, call: Call) -> Row:
        order = self._order(call)
        row = self.shop.table("notes").get(number)
        if row is None or row["order"] != order["id"]:
            raise Refused(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        return row

    def tell(self, row: Row, call: Call) -> Row:
        return {
            **{name: row[name] for name in ("id", "author", "note", "customer_note")},
            **self.shop.clock.both("date_created", row["created"]),
        }

    def make(self, given: Row, call: Call) -> Row:
        required(given, "note")
        order, customer = self._order(call), bool(given.get("customer_note", False))
        by = "admin" if given.get("added_by_user") else "WooCommerce"
        return note(self.shop, order, str(given["note"]), customer=customer, by=by)

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Webhooks do not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("notes")[row["id"]]
        return told

    def _order(self, call: Call) -> Row:
        order = self.shop.table("orders").get(call.parent("order"))
        if order is None:
            word = "order" if call.method == "POST" else "shop_order"
            raise Refused(404, f"woocommerce_rest_{word}_invalid_id", "Invalid order ID.")
        return order
