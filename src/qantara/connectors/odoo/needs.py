"""What each entity needs of an Odoo: models, fields, modules and rights."""

from qantara.connectors.odoo.mapping.board import BOARD, REQUEST, REQUEST_LINE
from qantara.connectors.odoo.report import Need, Needs

_LOOKED_UP = ()

_CATEGORY = Need(model="product.category", fields=("name", "parent_id"), modules=("product",))
_PARTNER = Need(
    model="res.partner", fields=("name", "email", "ref", "vat", "country_id"), modules=("base",)
)
_TEMPLATE = Need(
    model="product.template",
    fields=("name", "list_price", "categ_id", "uom_id", "detailed_type|is_storable|type"),
    modules=("product",),
)
_VARIANT = Need(
    model="product.product", fields=("default_code", "barcode", "standard_price", "weight")
)
_PICKING = Need(
    model="stock.picking",
    fields=("name", "state", "picking_type_code", "partner_id", "scheduled_date"),
    modules=("stock",),
)
_PACKED = (
    Need(model="stock.move", fields=("product_id", "product_uom", "product_uom_qty")),
    Need(model="stock.move.line", fields=("quantity|qty_done", "result_package_id", "lot_id")),
    Need(model="stock.lot", fields=("name",), writes=_LOOKED_UP),
)
_WAREHOUSE = Need(
    model="stock.warehouse", fields=("code", "view_location_id"), modules=("stock",), writes=()
)

NEEDS: Needs = {
    "category": (_CATEGORY,),
    "partner": (_PARTNER, Need(model="res.country", fields=("code",), writes=_LOOKED_UP)),
    "product": (
        _TEMPLATE,
        _VARIANT,
        Need(model="product.supplierinfo", fields=("partner_id", "price")),
        Need(model="uom.uom", fields=("name", "factor"), writes=_LOOKED_UP),
    ),
    "warehouse": (_WAREHOUSE, Need(model="stock.location", fields=("usage", "location_id"))),
    "stock_level": (
        _WAREHOUSE,
        Need(
            model="stock.quant",
            fields=("quantity", "reserved_quantity"),
            modules=("stock",),
        ),
        Need(model="stock.move", fields=("state", "product_id"), writes=_LOOKED_UP),
    ),
    "replenishment": (
        _WAREHOUSE,
        Need(model="stock.quant", fields=("quantity", "reserved_quantity"), writes=_LOOKED_UP),
        Need(
            model="stock.warehouse.orderpoint",
            fields=("trigger", "product_min_qty", "product_max_qty"),
            modules=("stock",),
        ),
    ),
    "purchase_order": (
        Need(
            model="purchase.order",
            fields=("partner_id", "partner_ref", "order_line"),
            modules=("purchase",),
            writes=("write",),
        ),
        Need(model="purchase.order.line", fields=("taxes_id|tax_ids",), writes=_LOOKED_UP),
        Need(model="account.tax", fields=("amount",), writes=_LOOKED_UP),
    ),
    "sale_order": (
        Need(
            model="sale.order",
            fields=("partner_id", "client_order_ref", "order_line"),
            modules=("sale",),
        ),
        Need(model="sale.order.line", fields=("tax_id|tax_ids",)),
        Need(model="account.tax", fields=("amount",), writes=_LOOKED_UP),
    ),
    "order_state": (Need(model="sale.order", fields=("state",), modules=("sale",), writes=()),),
    "order_terms": (
        Need(model="sale.order", fields=("order_line",), modules=("sale",), only="read"),
        Need(model="purchase.order", fields=("order_line",), writes=("write",), only="write"),
        Need(model="mail.message", fields=("message_id",), modules=("mail",), only="write"),
    ),
    "purchase_terms": (
        Need(model="purchase.order", fields=("order_line",), modules=("purchase",), writes=()),
    ),
    "accepted_terms": (
        Need(model="purchase.order", fields=("order_line",), writes=("write",)),
        Need(model="purchase.order.line", fields=("product_qty", "price_unit")),
    ),
    "order_refusal": (
        Need(model="mail.message", fields=("message_id",), modules=("mail",), writes=()),
    ),
    "offer": (
        Need(
            model="product.product",
            fields=("free_qty", "incoming_qty", "sale_ok", "uom_id"),
            modules=("stock", "sale"),
            writes=_LOOKED_UP,
            only="read",
        ),
        Need(model="stock.quant", fields=("product_tmpl_id",), writes=_LOOKED_UP, only="read"),
        Need(model="stock.move", fields=("product_tmpl_id",), writes=_LOOKED_UP, only="read"),
        Need(model=BOARD, fields=("x_product_id", "x_free", "x_updated_at"), only="write"),
    ),
    "request": (
        Need(model=REQUEST, fields=("x_state", "x_answer", "x_remark"), writes=("write",)),
        Need(model=REQUEST_LINE, fields=("x_product_id", "x_quantity"), writes=_LOOKED_UP),
        Need(model=BOARD, fields=("x_request",), writes=("write",)),
    ),
    "transfer": (_PICKING, *_PACKED),
    "receipt": (_PICKING, *_PACKED),
    "message": (
        Need(
            model="mail.message",
            fields=("message_id", "attachment_ids", "subtype_id"),
            modules=("mail",),
        ),
        Need(model="ir.attachment", fields=("checksum", "file_size")),
    ),
    "order_standing": (
        Need(
            model="sale.order",
            fields=("state", "client_order_ref", "amount_total"),
            modules=("sale",),
            writes=(),
        ),
    ),
    "question": (Need(model="mail.message", fields=("message_id", "body"), modules=("mail",)),),
    "note": (Need(model="mail.message", fields=("message_id",), modules=("mail",)),),
    "store_order": (
        Need(
            model="sale.order",
            fields=("partner_id", "client_order_ref", "origin", "order_line"),
            modules=("sale",),
        ),
        Need(model="sale.order.line", fields=("tax_id|tax_ids",)),
        Need(model="account.tax", fields=("amount",), writes=_LOOKED_UP),
    ),
    "refund": (
        Need(
            model="account.move",
            fields=("move_type", "reversed_entry_id", "invoice_origin"),
            modules=("account",),
        ),
        Need(model="account.payment", fields=("memo|ref", "state"), only="write"),
    ),
    "shipment": (
        Need(
            model="stock.picking",
            fields=("sale_id", "state", "date_done"),
            modules=("stock", "sale_stock"),
            writes=(),
        ),
    ),
}
