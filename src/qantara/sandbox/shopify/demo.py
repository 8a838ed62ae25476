"""A small shop to look at: products with colours, stock, a customer and a few orders."""

from decimal import Decimal
from typing import TYPE_CHECKING

from qantara.sandbox.shopify.cart import CASH_ON_DELIVERY, Carriage, Discount, Item, Payment, Tax

if TYPE_CHECKING:
    from qantara.sandbox.shopify.server import ShopifyStandIn

SET = "mutation($input: ProductSetInput!) { productSet(input: $input) { userErrors { message } } }"
GOODS = (
    ("Oak table", "طاولة بلوط", Decimal(1200)),
    ("Chair", "كرسي", Decimal("349.50")),
    ("Floor lamp", "مصباح أرضي", Decimal("199.95")),
    ("Carpet", "سجادة", Decimal(780)),
)
COLOURS = ("Natural", "Black")
VAT = (Tax(percent=Decimal(15)),)


def fill(shop: "ShopifyStandIn", *, products: int = 8) -> None:
    """Enough to see every kind of record; the same every time."""
    for count in range(products):
        name, arabic, price = GOODS[count % len(GOODS)]
        batch = count // len(GOODS) + 1
        shop.ask(
            SET, {"input": _product(f"{name} {batch} / {arabic}", f"SH-{count + 1:04}", price)}
        )
        for place, _ in enumerate(COLOURS, start=1):
            shop.stock(f"SH-{count + 1:04}-{place}", 10 * place)
    home = {"address1": "King Fahd Road 1", "city": "Riyadh", "countryCodeV2": "SA"}
    customer = shop.customer(
        firstName="Sara", lastName="Ahmad", email="sara@example.com", addresses=[home]
    )
    if products:
        _orders(shop, customer)


def _product(title: str, sku: str, price: Decimal) -> dict[str, object]:
    variants = [
        {
            "optionValues": [{"optionName": "Colour", "name": colour}],
            "sku": f"{sku}-{place}",
            "price": str(price),
        }
        for place, colour in enumerate(COLOURS, start=1)
    ]
    options = [{"name": "Colour", "values": [{"name": colour} for colour in COLOURS]}]
    return {"title": title, "productOptions": options, "variants": variants}


def _orders(shop: "ShopifyStandIn", customer: str) -> None:
    carriage = Carriage(title="Express", price=Decimal(25))
    shop.order(
        items=[Item(sku="SH-0001-1"), Item(sku="SH-0001-2", quantity=2)],
        customer=customer,
        shipping=carriage,
        taxes=VAT,
        discounts=[Discount(code="WELCOME", percent=Decimal(10))],
    )
    shop.order(
        items=[Item(sku="SH-0001-1")],
        email="guest@example.com",
        shipping=carriage,
        taxes=VAT,
        payments=[Payment(gateway=CASH_ON_DELIVERY, status="PENDING")],
    )
    shop.sell(items=[Item(sku="SH-0001-2")], taxes=VAT)
