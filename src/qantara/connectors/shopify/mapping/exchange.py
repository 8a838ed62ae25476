"""Other goods for those that came back: what Shopify adds to the same order is an order of its own.

What comes back is credited as far as it pays for the other goods, or is given back as money. So the
order as it was, less that credit, and the order of the other goods come to what Shopify's order does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qantara.connectors.shopify.mapping.values import Purse, number, text

Node = Mapping[str, Any]
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a refund credits: `money` went back, `applied` pays for the goods in exchange."""

    refund: str
    exchange: str
    name: str
    money: Decimal
    applied: Decimal


def exchange_id(order: str, returned: str) -> str:
    """The id of such an order: `<order>/<return>`."""
    return f"{order}/{returned}"


def parent(external_id: str) -> str:
    """The order in Shopify that an order's id is of."""
    return external_id.partition("/")[0]


def lines_of(exchange: Node) -> list[Node]:
    """The lines that were added for it."""
    return [
        one for each in exchange["exchangeLineItems"]["nodes"] for one in each["lineItems"] or ()
    ]


def line_ids(exchanges: Sequence[Node]) -> frozenset[str]:
    """Of all of them."""
    return frozenset(line["id"] for one in exchanges for line in lines_of(one))


def refund_ids(exchanges: Sequence[Node]) -> frozenset[str]:
    """The refunds with which goods came back for others."""
    return frozenset(one["id"] for each in exchanges for one in each["refunds"]["nodes"])


def credits_of(exchanges: Sequence[Node], purse: Purse, *, gross: bool) -> list[Credit]:
    """Of each refund of each exchange, in their order."""
    found: list[Credit] = []
    for one in exchanges:
        left = sum((worth(line, purse, gross=gross) for line in lines_of(one)), _NOTHING)
        for refund in one["refunds"]["nodes"]:
            money = purse.amount(refund["totalRefundedSet"])
            back = sum(_given_back(refund, purse, gross=gross), _NOTHING)
            applied = max(_NOTHING, min(back - money, left))
            left -= applied
            found.append(
                Credit(
                    refund=number(refund["id"]),
                    exchange=number(one["id"]),
                    name=text(one["name"]),
                    money=money,
                    applied=applied,
                )
            )
    return found


def worth(line: Node, purse: Purse, *, gross: bool) -> Decimal:
    """What the customer pays for a line, with tax, after all discounts."""
    off = sum(
        (purse.amount(one["allocatedAmountSet"]) for one in line["discountAllocations"]), _NOTHING
    )
    tax = sum((one.amount for one in purse.taxes(line["taxLines"])), _NOTHING)
    return purse.amount(line["originalTotalSet"]) - off + (_NOTHING if gross else tax)


def _given_back(refund: Node, purse: Purse, *, gross: bool) -> Iterator[Decimal]:
    names = (
        ("refundLineItems", "subtotalSet", "totalTaxSet"),
        ("refundShippingLines", "subtotalAmountSet", "taxAmountSet"),
    )
    for part, net, tax in names:
        for one in refund[part]["nodes"]:
            yield purse.amount(one[net]) + (_NOTHING if gross else purse.amount(one[tax]))
