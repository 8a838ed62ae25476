"""Customers: accounts with an e-mail address that is theirs alone."""

import hashlib
from typing import ClassVar

from qantara.sandbox.woocommerce.calls import Call, Resource, contains
from qantara.sandbox.woocommerce.order_fields import BILLING, PAID, SHIPPING
from qantara.sandbox.woocommerce.schema import INTEGER, META, STRING, Param, Schema, required
from qantara.sandbox.woocommerce.wire import Refused, Row

PLAIN = ("first_name", "last_name")
SORTS = {
    "name": lambda row: _shown_name(row).lower(),
    "id": lambda row: row["id"],
    "registered_date": lambda row: row["created"],
}


class Customers(Resource):
    """`/customers`. Their list knows no `modified_after`: it is ignored."""

    table = "customers"
    path = "customers"
    word = "customer"
    schema: ClassVar[Schema] = {
        "email": STRING,
        "first_name": STRING,
        "last_name": STRING,
        "username": STRING,
        "password": STRING,
        "meta_data": META,
        "billing": Param(type="object", fields=dict.fromkeys(BILLING, STRING)),
        "shipping": Param(type="object", fields=dict.fromkeys(SHIPPING, STRING)),
    }
    listing: ClassVar[Schema] = {"email": STRING, "role": STRING, "customer": INTEGER}
    sorts = SORTS
    default_sort = "name"
    default_order = "asc"

    def matches(self, row: Row, asked: Row) -> bool:
        role = asked.get("role", "customer")
        if role not in ("all", row["role"]):
            return False
        if asked.get("email") and row["email"].lower() != asked["email"].lower():
            return False
        told = asked.get("search")
        names = (row["email"], row["username"], row["first_name"], row["last_name"])
        return not told or contains(told, *names)

    def find(self, number: int, call: Call) -> Row:
        found = self.shop.table("customers").get(number)
        if found is None:
            raise Refused(404, "wc_user_invalid_id", "Invalid user ID.")
        return found

    def tell(self, row: Row, call: Call) -> Row:
        told = ("id", "email", "first_name", "last_name", "role", "username", "meta_data")
        digest = hashlib.sha256(row["email"].lower().encode()).hexdigest()
        orders = self.shop.table("orders").values()
        return {
            **{name: row[name] for name in told},
            **self.shop.clock.both("date_created", row["created"]),
            **self.shop.clock.both("date_modified", row["modified"]),
            "billing": {name: row["billing"].get(name, "") for name in BILLING},
            "shipping": {name: row["shipping"].get(name, "") for name in SHIPPING},
            "is_paying_customer": any(
                order["customer_id"] == row["id"] and order["status"] in PAID for order in orders
            ),
            "avatar_url": f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g",
        }

    def make(self, given: Row, call: Call) -> Row:
        required(given, "email")
        self._check_email(given["email"], None)
        name = given.get("username") or given["email"].partition("@")[0].lower()
        self._check_name(str(name), generated=not given.get("username"))
        now = self.shop.clock.now()
        row: Row = {
            "email": "",
            "first_name": "",
            "last_name": "",
            "role": "customer",
            "billing": {},
            "shipping": {},
            "meta_data": [],
            "created": now,
            "modified": None,
            "username": self._free_name(str(name)),
            "password": given.get("password", ""),
        }
        self._fill(row, given)
        row["id"] = self.shop.next_id("customers")
        self.shop.table("customers")[row["id"]] = row
        for event in ("created", "updated"):
            self.shop.tell(f"customer.{event}", row["id"])
        return row

    def change(self, row: Row, given: Row, call: Call) -> Row:
        if given.get("username", row["username"]) != row["username"]:
            message = "Username isn't editable."
            raise Refused(400, "woocommerce_rest_customer_invalid_argument", message)
        if given.get("email"):
            self._check_email(given["email"], row["id"])
        self._fill(row, given)
        self.shop.stamp(row)
        self.shop.tell("customer.updated", row["id"])
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Customers do not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("customers")[row["id"]]
        self.shop.tell("customer.deleted", row["id"])
        return told

    def _fill(self, row: Row, given: Row) -> None:
        row.update({name: given[name] for name in PLAIN if name in given})
        row["email"] = given.get("email") or row["email"]
        for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
            if isinstance(given.get(name), dict):
                sent = {key: value for key, value in given[name].items() if key in fields}
                row[name] = {**row[name], **sent}
        row["meta_data"] = self.shop.merge_meta(row["meta_data"], given.get("meta_data"))

    def _check_email(self, email: str, own: int | None) -> None:
        if "@" not in email:
            raise Refused(400, "customer_invalid_email", "Invalid email address")
        held = self.shop.table("customers").values()
        if not any(row["email"].lower() == email.lower() and row["id"] != own for row in held):
            return
        if own is not None:
            raise Refused(
                400, "woocommerce_rest_customer_invalid_email", "Email address is invalid."
            )
        message = (
            f"An account is already registered with {email}. Please log in or use a different "
            "email address."
        )
        raise Refused(400, "registration-error-email-exists", message)

    def _check_name(self, name: str, *, generated: bool) -> None:
        taken = {row["username"] for row in self.shop.table("customers").values()}
        if not generated and name in taken:
            message = "An account is already registered with that username. Please choose another."
            raise Refused(400, "registration-error-username-exists", message)

    def _free_name(self, name: str) -> str:
        taken = {row["username"] for row in self.shop.table("customers").values()}
        free = (name, *(f"{name}{at}" for at in range(1, len(taken) + 2)))
        return next(each for each in free if each not in taken)


def _shown_name(row: Row) -> str:
    return f"{row['first_name']} {row['last_name']}".strip() or str(row["username"])
