"""What a fresh database holds: the company, its user, and the data that the modules bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qantara.sandbox.odoo import chart
from qantara.sandbox.odoo.business.journals import account
from qantara.sandbox.odoo.business.posting import BILLING
from qantara.sandbox.odoo.env import Env

CURRENCIES = (
    ("USD", "US Dollar", "$", 0.01),
    ("EUR", "Euro", "€", 0.01),
    ("GBP", "Pound sterling", "£", 0.01),
    ("SAR", "Saudi riyal", "SR", 0.01),
    ("AED", "United Arab Emirates dirham", "AED", 0.01),
    ("EGP", "Egyptian pound", "LE", 0.01),
    ("KWD", "Kuwaiti dinar", "KD", 0.001),
    ("BHD", "Bahraini dinar", "BD", 0.001),
    ("JPY", "Japanese yen", "¥", 1.0),
    ("UAH", "Ukrainian hryvnia", "₴", 0.01),
)
COUNTRIES = (
    ("SA", "Saudi Arabia", "SAR", 966, (("RUH", "Riyadh"), ("MKH", "Makkah"), ("ESH", "Eastern"))),
    ("AE", "United Arab Emirates", "AED", 971, (("AZ", "Abu Dhabi"), ("DU", "Dubai"))),
    ("EG", "Egypt", "EGP", 20, (("C", "Cairo"), ("ALX", "Alexandria"))),
    ("KW", "Kuwait", "KWD", 965, ()),
    ("BH", "Bahrain", "BHD", 973, ()),
    ("US", "United States", "USD", 1, (("CA", "California"), ("NY", "New York"))),
    ("GB", "United Kingdom", "GBP", 44, ()),
    ("DE", "Germany", "EUR", 49, ()),
    ("FR", "France", "EUR", 33, ()),
    ("UA", "Ukraine", "UAH", 380, ()),
)
LANGUAGES = (
    ("en_US", "English (US)", "ltr"),
    ("ar_001", "Arabic / الْعَرَبيّة", "rtl"),
    ("uk_UA", "Ukrainian / українська", "ltr"),
    ("fr_FR", "French / Français", "ltr"),
    ("de_DE", "German / Deutsch", "ltr"),
    ("es_ES", "Spanish / Español", "ltr"),
)
# external id, name, category, type, factor, and from 19 the relative factor and its unit
UNITS = (
    ("product_uom_unit", "Units", "unit", "reference", 1.0, 1.0, None),
    ("product_uom_dozen", "Dozens", "unit", "bigger", 1 / 12, 12.0, "product_uom_unit"),
    ("product_uom_kgm", "kg", "kgm", "reference", 1.0, 1000.0, "product_uom_gram"),
    ("product_uom_gram", "g", "kgm", "smaller", 1000.0, 1.0, None),
    ("product_uom_ton", "t", "kgm", "bigger", 0.001, 1000.0, "product_uom_kgm"),
    ("product_uom_day", "Days", "wtime", "reference", 1.0, 8.0, "product_uom_hour"),
    ("product_uom_hour", "Hours", "wtime", "smaller", 8.0, 1.0, None),
    ("product_uom_meter", "m", "length", "reference", 1.0, 1000.0, "product_uom_millimeter"),
    ("product_uom_millimeter", "mm", "length", "smaller", 1000.0, 1.0, None),
    ("product_uom_cm", "cm", "length", "smaller", 100.0, 10.0, "product_uom_millimeter"),
    ("product_uom_litre", "L", "vol", "reference", 1.0, 1.0, None),
    ("product_uom_cubic_meter", "m³", "vol", "bigger", 0.001, 1000.0, "product_uom_litre"),
)
UNIT_CATEGORIES = {
    "unit": "Unit",
    "kgm": "Weight",
    "wtime": "Working Time",
    "length": "Length / Distance",
    "vol": "Volume",
}
LOCATIONS = (
    ("stock_location_locations", "Physical Locations", "view", None),
    ("stock_location_locations_partner", "Partners", "view", None),
    ("stock_location_locations_virtual", "Virtual Locations", "view", None),
    ("stock_location_suppliers", "Vendors", "supplier", "stock_location_locations_partner"),
    ("stock_location_customers", "Customers", "customer", "stock_location_locations_partner"),
    ("stock_location_inter_company", "Inter-company transit", "transit", None),
)
VIRTUAL = (
    ("location_inventory", "Inventory adjustment", "inventory"),
    ("location_production", "Production", "production"),
)
SUBTYPES = (("mt_comment", "Discussions"), ("mt_note", "Note"), ("mt_activities", "Activities"))
PRECISIONS = (
    ("Payment Terms", 2),
    ("Product Price", 2),
    ("Discount", 2),
    ("Stock Weight", 2),
    ("Volume", 2),
    ("Product Unit of Measure", 2),
)


GROUPS = (
    ("stock.group_stock_user", "User"),
    ("stock.group_stock_manager", "Administrator"),
    ("purchase.group_purchase_user", "User"),
    ("purchase.group_purchase_manager", "Administrator"),
)
MENUS = (("purchase.menu_purchase_root", "Purchase"), ("stock.menu_stock_root", "Inventory"))
PICKING_FORM = """\
<form string="Transfer">
  <header><field name="state" widget="statusbar"/></header>
  <sheet>
    <field name="name" readonly="1"/>
    <group><field name="partner_id"/><field name="scheduled_date"/><field name="origin"/></group>
  </sheet>
</form>"""

ADMINISTRATORS = "base.group_system"
TAX_ACCOUNTS = {"sale": "251000", "purchase": "131000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whose database it is."""

    name: str
    currency: str
    languages: tuple[str, ...]
    country: str = "SA"


def install(env: Env, company: Company) -> None:
    """Fill an empty database. The hub's user is added afterwards and has id 2."""
    _money_and_places(env, company)
    _languages(env, company.languages)
    _company(env, company)
    if env.has("crm.team"):
        named(env, "sales_team.team_sales_department", "crm.team", {"name": "Sales"})
    if env.has("account.tax"):
        chart.install(env)
        _taxes(env)
    if env.has("uom.uom"):
        _units(env)
    if env.has("product.template"):
        _products(env)
    if env.has("stock.location"):
        _stock(env, company)
    if env.has("mail.message.subtype"):
        for name, label in SUBTYPES:
            vals = {"name": label, "internal": name != "mt_comment"}
            named(env, f"mail.{name}", "mail.message.subtype", vals)
    _technical(env)


def join(env: Env, group: str, uid: int) -> None:
    """The user becomes a member of the group with this external id."""
    members = "user_ids" if env.version >= 19 else "users"
    env.model("res.groups").write(env.reference(group), {members: [(4, uid)]})


def named(env: Env, xml_id: str, model: str, vals: Mapping[str, Any]) -> int:
    """A record with an external id."""
    record_id = env.model(model).make(vals)
    name_record(env, xml_id, model, record_id)
    return record_id


def name_record(env: Env, xml_id: str, model: str, record_id: int) -> None:
    """Give an existing record an external id."""
    module, _, name = xml_id.partition(".")
    facts = {"module": module, "name": name, "model": model, "res_id": record_id}
    env.model("ir.model.data").make({**facts, "noupdate": True})


def _money_and_places(env: Env, company: Company) -> None:
    for code, name, symbol, rounding in CURRENCIES:
        facts = {"name": code, "full_name": name, "symbol": symbol, "rounding": rounding}
        active = code == company.currency
        named(env, f"base.{code}", "res.currency", {**facts, "active": active})
    for code, name, currency, phone, states in COUNTRIES:
        lower = "uk" if code == "GB" else code.lower()
        money = env.reference(f"base.{currency}")
        facts = {"name": name, "code": code, "currency_id": money, "phone_code": phone}
        country = named(env, f"base.{lower}", "res.country", facts)
        for short, label in states:
            held = {"name": label, "code": short, "country_id": country}
            named(env, f"base.state_{lower}_{short.lower()}", "res.country.state", held)


def _languages(env: Env, active: tuple[str, ...]) -> None:
    known = {code: (name, direction) for code, name, direction in LANGUAGES}
    for code in dict.fromkeys((*known, *active)):
        name, direction = known.get(code, (code, "ltr"))
        env.model("res.lang").make(
            {
                "name": name,
                "code": code,
                "iso_code": code.partition("_")[0],
                "url_code": code.partition("_")[0],
                "direction": direction,
                "active": code == "en_US" or code in active,
            }
        )


def _company(env: Env, company: Company) -> None:
    partners = env.model("res.partner")
    country = env.reference(f"base.{company.country.lower()}")
    owner = partners.make({"name": company.name, "is_company": True, "country_id": country})
    robot = partners.make({"name": "OdooBot", "email": "odoobot@example.com", "active": False})
    name_record(env, "base.main_partner", "res.partner", owner)
    money = env.reference(f"base.{company.currency}")
    facts = {"name": company.name, "partner_id": owner, "currency_id": money}
    named(env, "base.main_company", "res.company", facts)
    user = {"login": "__system__", "partner_id": robot, "active": False}
    named(env, "base.user_root", "res.users", user)


def _taxes(env: Env) -> None:
    env.model("account.tax.group").make({"name": "Tax 15%", "sequence": 10})
    for use in ("sale", "purchase"):
        facts = {"name": "15%", "amount": 15.0, "type_tax_use": use}
        tax = env.model("account.tax").make(facts)
        held = account(env, TAX_ACCOUNTS[use])
        env.model("account.tax").put_quietly(tax, _invoice_account=held, _refund_account=held)
        env.model("res.company").put(1, **{f"account_{use}_tax_id": tax})


def _units(env: Env) -> None:
    if env.version < 19:
        for short, label in UNIT_CATEGORIES.items():
            named(env, f"uom.product_uom_categ_{short}", "uom.category", {"name": label})
    for xml_id, name, category, kind, factor, relative, above in _bases_first(env):
        if env.version < 19:
            group = env.reference(f"uom.product_uom_categ_{category}")
            facts = {"category_id": group, "uom_type": kind, "factor": factor}
        else:
            unit = env.reference(f"uom.{above}") if above else False
            # 19 brings the dozen switched off
            shown = xml_id != "product_uom_dozen"
            facts = {"relative_factor": relative, "relative_uom_id": unit, "active": shown}
        named(env, f"uom.{xml_id}", "uom.uom", {"name": name, **facts})


def _bases_first(env: Env) -> list[tuple[Any, ...]]:
    return list(UNITS) if env.version < 19 else sorted(UNITS, key=lambda unit: _depth(unit[6]))


def _depth(above: str | None) -> int:
    return 0 if above is None else 1 + next(_depth(u[6]) for u in UNITS if u[0] == above)


def _products(env: Env) -> None:
    if env.version >= 19:
        for short in ("expenses", "services"):
            xml_id = f"product.product_category_{short}"
            named(env, xml_id, "product.category", {"name": short.title()})
    else:
        top = named(env, "product.product_category_all", "product.category", {"name": "All"})
        for xml_id, label in (("product_category_1", "Saleable"), ("cat_expense", "Expenses")):
            facts = {"name": label, "parent_id": top}
            named(env, f"product.{xml_id}", "product.category", facts)
    env.model("product.pricelist").make(
        {"name": "Default" if env.version > 16 else "Public Pricelist"}
    )


def _stock(env: Env, company: Company) -> None:
    flat = env.version >= 19  # no tree above vendors, customers and warehouses any more
    for xml_id, name, usage, above in LOCATIONS:
        if flat and usage == "view":
            continue
        parent = env.reference(f"stock.{above}") if above and not flat else False
        facts = {"name": name, "usage": usage, "location_id": parent, "company_id": False}
        active = usage != "transit"
        named(env, f"stock.{xml_id}", "stock.location", {**facts, "active": active})
    wh = named(env, "stock.warehouse0", "stock.warehouse", {"name": company.name, "code": "WH"})
    row = env.model("stock.warehouse").row(wh)
    name_record(env, "stock.stock_location_stock", "stock.location", row["lot_stock_id"])
    for short, field in (("in", "in_type_id"), ("out", "out_type_id"), ("internal", "int_type_id")):
        name_record(env, f"stock.picking_type_{short}", "stock.picking.type", row[field])
    parent = False if flat else env.reference("stock.stock_location_locations_virtual")
    for xml_id, name, usage in VIRTUAL:
        facts = {"name": name, "usage": usage, "location_id": parent, "company_id": 1}
        named(env, f"stock.{xml_id}", "stock.location", facts)


def _screens(env: Env) -> None:
    """Of what the modules bring to be seen: their groups and menus, and the form of a transfer."""
    for xml_id, label in GROUPS:
        if xml_id.partition(".")[0] in env.database.modules:
            named(env, xml_id, "res.groups", {"name": label})
    for xml_id, label in MENUS:
        if xml_id.partition(".")[0] in env.database.modules:
            named(env, xml_id, "ir.ui.menu", {"name": label})
    if env.has("stock.picking"):
        told = {"name": "stock.picking.form", "model": "stock.picking", "arch": PICKING_FORM}
        named(env, "stock.view_picking_form", "ir.ui.view", told)


def _technical(env: Env) -> None:
    for module in sorted(env.database.modules):
        vals = {"name": module, "shortdesc": module.replace("_", " ").title(), "state": "installed"}
        named(env, f"base.module_{module}", "ir.module.module", vals)
    for short, label in (("user", "Internal User"), ("system", "Settings")):
        named(env, f"base.group_{short}", "res.groups", {"name": label})
    if env.has("account.move"):
        label = "Billing" if env.version < 18 else "Invoicing"
        named(env, BILLING, "res.groups", {"name": label})
    _screens(env)
    for name, digits in PRECISIONS:
        env.model("decimal.precision").make({"name": name, "digits": digits})
    for schema in list(env.database.schema.values()):
        insert = env.store.table("ir.model").insert
        stamp = {"create_date": env.stamp, "write_date": env.stamp, "create_uid": 1, "write_uid": 1}
        facts = {"name": schema.label, "model": schema.name, "state": "base", "order": "id"}
        model = insert({**facts, **stamp})
        for field in schema.fields.values():
            env.store.table("ir.model.fields").insert(
                {
                    "name": field.name,
                    "model": schema.name,
                    "model_id": model,
                    "field_description": field.string,
                    "ttype": field.type,
                    "relation": field.relation,
                    "relation_field": field.relation_field,
                    "required": field.required,
                    "readonly": field.readonly,
                    "store": field.store,
                    "translate": field.translate,
                    "state": "base",
                    **stamp,
                }
            )
        rights = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)
        access = {"name": schema.name, "model_id": model, "active": True, **rights, **stamp}
        env.store.table("ir.model.access").insert(access)
