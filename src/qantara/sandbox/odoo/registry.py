"""Which class behaves for which model in which version."""

from qantara.sandbox.odoo.business import (
    automation,
    base,
    dialogues,
    invoice_lines,
    invoices,
    invoicing,
    journals,
    mail,
    manual,
    move_lines,
    moves,
    payments,
    pickings,
    places,
    products,
    purchase,
    reconciling,
    registering,
    returns,
    reversals,
    sale,
    sale_lines,
    screens,
    shop,
    system,
    templates,
    units,
    variants,
)
from qantara.sandbox.odoo.env import Database
from qantara.sandbox.odoo.model import Model
from qantara.sandbox.odoo.schema import installed
from qantara.sandbox.odoo.spec import ModelSchema
from qantara.sandbox.odoo.store import Store

BEHAVIOURS: dict[str, type[Model]] = {
    "res.users": base.Users,
    "res.company": base.Company,
    "res.partner": base.Partner,
    "res.partner.category": base.PartnerCategory,
    "res.country": base.Country,
    "res.country.state": base.State,
    "res.currency": base.Currency,
    "res.lang": base.Lang,
    "account.tax": base.Tax,
    "uom.category": units.UnitCategory,
    "uom.uom": units.Unit,
    "product.category": products.Category,
    "product.template": templates.Template,
    "product.product": products.Product,
    "product.supplierinfo": products.SupplierInfo,
    "product.pricelist": products.Pricelist,
    "product.attribute": variants.Attribute,
    "product.attribute.value": variants.AttributeValue,
    "product.template.attribute.line": variants.AttributeLine,
    "product.template.attribute.value": variants.TemplateValue,
    "stock.warehouse": places.Warehouse,
    "stock.location": places.Location,
    "stock.picking.type": places.PickingType,
    "stock.lot": places.Lot,
    "stock.quant.package": places.Package,
    "stock.package": places.Package,
    "stock.quant": places.Quant,
    "stock.move": moves.Move,
    "stock.move.line": move_lines.MoveLine,
    "stock.picking": pickings.Picking,
    "stock.immediate.transfer": dialogues.ImmediateTransfer,
    "stock.backorder.confirmation": dialogues.BackorderConfirmation,
    "confirm.stock.sms": dialogues.ConfirmSms,
    "purchase.order": purchase.PurchaseOrder,
    "purchase.order.line": purchase.PurchaseOrderLine,
    "sale.order": sale.SaleOrder,
    "sale.order.line": sale_lines.SaleOrderLine,
    "sale.order.cancel": dialogues.SaleOrderCancel,
    "sale.advance.payment.inv": invoicing.AdvancePayment,
    "account.payment.term": purchase.PaymentTerm,
    "account.account": journals.Account,
    "account.journal": journals.Journal,
    "account.payment.method.line": journals.MethodLine,
    "account.fiscal.position": journals.FiscalPosition,
    "account.move": invoices.Move,
    "account.move.line": invoice_lines.MoveLine,
    "account.partial.reconcile": reconciling.Partial,
    "account.full.reconcile": reconciling.Full,
    "account.payment": payments.Payment,
    "account.payment.register": registering.PaymentRegister,
    "account.move.reversal": reversals.MoveReversal,
    "stock.return.picking": returns.ReturnPicking,
    "stock.return.picking.line": returns.ReturnLine,
    "stock.warehouse.orderpoint": shop.Orderpoint,
    "product.tag": shop.Tag,
    "product.pricelist.item": shop.PricelistItem,
    "delivery.carrier": shop.Carrier,
    "crm.team": shop.Team,
    "crm.tag": shop.SalesTag,
    "ir.model": manual.IrModel,
    "ir.model.fields": manual.IrModelFields,
    "ir.model.fields.selection": manual.Selection,
    "ir.model.access": automation.Access,
    "ir.actions.server": automation.Action,
    "base.automation": automation.Automation,
    "ir.ui.view": screens.View,
    "ir.actions.act_window": screens.Window,
    "ir.ui.menu": screens.Menu,
    "ir.model.data": system.ModelData,
    "ir.module.module": system.Module,
    "ir.attachment": mail.Attachment,
    "decimal.precision": system.Precision,
    "mail.message": mail.Message,
    "mail.message.subtype": mail.Subtype,
}
ONLY_16: dict[str, type[Model]] = {
    "base.automation": automation.AutomationOf16,
    "account.move.reversal": reversals.MoveReversalOf16,
    "stock.return.picking": returns.ReturnPickingOf16,
}
ONLY_17: dict[str, type[Model]] = {"stock.return.picking": returns.ReturnPickingOf17}
FROM_18: dict[str, type[Model]] = {"account.tax": base.TaxFrom18}
FROM_19: dict[str, type[Model]] = {
    "uom.uom": units.UnitFrom19,
    "product.supplierinfo": products.SupplierInfoFrom19,
}
INDEXED = {
    "product.product": ("default_code", "barcode"),
    "ir.model.data": ("complete_name", "res_id"),
    "ir.model": ("model",),
    "ir.attachment": ("res_id",),
    "mail.message": ("res_id", "message_id"),
    "res.partner": ("email_normalized",),
    "res.users": ("login",),
    "res.company": ("name",),
    "res.country": ("code",),
    "res.country.state": ("code",),
    "res.currency": ("name",),
    "res.lang": ("code",),
    "stock.warehouse": ("name", "code"),
    "sale.order": ("name", "client_order_ref"),
    "purchase.order": ("name", "partner_ref"),
    "account.account": ("code",),
    "account.journal": ("code",),
    "account.move": ("name", "ref", "invoice_origin"),
    "stock.move": ("product_id", "purchase_line_id", "sale_line_id"),
    "stock.quant": ("product_id", "location_id"),
    "sale.order.line": ("product_id",),
    "purchase.order.line": ("product_id",),
}
EVERYWHERE = (
    *("parent_id", "product_tmpl_id", "order_id", "picking_id", "move_id", "attribute_id"),
    *("attribute_line_id", "categ_id", "category_id", "location_id", "product_id"),
    *("product_attribute_value_id", "relative_uom_id", "res_id"),
)


def new_database(version: int, modules: frozenset[str]) -> Database:
    """An empty database: tables and behaviours, no rows."""
    schema = installed(version, modules)
    behaviours = {name: _behaviour(name, version) for name in schema}
    store = Store()
    for name, model in schema.items():
        store.add(name, _indexes(model, behaviours[name], schema))
    return Database(version, store, schema, behaviours, modules)


def _behaviour(name: str, version: int) -> type[Model]:
    only = {16: ONLY_16, 17: ONLY_17}.get(version, {})
    if name in only:
        return only[name]
    if version >= 19 and name in FROM_19:
        return FROM_19[name]
    if version >= 18 and name in FROM_18:
        return FROM_18[name]
    return BEHAVIOURS.get(name, Model)


def _indexes(
    model: ModelSchema, behaviour: type[Model], schema: dict[str, ModelSchema]
) -> list[str]:
    computed = {*behaviour.COMPUTES, *behaviour.RELATED}
    inverses = {
        field.relation_field
        for other in schema.values()
        for field in other.fields.values()
        if field.type == "one2many" and field.relation == model.name
    }
    wanted = {*INDEXED.get(model.name, ()), *EVERYWHERE, *(each for each in inverses if each)}
    columns = {each.name for each in model.fields.values() if not each.plural} - computed
    return sorted(wanted & columns)
