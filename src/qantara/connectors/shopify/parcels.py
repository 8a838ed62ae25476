"""What of an order still has to leave, and from where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.shopify.mapping.exchange import parent
from qantara.connectors.shopify.mapping.values import gid, number
from qantara.connectors.shopify.site import Site
from qantara.model import Sent
from qantara.transport import NotFound, Rejected

OPEN = frozenset({"OPEN", "IN_PROGRESS", "SCHEDULED"})
HELD = frozenset({"ON_HOLD"})


@dataclass(slots=True, kw_only=True)
class Remaining:
    """So many of a line that have not left, in one of the order's fulfilment orders."""

    id: str
    order: str
    place: str
    line: str
    variant: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The order as those see it who pack it."""

    id: str
    cancelled: bool
    status: str
    fulfillments: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]

    def remaining(self, states: frozenset[str] = OPEN) -> list[Remaining]:
        """What may leave now."""
        return [
            Remaining(
                id=one["id"],
                order=order["id"],
                place=((order["assignedLocation"] or {}).get("location") or {}).get("id") or "",
                line=number(one["lineItem"]["id"]),
                variant=number((one["variant"] or {}).get("id")),
                left=int(one["remainingQuantity"]),
            )
            for order in self.orders
            if order["status"] in states
            for one in order["lineItems"]["nodes"]
            if one["remainingQuantity"]
        ]


async def parcels(site: Site, order: str) -> Parcels:
    """Ask for them; goods in exchange are of the same order. Raises NotFound for one that is gone."""
    told = (await site.client.ask("order_parcels", id=gid("Order", parent(order))))["order"]
    if not told:
        raise NotFound(f"The order {order} is not in Shopify any more.")
    orders = told["fulfillmentOrders"]["nodes"]
    for one in orders:
        await site.client.complete(one, "lineItems", "packing_lines")
    return Parcels(
        id=told["id"],
        cancelled=bool(told["cancelledAt"]),
        status=told["displayFulfillmentStatus"],
        fulfillments=told["fulfillments"],
        orders=orders,
    )


def chosen(wanted: Sequence[Sent], remaining: Sequence[Remaining]) -> list[tuple[Remaining, int]]:
    """Which of what remains leaves; Rejected where more is to leave than remains."""
    left = {one.id: one.left for one in remaining}
    found: list[tuple[Remaining, int]] = []
    for sent in wanted:
        missing = int(sent.quantity)
        for one in _fitting(sent, remaining):
            part = min(missing, left[one.id])
            if part:
                left[one.id] -= part
                missing -= part
                found.append((one, part))
        if missing:
            raise Rejected(
                f"{missing} more of the product {sent.product.id} left than the order has open.",
                remedy="See in Shopify what of the order was sent, held or taken out.",
                field="lines",
            )
    return found


def _fitting(sent: Sent, remaining: Sequence[Remaining]) -> Iterator[Remaining]:
    for one in remaining:
        if sent.line:
            if one.line == sent.line:
                yield one
        elif one.variant == sent.product.id:
            yield one


def grouped(leaving: Sequence[tuple[Remaining, int]]) -> list[list[dict[str, Any]]]:
    """As Shopify takes it: by fulfilment order, one list for each location."""
    places: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one, part in leaving:
        lines = places.setdefault(one.place, {}).setdefault(one.order, [])
        lines.append({"id": one.id, "quantity": part})
    return [
        [
            {"fulfillmentOrderId": order, "fulfillmentOrderLineItems": lines}
            for order, lines in orders.items()
        ]
        for orders in places.values()
    ]
