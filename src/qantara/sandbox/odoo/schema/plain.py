"""Fields of the few models that have no recorded fields_get: modules, precision, dialogues."""

from qantara.sandbox.odoo.spec import F, ModelSpec

MODELS = (
    ModelSpec(
        "ir.module.module",
        "Module",
        F("name", "char", "Technical Name", "Rr"),
        F("shortdesc", "char", "Module Name", "rT"),
        F(
            "state",
            "selection",
            "Status",
            "r",
            "",
            "uninstallable:Uninstallable|uninstalled:Not Installed|installed:Installed"
            "|to upgrade:To be upgraded|to remove:To be removed|to install:To be installed",
        ),
    ),
    ModelSpec(
        "account.payment.term",
        "Payment Terms",
        F("name", "char", "Payment Terms", "RT"),
        F("active", "boolean", "Active"),
        F("sequence", "integer", "Sequence", "R"),
    ),
    ModelSpec(
        "decimal.precision",
        "Decimal Precision",
        F("name", "char", "Usage", "R"),
        F("digits", "integer", "Digits", "R"),
    ),
    ModelSpec(
        "stock.immediate.transfer",
        "Immediate Transfer",
        F("pick_ids", "many2many stock.picking", "Pick", "", "16-16"),
        F("show_transfers", "boolean", "Show Transfers", "", "16-16"),
    ),
    ModelSpec(
        "confirm.stock.sms",
        "Confirm Stock SMS",
        F("pick_ids", "many2many stock.picking", "Pick"),
    ),
    ModelSpec(
        "sale.order.cancel",
        "Sales Order Cancel",
        F("order_id", "many2one sale.order", "Sale Order", "R"),
    ),
)
