"""Asks for the exchanges of orders of which something came back; other orders cost no question."""

from collections.abc import Mapping
from typing import Any

from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.mapping import exchange
from qantara.connectors.shopify.polling import UNTOUCHED


async def exchanges_of(client: Client, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The returns of the order for which other goods were sent, with their refunds whole."""
    if order["returnStatus"] == UNTOUCHED:
        return []
    told = (await client.ask("order_exchanges", id=order["id"]))["order"] or {}
    returns = told.get("returns", {}).get("nodes", ())
    found = [one for one in returns if exchange.lines_of(one)]
    if not found:
        return []
    lines, refunds = await _lines(client, order), await _refunds(client, order)
    for one in found:
        ids = [each["id"] for each in one["refunds"]["nodes"]]
        one["refunds"]["nodes"] = [refunds[each] for each in ids if each in refunds]
        for each in one["exchangeLineItems"]["nodes"]:
            ids = [line["id"] for line in each["lineItems"] or ()]
            each["lineItems"] = [lines[line] for line in ids if line in lines]
    return found


async def _lines(client: Client, order: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Those of the order, which are known where the order itself is read."""
    whole: dict[str, Any] = dict(order)
    if "lineItems" not in order:
        [whole] = await client.nodes("orders_read", [order["id"]])
        await client.complete(whole, "lineItems", "order_lines")
    return {one["id"]: one for one in whole["lineItems"]["nodes"]}


async def _refunds(client: Client, order: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    [whole] = await client.nodes("refunds_read", [order["id"]])
    for one in whole.get("refunds", ()):
        await client.complete(one, "refundLineItems", "refund_lines")
    return {one["id"]: one for one in whole.get("refunds", ())}
