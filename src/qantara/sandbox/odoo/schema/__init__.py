"""The fields of every model and version, as facts; behaviour lives in `business`."""

from qantara.sandbox.odoo.schema import (
    accounting,
    automation,
    base,
    catalogue,
    moves,
    orders,
    payments,
    places,
    plain,
    product,
    screens,
    shop,
    system,
)
from qantara.sandbox.odoo.spec import ModelSchema, schema

SPECS = (
    *base.MODELS,
    *system.MODELS,
    *automation.MODELS,
    *screens.MODELS,
    *product.MODELS,
    *catalogue.MODELS,
    *places.MODELS,
    *moves.MODELS,
    *orders.MODELS,
    *accounting.MODELS,
    *payments.MODELS,
    *shop.MODELS,
    *plain.MODELS,
)
MODULE_OF = {
    "base": "base_automation",
    "product": "product",
    "uom": "uom",
    "stock": "stock",
    "purchase": "purchase",
    "sale": "sale",
    "account": "account",
    "mail": "mail",
    "confirm": "stock_sms",
    "delivery": "delivery",
    "crm": "sales_team",
}
CARRIED = ("carrier_id", "carrier_tracking_ref", "carrier_tracking_url", "carrier_price")
BROUGHT = {
    ("stock.lot", "expiration_date"): "product_expiry",
    ("stock.move.line", "expiration_date"): "product_expiry",
    ("product.template", "description_ecommerce"): "website_sale",
    ("product.template", "is_published"): "website_sale",
    ("sale.order", "carrier_id"): "delivery",
    ("sale.order.line", "is_delivery"): "delivery",
    **dict.fromkeys((("stock.picking", name) for name in CARRIED), "stock_delivery"),
}
"""Fields that another module than their model's brings."""


def installed(version: int, modules: frozenset[str]) -> dict[str, ModelSchema]:
    """The models that these modules bring; fields pointing to other models are absent too."""
    if version == 16 and "delivery" in modules:
        modules |= {"stock_delivery"}  # one module until 16, two from 17
    models = {
        name: model
        for name, model in schema(SPECS, version).items()
        if MODULE_OF.get(name.partition(".")[0], "base") in modules
    }
    kept = {}
    for name, model in models.items():
        fields = {
            each.name: each
            for each in model.fields.values()
            if (each.relation is None or each.relation in models)
            and BROUGHT.get((name, each.name)) in (None, *modules)
        }
        kept[name] = ModelSchema(model.name, model.label, fields)
    return kept
