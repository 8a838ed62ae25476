"""The buyer's board: the factory's stock with a column to type into, and the requests made of it."""

from qantara.connectors.odoo.furniture.shapes import Column, Table

OFFER, REQUEST, LINE = "x_qantara_offer", "x_qantara_request", "x_qantara_request_line"

STATES = (
    ("sent", "Sent"),
    ("draft", "Draft at the factory"),
    ("waiting", "Waiting"),
    ("ready", "Ready"),
    ("done", "Shipped"),
    ("cancelled", "Cancelled"),
    ("refused", "Refused"),
)

_PRODUCT = Column(
    name="x_product_id",
    kind="many2one",
    label="Our product",
    relation="product.product",
    on_delete="set null",
)

OFFERS = Table(
    key="model_offer",
    model=OFFER,
    label="Factory stock",
    order="x_name, id",
    columns=(
        Column(name="x_name", kind="char", label="Product"),
        _PRODUCT,
        Column(name="x_sku", kind="char", label="SKU"),
        Column(name="x_unit", kind="char", label="Unit"),
        Column(name="x_free", kind="float", label="Free"),
        Column(name="x_incoming", kind="float", label="Incoming"),
        Column(name="x_lead_days", kind="float", label="Lead time (days)"),
        Column(name="x_updated_at", kind="datetime", label="Last update"),
        Column(name="x_quantity", kind="float", label="Quantity to request"),
        Column(name="x_request", kind="char", label="Last request"),
        Column(name="x_answer", kind="char", label="Factory's number"),
        Column(name="x_state", kind="selection", label="State", options=STATES),
        Column(name="x_remark", kind="char", label="Remark"),
    ),
)

REQUESTS = Table(
    key="model_request",
    model=REQUEST,
    label="Request",
    order="id desc",
    thread=True,
    columns=(
        Column(name="x_name", kind="char", label="Number"),
        Column(name="x_state", kind="selection", label="State", options=STATES),
        Column(
            name="x_user_id",
            kind="many2one",
            label="Requested by",
            relation="res.users",
            on_delete="set null",
        ),
        Column(name="x_note", kind="text", label="Note to the factory"),
        Column(name="x_answer", kind="char", label="Factory's number"),
        Column(name="x_remark", kind="char", label="Remark"),
        Column(
            name="x_line_ids",
            kind="one2many",
            label="Lines",
            relation=LINE,
            inverse="x_request_id",
        ),
    ),
)

LINES = Table(
    key="model_request_line",
    model=LINE,
    label="Request line",
    columns=(
        Column(
            name="x_request_id",
            kind="many2one",
            label="Request",
            relation=REQUEST,
            on_delete="cascade",
        ),
        Column(
            name="x_offer_id",
            kind="many2one",
            label="Offer",
            relation=OFFER,
            on_delete="set null",
        ),
        _PRODUCT,
        Column(name="x_quantity", kind="float", label="Quantity"),
    ),
)

TABLES = (OFFERS, REQUESTS, LINES)
