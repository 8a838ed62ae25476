"""Customers and their addresses."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers, money
from qantara.sandbox.shopify.orders import Totals
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.products import by_identifier
from qantara.sandbox.shopify.state import Row, Store

ADDRESS = (
    *("address1", "address2", "city", "company", "country", "countryCodeV2", "firstName"),
    *("lastName", "phone", "province", "provinceCode", "zip"),
)


def address_row(store: Store, values: Mapping[str, Any]) -> Row:
    """A MailingAddress from the API's names of fields; a wrong name is an error."""
    unknown = set(values) - set(ADDRESS)
    if unknown:
        raise ValueError(f"an address has no {sorted(unknown)}; known: {ADDRESS}")
    row = {**dict.fromkeys(ADDRESS), **values}
    return store.add("MailingAddress", row)


def customer_row(store: Store, values: Mapping[str, Any]) -> Row:
    """A customer with an account, or without one: `addresses` are mappings, the first is default."""
    named = dict(values)
    addresses = [address_row(store, one) for one in named.pop("addresses", ())]
    email = named.pop("email", None)
    row = store.add(
        "Customer",
        {
            "firstName": None,
            "lastName": None,
            "phone": None,
            "note": None,
            "state": "DISABLED",
            "tags": [],
            "taxExempt": False,
            "verifiedEmail": bool(email),
            "locale": "en",
            **named,
            "email": email.lower() if email else None,
            "_addresses": addresses,
        },
    )
    store.tell("CUSTOMERS_CREATE", row)
    return row


def name_of(row: Row) -> str:
    return " ".join(filter(None, (row["firstName"], row["lastName"])))


def _display(row: Row, _ctx: Context, _args: Args) -> str:
    return name_of(row) or row["email"] or row["phone"] or ""


def _orders(row: Row, ctx: Context) -> list[Row]:
    return ctx.store.where("Order", "_customer", row["id"])


def _spent(row: Row, ctx: Context, _args: Args) -> Row:
    total = Decimal(0)
    for order in _orders(row, ctx):
        if not order["cancelledAt"]:
            total += Totals(ctx.store, order).total_now() / order["_rate"]
    return money(total.quantize(Decimal("0.01")), ctx.settings.currency)


def _formatted(row: Row, _ctx: Context, _args: Args) -> list[str]:
    town = " ".join(filter(None, (row["city"], row["zip"])))
    return [one for one in (row["address1"], row["address2"], town, row["country"]) if one]


def _email(row: Row, _ctx: Context, _args: Args) -> Row | None:
    if not row["email"]:
        return None
    told = {"marketingState": "NOT_SUBSCRIBED", "validFormat": True}
    return {"emailAddress": row["email"], **told}


RESOLVERS: Resolvers = {
    "QueryRoot.customer": lambda _, ctx, args: ctx.store.get("Customer", args["id"]),
    "QueryRoot.customers": lambda _, ctx, args: ctx.pages(
        "Customer", ctx.store.rows("Customer"), args
    ),
    "QueryRoot.customerByIdentifier": lambda _, ctx, args: by_identifier(
        ctx, "Customer", args["identifier"]
    ),
    "Customer.displayName": _display,
    "Customer.defaultEmailAddress": _email,
    "Customer.defaultPhoneNumber": lambda row, _ctx, _args: (
        {"phoneNumber": row["phone"]} if row["phone"] else None
    ),
    "Customer.defaultAddress": lambda row, _ctx, _args: next(iter(row["_addresses"]), None),
    "Customer.addresses": lambda row, _ctx, args: row["_addresses"][: args.get("first")],
    "Customer.addressesV2": lambda row, _ctx, args: plain(row["_addresses"], args),
    "Customer.numberOfOrders": lambda row, ctx, _args: str(len(_orders(row, ctx))),
    "Customer.amountSpent": _spent,
    "Customer.orders": lambda row, ctx, args: ctx.pages("Order", _orders(row, ctx), args),
    "Customer.lastOrder": lambda row, ctx, _args: next(reversed(_orders(row, ctx)), None),
    "MailingAddress.name": lambda row, _ctx, _args: name_of(row) or None,
    "MailingAddress.formatted": _formatted,
}
