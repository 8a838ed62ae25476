"""A stand-in for a WooCommerce shop: its REST API v3, its webhooks, and its arithmetic.

Written from what real servers (11.0.1 and 10.5 on WordPress 7.1) were measured to do. A test has:

    with WooCommerceStandIn(currency="SAR", prices_include_tax=True) as shop:
        shop.url, shop.key, shop.secret          # and read_key, read_secret; add_key, revoke_key
        shirt = shop.add("products", name="Shirt", sku="S-1", regular_price="99.90")
        shop.edit(f"products/{shirt['id']}", stock_quantity=3)
        shop.delete(f"products/{shirt['id']}", force=False)
        shop.row("products/10"), shop.rows("orders"), shop.stock(10)
        bought = shop.order((shirt["id"], 2), shipping_cost="20.00", coupons=["off10"])
        shop.refund(bought["id"], lines={line_id: 1}, restock=True, reason="damaged")
        shop.deliver(), shop.deliveries          # webhooks now; all that went out
        shop.clock.move(60), shop.clock.freeze(), shop.clock.run()
        shop.calls, shop.writes(), shop.clear()
        shop.fault("http_502", model="products", method="BATCH", times=2)
        shop.fault("webhook_lost", model="order", method="webhook")

A fault's `model` is the first word of the path, its `method` the HTTP method or `BATCH`. Over
http only OAuth 1.0a opens the shop, as on the real one; for Basic and query keys give `tls`.
Pictures are really fetched; `strict_hosts` refuses private addresses, as WordPress does unless it
is told otherwise. With `deliveries="manual"` webhooks wait until `deliver()`.

What is not imitated answers 501 (`stand_in_not_imitated`): brands, reviews, downloads, reports but
for one, zones and gateways to be changed, `action.*` webhooks, coupons by category, negative fees
on several tax classes. Orders of a checkout are counted as those of the API are.
"""

from qantara.sandbox.woocommerce.deliveries import Delivery
from qantara.sandbox.woocommerce.server import WooCommerceStandIn
from qantara.sandbox.woocommerce.wire import NotImitated, Refused

__all__ = ["Delivery", "NotImitated", "Refused", "WooCommerceStandIn"]
