"""How tests ask for an order: everything that it says of money and states."""

SUMS = """query($id: ID!) { order(id: $id) {
  displayFinancialStatus displayFulfillmentStatus returnStatus cancelledAt cancelReason edited
  total: totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
  now: currentTotalPriceSet { shopMoney { amount } presentmentMoney { amount } }
  tax: totalTaxSet { shopMoney { amount } presentmentMoney { amount } }
  taxNow: currentTotalTaxSet { shopMoney { amount } }
  subtotal: subtotalPriceSet { shopMoney { amount } }
  off: totalDiscountsSet { shopMoney { amount } }
  shipping: totalShippingPriceSet { shopMoney { amount } }
  tip: totalTipReceivedSet { shopMoney { amount } }
  due: totalOutstandingSet { shopMoney { amount } }
  back: totalRefundedSet { shopMoney { amount } }
  taxLines { title ratePercentage priceSet { shopMoney { amount } } }
  lineItems(first: 9) { nodes { id sku title quantity currentQuantity unfulfilledQuantity isGiftCard
    originalTotalSet { shopMoney { amount } }
    taxLines { priceSet { shopMoney { amount } } }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } } } }
  shippingLines(first: 2) { nodes { discountedPriceSet { shopMoney { amount } }
    taxLines { priceSet { shopMoney { amount } } } } }
  transactions(first: 9) { id kind status gateway amountSet { presentmentMoney { amount } } }
} }"""
REFUNDS = """query($id: ID!) { order(id: $id) { refunds(first: 5) { id note
  totalRefundedSet { shopMoney { amount } }
  refundLineItems(first: 5) { nodes { quantity restockType restocked lineItem { sku }
    subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } } } }
  refundShippingLines(first: 2) { nodes { subtotalAmountSet { shopMoney { amount } }
    taxAmountSet { shopMoney { amount } } } }
  orderAdjustments(first: 2) { nodes { reason amountSet { shopMoney { amount } } } }
  return { name status }
} } }"""


def gid(kind, number):
    return f"gid://shopify/{kind}/{number}"


def read(call, number, query=SUMS):
    return call(query, id=gid("Order", number))["order"]


def plain(told, *names):
    return tuple(told[name]["shopMoney"]["amount"] for name in names)


def amounts(rows, *path):
    found = []
    for row in rows:
        value = row
        for name in path:
            value = value[name]
        found.append(value["shopMoney"]["amount"])
    return found
