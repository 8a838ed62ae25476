"""What is to be sent and what was: fulfillment orders, fulfillments, tracking."""

from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused
from qantara.sandbox.shopify.inventory import level_of
from qantara.sandbox.shopify.orders import bag, lines_of, order_of, refresh
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.pricing import base
from qantara.sandbox.shopify.state import Row, Store

OPEN = frozenset({"OPEN", "IN_PROGRESS"})


def plan(store: Store, order: Row) -> None:
    """Units that nobody was asked to send yet go to the order's location."""
    missing = [
        (line, line["_units"] - line["_planned"])
        for line in lines_of(store, order)
        if line["requiresShipping"] and line["_units"] > line["_planned"]
    ]
    if not missing:
        return
    work = _open_order(store, order)
    for line, units in missing:
        line["_planned"] += units
        store.add(
            "FulfillmentOrderLineItem",
            {
                "totalQuantity": units,
                "remainingQuantity": units,
                "_work": work["id"],
                "_line": line["id"],
            },
        )
    store.touch(work)


def _open_order(store: Store, order: Row) -> Row:
    for row in store.where("FulfillmentOrder", "_order", order["id"]):
        if row["status"] == "OPEN":
            return row
    return store.add(
        "FulfillmentOrder",
        {
            "status": "OPEN",
            "requestStatus": "UNSUBMITTED",
            "fulfillAt": store.clock.stamp(),
            "_order": order["id"],
            "_location": order["_location"],
        },
    )


def works_of(store: Store, order: Row) -> list[Row]:
    return store.where("FulfillmentOrder", "_order", order["id"])


def parts_of(store: Store, work: Row) -> list[Row]:
    return store.where("FulfillmentOrderLineItem", "_work", work["id"])


def shrink(store: Store, line: Row, fewer: int) -> None:
    """Units that are not to be sent any more."""
    for row in store.rows("FulfillmentOrderLineItem"):
        if row["_line"] == line["id"] and fewer:
            less = min(fewer, row["remainingQuantity"])
            row["remainingQuantity"] -= less
            row["totalQuantity"] -= less
            fewer -= less
            _settle(store, store.tables["FulfillmentOrder"][row["_work"]])


def _settle(store: Store, work: Row) -> None:
    parts = parts_of(store, work)
    if work["status"] in OPEN and not any(part["remainingQuantity"] for part in parts):
        sent = any(part["totalQuantity"] for part in parts)
        store.touch(work, status="CLOSED" if sent else "CANCELLED")


def fulfill_now(store: Store, order: Row, **tracking: Any) -> Row | None:
    """Everything that is open, in one fulfillment."""
    parts = [
        (part, part["remainingQuantity"])
        for work in works_of(store, order)
        if work["status"] in OPEN
        for part in parts_of(store, work)
        if part["remainingQuantity"]
    ]
    return fulfill(store, order, parts, tracking) if parts else None


def fulfill(store: Store, order: Row, parts: list[tuple[Row, int]], tracking: Args) -> Row:
    """So many of each part leave; the stock that was promised goes with them."""
    count = len(store.where("Fulfillment", "_order", order["id"])) + 1
    work = store.tables["FulfillmentOrder"][parts[0][0]["_work"]]
    row = store.add(
        "Fulfillment",
        {
            **dict.fromkeys(("deliveredAt", "estimatedDeliveryAt", "inTransitAt")),
            "name": f"{order['name']}-F{count}",
            "status": "SUCCESS",
            "displayStatus": "FULFILLED",
            "requiresShipping": True,
            "_order": order["id"],
            "_location": work["_location"],
            "_works": list(dict.fromkeys(part["_work"] for part, _ in parts)),
            "_tracking": tracked(tracking),
        },
    )
    for part, units in parts:
        line = store.tables["LineItem"][part["_line"]]
        part["remainingQuantity"] -= units
        line["_sent"] += units
        _out(store, line, work["_location"], units)
        store.add(
            "FulfillmentLineItem",
            {
                "quantity": units,
                "_fulfillment": row["id"],
                "_line": line["id"],
                "_part": part["id"],
            },
        )
        _settle(store, store.tables["FulfillmentOrder"][part["_work"]])
    refresh(store, order)
    return row


def _out(store: Store, line: Row, location: str, units: int) -> None:
    variant = store.get("ProductVariant", line["_variant"]) if line["_variant"] else None
    if variant is None or not store.tables["InventoryItem"][variant["_item"]]["tracked"]:
        return
    level = level_of(store, variant["_item"], location)
    if level is not None:
        level["_quantities"]["committed"] -= units
        store.touch(level)


def tracked(wanted: Args) -> list[Row]:
    """One entry for each number; a single URL belongs to the first."""
    found = [wanted["number"]] if wanted.get("number") else list(wanted.get("numbers") or ())
    urls = [wanted["url"]] if wanted.get("url") else list(wanted.get("urls") or ())
    company = wanted.get("company")
    size = max(len(found), len(urls), 1 if company else 0)
    return [
        {
            "company": company,
            "number": found[place] if place < len(found) else None,
            "url": urls[place] if place < len(urls) else None,
        }
        for place in range(size)
    ]


def _create(_root: Row, ctx: Context, args: Args) -> Row:
    wanted = args["fulfillment"]
    parts: list[tuple[Row, int]] = []
    for place, one in enumerate(wanted["lineItemsByFulfillmentOrder"]):
        at = ("fulfillment", "lineItemsByFulfillmentOrder", str(place))
        parts += _chosen(ctx, one, at)
    if not parts:
        raise Refused("There is nothing to fulfill.", "fulfillment")
    works = [ctx.store.tables["FulfillmentOrder"][part["_work"]] for part, _ in parts]
    if len({work["_order"] for work in works}) > 1:
        raise Refused("All fulfillment orders must belong to the same order.", "fulfillment")
    if len({work["_location"] for work in works}) > 1:
        raise Refused("All fulfillment orders must be at the same location.", "fulfillment")
    order = order_of(ctx.store, works[0])
    row = fulfill(ctx.store, order, parts, wanted.get("trackingInfo") or {})
    ctx.store.tell("FULFILLMENTS_CREATE", row)
    full = order["displayFulfillmentStatus"] == "FULFILLED"
    ctx.store.tell("ORDERS_FULFILLED" if full else "ORDERS_PARTIALLY_FULFILLED", order)
    ctx.store.tell("ORDERS_UPDATED", order)
    return {"fulfillment": row, "userErrors": []}


def _chosen(ctx: Context, one: Args, at: tuple[str, ...]) -> list[tuple[Row, int]]:
    work = ctx.store.get("FulfillmentOrder", one["fulfillmentOrderId"])
    if work is None:
        raise Refused("Fulfillment order does not exist.", *at, "fulfillmentOrderId")
    if work["status"] not in OPEN:
        told = f"Fulfillment order {work['_number']} has an unfulfillable status= {work['status'].lower()}."
        raise Refused(told, "fulfillment")
    parts = {part["id"]: part for part in parts_of(ctx.store, work)}
    if not one.get("fulfillmentOrderLineItems"):
        return [
            (part, part["remainingQuantity"])
            for part in parts.values()
            if part["remainingQuantity"]
        ]
    chosen = []
    for wanted in one["fulfillmentOrderLineItems"]:
        part = parts.get(wanted["id"])
        if part is None:
            raise Refused("Fulfillment order line item does not exist.", *at)
        if not 0 < wanted["quantity"] <= part["remainingQuantity"]:
            raise Refused("Invalid fulfillment order line item quantity requested.", *at)
        chosen.append((part, wanted["quantity"]))
    return chosen


def _cancel(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("Fulfillment", args["id"])
    if row is None:
        raise Refused("Fulfillment not found.", "id")
    if row["status"] == "CANCELLED":
        raise Refused("Fulfillment is already cancelled.", "id")
    order = order_of(ctx.store, row)
    for one in ctx.store.where("FulfillmentLineItem", "_fulfillment", row["id"]):
        line = ctx.store.tables["LineItem"][one["_line"]]
        part = ctx.store.tables["FulfillmentOrderLineItem"][one["_part"]]
        line["_sent"] -= one["quantity"]
        part["remainingQuantity"] += one["quantity"]
        _out(ctx.store, line, row["_location"], -one["quantity"])
        ctx.store.touch(ctx.store.tables["FulfillmentOrder"][part["_work"]], status="OPEN")
    ctx.store.touch(row, status="CANCELLED", displayStatus="CANCELED")
    refresh(ctx.store, order)
    ctx.store.tell("FULFILLMENTS_UPDATE", row)
    ctx.store.tell("ORDERS_UPDATED", order)
    return {"fulfillment": row, "userErrors": []}


def _update_tracking(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("Fulfillment", args["fulfillmentId"])
    if row is None:
        raise Refused("Fulfillment not found.", "fulfillmentId")
    ctx.store.touch(row, _tracking=tracked(args["trackingInfoInput"]))
    order = order_of(ctx.store, row)
    ctx.store.touch(order)
    ctx.store.tell("FULFILLMENTS_UPDATE", row)
    ctx.store.tell("ORDERS_UPDATED", order)
    return {"fulfillment": row, "userErrors": []}


def _works(_root: Row, ctx: Context, args: Args) -> Any:
    rows = ctx.store.rows("FulfillmentOrder")
    shown = [row for row in rows if row["status"] in OPEN or args.get("includeClosed")]
    return ctx.pages("FulfillmentOrder", shown, args)


def _assigned(row: Row, ctx: Context, _args: Args) -> Row:
    location = ctx.store.tables["Location"][row["_location"]]
    address = {key: location["address"][key] for key in ("address1", "address2", "city", "zip")}
    country = location["address"]["countryCode"]
    more = {"phone": None, "province": None, "countryCode": country, "name": location["name"]}
    return {**address, **more, "location": location}


def _destination(row: Row, ctx: Context, _args: Args) -> Row | None:
    order = order_of(ctx.store, row)
    address = order["shippingAddress"]
    if address is None:
        return None
    return {**address, "countryCode": address["countryCodeV2"], "email": order["email"]}


def _lines(row: Row, ctx: Context, args: Args) -> Any:
    return plain(ctx.store.where("FulfillmentLineItem", "_fulfillment", row["id"]), args)


def _share(row: Row, ctx: Context, _args: Args) -> Row:
    line = ctx.store.tables["LineItem"][row["_line"]]
    return bag(order_of(ctx.store, line), base(line) * row["quantity"] / line["_units"])


def _gross(row: Row, ctx: Context, _args: Args) -> Row:
    line = ctx.store.tables["LineItem"][row["_line"]]
    return bag(order_of(ctx.store, line), line["_unit"] * row["quantity"])


def _line(row: Row, ctx: Context, _args: Args) -> Row:
    return ctx.store.tables["LineItem"][row["_line"]]


def _of_line(name: str) -> Any:
    return lambda row, ctx, args: _line(row, ctx, args)[name]


def _variant(row: Row, ctx: Context, args: Args) -> Row | None:
    found = _line(row, ctx, args)["_variant"]
    return ctx.store.get("ProductVariant", found) if found else None


def _item_id(row: Row, ctx: Context, args: Args) -> str | None:
    variant = _variant(row, ctx, args)
    return variant["_item"] if variant else None


RESOLVERS: Resolvers = {
    "Mutation.fulfillmentCreate": _create,
    "Mutation.fulfillmentCancel": _cancel,
    "Mutation.fulfillmentTrackingInfoUpdate": _update_tracking,
    "QueryRoot.fulfillment": lambda _, ctx, args: ctx.store.get("Fulfillment", args["id"]),
    "QueryRoot.fulfillmentOrder": lambda _, ctx, args: ctx.store.get(
        "FulfillmentOrder", args["id"]
    ),
    "QueryRoot.fulfillmentOrders": _works,
    "Order.fulfillmentOrders": lambda row, ctx, args: ctx.pages(
        "FulfillmentOrder", works_of(ctx.store, row), args
    ),
    "Order.fulfillments": lambda row, ctx, args: ctx.store.where(
        "Fulfillment", "_order", row["id"]
    )[: args.get("first")],
    "Order.fulfillmentsCount": lambda row, ctx, _args: {
        "count": len(ctx.store.where("Fulfillment", "_order", row["id"])),
        "precision": "EXACT",
    },
    "Fulfillment.order": lambda row, ctx, _args: order_of(ctx.store, row),
    "Fulfillment.location": lambda row, ctx, _args: ctx.store.get("Location", row["_location"]),
    "Fulfillment.trackingInfo": lambda row, _ctx, args: row["_tracking"][: args.get("first")],
    "Fulfillment.fulfillmentLineItems": _lines,
    "Fulfillment.fulfillmentOrders": lambda row, ctx, args: plain(
        [ctx.store.tables["FulfillmentOrder"][one] for one in row["_works"]], args
    ),
    "Fulfillment.totalQuantity": lambda row, ctx, _args: sum(
        one["quantity"] for one in ctx.store.where("FulfillmentLineItem", "_fulfillment", row["id"])
    ),
    "FulfillmentLineItem.lineItem": _line,
    "FulfillmentLineItem.originalTotalSet": _gross,
    "FulfillmentLineItem.discountedTotalSet": _share,
    "FulfillmentOrder.order": lambda row, ctx, _args: order_of(ctx.store, row),
    "FulfillmentOrder.orderId": lambda row, _ctx, _args: row["_order"],
    "FulfillmentOrder.orderName": lambda row, ctx, _args: order_of(ctx.store, row)["name"],
    "FulfillmentOrder.orderProcessedAt": lambda row, ctx, _args: order_of(ctx.store, row)[
        "processedAt"
    ],
    "FulfillmentOrder.assignedLocation": _assigned,
    "FulfillmentOrder.destination": _destination,
    "FulfillmentOrder.deliveryMethod": lambda row, _ctx, _args: {
        "__typename": "DeliveryMethod",
        "id": row["id"].replace("FulfillmentOrder", "DeliveryMethod"),
        "methodType": "SHIPPING",
        "presentedName": None,
        "serviceCode": None,
    },
    "FulfillmentOrder.supportedActions": lambda row, _ctx, _args: (
        [{"action": "CREATE_FULFILLMENT"}] if row["status"] in OPEN else []
    ),
    "FulfillmentOrder.lineItems": lambda row, ctx, args: plain(parts_of(ctx.store, row), args),
    "FulfillmentOrder.fulfillments": lambda row, ctx, args: plain(
        [
            one
            for one in ctx.store.where("Fulfillment", "_order", row["_order"])
            if row["id"] in one["_works"]
        ],
        args,
    ),
    "FulfillmentOrderLineItem.lineItem": _line,
    "FulfillmentOrderLineItem.variant": _variant,
    "FulfillmentOrderLineItem.inventoryItemId": _item_id,
    "FulfillmentOrderLineItem.sku": _of_line("sku"),
    "FulfillmentOrderLineItem.productTitle": _of_line("title"),
    "FulfillmentOrderLineItem.variantTitle": _of_line("variantTitle"),
    "FulfillmentOrderLineItem.vendor": _of_line("vendor"),
    "FulfillmentOrderLineItem.requiresShipping": _of_line("requiresShipping"),
}
