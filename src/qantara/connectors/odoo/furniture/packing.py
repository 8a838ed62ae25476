"""What warehouses add to a transfer: the container it travels in, and that its list is complete."""

from qantara.connectors.odoo.furniture.shapes import Addition, Column

PICKING = "stock.picking"
CONTAINER, READY = "x_qantara_container", "x_qantara_ready"

ADDITIONS = (
    Addition(
        key="field_container",
        model=PICKING,
        column=Column(name=CONTAINER, kind="char", label="Container or vehicle"),
    ),
    Addition(
        key="field_ready",
        model=PICKING,
        column=Column(name=READY, kind="boolean", label="Packing list is complete"),
    ),
)
