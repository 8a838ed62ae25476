"""Categories, templates, products and vendors' prices."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import images, levels
from qantara.sandbox.odoo.business.variants import regenerate
from qantara.sandbox.odoo.errors import UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.spec import ModelSchema
from qantara.sandbox.odoo.store import Row

ON_VARIANT = ("default_code", "barcode", "standard_price", "weight", "volume")
OWN_FIELDS = frozenset(
    {
        *ON_VARIANT,
        *("active", "product_tmpl_id", "product_template_attribute_value_ids"),
        *("image_variant_1920", "stock_quant_ids"),
    }
)


class Category(Model):
    """A tree; `complete_name` is the path."""

    PARENT = "parent_id"
    RECURSION = "You cannot create recursive categories."
    ORDER = "complete_name"
    REC_NAME = "complete_name"
    COMPUTES: ClassVar = {
        "complete_name": "_path",
        "parent_path": "_parent_path",
        "product_count": "_product_count",
    }

    def _path(self, row: Row) -> str:
        above = row.get("parent_id")
        name = str(row.get("name"))
        return f"{self._path(self.row(above))} / {name}" if above else name

    def _parent_path(self, row: Row) -> str:
        above = row.get("parent_id")
        return f"{self._parent_path(self.row(above)) if above else ''}{row['id']}/"

    def _product_count(self, row: Row) -> int:
        below = self.descendants([row["id"]])
        templates = self.env.store.table("product.template")
        return sum(len(templates.with_value("categ_id", each)) for each in below)

    def _on_unlinking(self, ids: list[int]) -> None:
        if self.env.version < 19 and self.env.reference("product.product_category_all") in ids:
            raise UserError(
                "You can't delete this product category, it is the default generic category."
            )


class Template(Model):
    """What is sold; its variants carry code, barcode, cost, weight and volume."""

    DEFAULTS: ClassVar = {
        "active": True,
        "sale_ok": True,
        "purchase_ok": True,
        "list_price": 1.0,
        "detailed_type": "consu",
        "type": "consu",
        "tracking": "none",
        "sequence": 1,
        "priority": "0",
        "invoice_policy": "order",
        "purchase_method": "receive",
        "categ_id": lambda model: model.default_category(),
        "uom_id": lambda model: model.env.reference("uom.product_uom_unit"),
        "taxes_id": lambda model: model.default_taxes("sale"),
        "supplier_taxes_id": lambda model: model.default_taxes("purchase"),
    }
    COMPUTES: ClassVar = {
        **{name: f"_single_{name}" for name in ON_VARIANT},
        "currency_id": "_currency",
        "cost_currency_id": "_currency",
        "product_variant_id": "_first_variant",
        "product_variant_count": "_variant_count",
        "is_product_variant": "_no",
        "qty_available": "_on_hand",
        "virtual_available": "_forecast",
        "incoming_qty": "_incoming",
        "outgoing_qty": "_outgoing",
        **dict.fromkeys(("image_1024", "image_512", "image_256", "image_128"), "_image"),
    }
    INVERSES: ClassVar = {name: f"_set_{name}" for name in ON_VARIANT}
    RELATED: ClassVar = {"uom_name": "uom_id.name"}
    LOOKUPS: ClassVar = {
        "default_code": ("product.product", "default_code", "product_tmpl_id"),
        "barcode": ("product.product", "barcode", "product_tmpl_id"),
    }
    QUIET = frozenset({"standard_price"})
    NAME_SEARCH = ("name", "default_code", "barcode")
    METHODS = frozenset({"message_post", "create_product_variant"})
    KNOWN = frozenset({"copy", "get_single_product_variant", "action_update_quantity_on_hand"})

    @property
    def ORDER(self) -> str:  # type: ignore[override]  # noqa: N802
        return "is_favorite desc, name" if "is_favorite" in self.fields else "priority desc, name"

    def default_category(self) -> int | bool:
        """`All`; 19 has no default any more."""
        if self.env.version >= 19:
            return False
        return self.env.reference("product.product_category_all")

    def default_taxes(self, use: str) -> list[int]:
        """The first active tax of that use, as the chart of accounts sets it."""
        rows = self.env.store.table("account.tax").rows.values()
        return [row["id"] for row in rows if row["type_tax_use"] == use and row["active"]][:1]

    def variants(self, template: int, *, archived: bool = False) -> list[int]:
        """Ids of the template's products, oldest first."""
        products = self.env.model("product.product")
        ids = sorted(products.table.with_value("product_tmpl_id", template))
        return [each for each in ids if archived or products.row(each).get("active")]

    def create_product_variant(self, ids: list[int], values: Any) -> None:
        """Only dynamic attributes need it."""
        del ids, values
        raise UserError("This product has no dynamic attributes.")

    def _on_creating(self, vals: Values) -> Values:
        vals = self._types_in_step(vals, created=True)
        if "uom_po_id" in self.fields and not vals.get("uom_po_id"):
            vals["uom_po_id"] = vals.get("uom_id")
        return vals

    def _types_in_step(self, vals: Values, *, created: bool) -> Values:
        """16 and 17 keep `type` and `detailed_type` equal; 18 forgets is_storable of services."""
        vals = dict(vals)
        if "detailed_type" in self.fields:
            given = "detailed_type" if not created or vals["detailed_type"] != "consu" else "type"
            if given in vals:
                vals["detailed_type"] = vals["type"] = vals[given]
            elif "type" in vals:
                vals["detailed_type"] = vals["type"]
        elif vals.get("type") not in (None, "consu"):
            vals["is_storable"] = False
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._check_units(record_id)
        if self.env.context.get("create_product_product"):
            return
        regenerate(self.env, record_id)
        for name in ON_VARIANT:
            if name in vals:
                self._to_single(record_id, name, vals[name])

    def write(self, ids: Any, vals: Values) -> bool:
        return super().write(ids, self._types_in_step(vals, created=False))

    def _on_written(self, ids: list[int], vals: Values) -> None:
        products = self.env.model("product.product")
        for record_id in ids:
            self._check_units(record_id)
            if vals.get("active") is False:
                for each in self.variants(record_id):
                    products.put(each, active=False)
            elif "attribute_line_ids" in vals or (
                vals.get("active") and not self.variants(record_id)
            ):
                regenerate(self.env, record_id)
            if self.env.version >= 17 and not set(vals) <= self.QUIET:  # 17: not measured
                for each in self.variants(record_id, archived=True):
                    products.put(each)

    def _check_units(self, record_id: int) -> None:
        row = self.row(record_id)
        units = self.env.model("uom.uom")
        bought = row.get("uom_po_id")
        if bought and row.get("uom_id") and not units.same_kind(row["uom_id"], bought):  # type: ignore[attr-defined]
            raise ValidationError(
                "The default Unit of Measure and the purchase Unit of Measure"
                " must be in the same category."
            )

    def _to_single(self, record_id: int, name: str, value: Any) -> None:
        """With several variants the value is lost without a word, as on the real server."""
        variants = self.variants(record_id) or self.variants(record_id, archived=True)
        if len(variants) == 1:
            self.env.model("product.product").write(variants[0], {name: value})

    def _from_single(self, row: Row, name: str) -> Any:
        products = self.env.model("product.product")
        found = self.variants(row["id"]) or self.variants(row["id"], archived=True)
        return products.row(found[0]).get(name) if len(found) == 1 else None

    def _single_default_code(self, row: Row) -> Any:
        return self._from_single(row, "default_code")

    def _single_barcode(self, row: Row) -> Any:
        return self._from_single(row, "barcode")

    def _single_standard_price(self, row: Row) -> Any:
        return self._from_single(row, "standard_price") or 0.0

    def _single_weight(self, row: Row) -> Any:
        return self._from_single(row, "weight") or 0.0

    def _single_volume(self, row: Row) -> Any:
        return self._from_single(row, "volume") or 0.0

    def _set_default_code(self, record_id: int, value: Any) -> None:
        self._to_single(record_id, "default_code", value)

    def _set_barcode(self, record_id: int, value: Any) -> None:
        self._to_single(record_id, "barcode", value)

    def _set_standard_price(self, record_id: int, value: Any) -> None:
        self._to_single(record_id, "standard_price", value)

    def _set_weight(self, record_id: int, value: Any) -> None:
        self._to_single(record_id, "weight", value)

    def _set_volume(self, record_id: int, value: Any) -> None:
        self._to_single(record_id, "volume", value)

    def _currency(self, row: Row) -> int:
        del row
        return int(self.env.store.table("res.company").rows[1]["currency_id"])

    def _first_variant(self, row: Row) -> int | None:
        return next(iter(self.variants(row["id"])), None)

    def _variant_count(self, row: Row) -> int:
        return len(self.variants(row["id"]))

    def _no(self, row: Row) -> bool:
        del row
        return False

    def _image(self, row: Row) -> Any:
        return row.get("image_1920")

    def _display_name(self, row: Row) -> str:
        code = self._single_default_code(row)
        name = str(self.getter("name")(row))
        return f"[{code}] {name}" if code else name

    def _on_hand(self, row: Row) -> float:
        return sum(levels.on_hand(self.env, each) for each in self.variants(row["id"]))

    def _incoming(self, row: Row) -> float:
        return sum(levels.incoming(self.env, each) for each in self.variants(row["id"]))

    def _outgoing(self, row: Row) -> float:
        return sum(levels.outgoing(self.env, each) for each in self.variants(row["id"]))

    def _forecast(self, row: Row) -> float:
        return self._on_hand(row) + self._incoming(row) - self._outgoing(row)


class Product(Model):
    """One variant; whatever it does not own is its template's."""

    OWNER = "product_tmpl_id"
    DEFAULTS: ClassVar = {"active": True}
    COMPUTES: ClassVar = {
        "price_extra": "_price_extra",
        "lst_price": "_lst_price",
        "code": "_code",
        "partner_ref": "_display_name",
        "combination_indices": "_combination",
        "product_template_variant_value_ids": "_shown_values",
        "is_product_variant": "_yes",
        "qty_available": "_on_hand",
        "free_qty": "_free",
        "virtual_available": "_forecast",
        "incoming_qty": "_incoming",
        "outgoing_qty": "_outgoing",
        **dict.fromkeys(
            ("image_1920", "image_1024", "image_512", "image_256", "image_128"), "_image"
        ),
    }
    INVERSES: ClassVar = {"lst_price": "_set_lst_price", "image_1920": "_set_image"}
    NAME_SEARCH = ("default_code", "barcode", "name")
    METHODS = frozenset({"message_post"})
    KNOWN = frozenset({"copy", "action_update_quantity_on_hand"})

    def __init__(self, env: Any, schema: ModelSchema) -> None:
        super().__init__(env, schema)
        kept = OWN_FIELDS | self.COMPUTES.keys()
        template = env.database.schema["product.template"].fields
        shared = [name for name in schema.fields if name in template and name not in kept]
        skipped = {"id", "display_name", "create_date", "create_uid", "write_date", "write_uid"}
        self.RELATED = {  # type: ignore[misc]
            name: f"product_tmpl_id.{name}"
            for name in shared
            if name not in {*skipped, "__last_update"}
        }

    @property
    def ORDER(self) -> str:  # type: ignore[override]  # noqa: N802
        return "default_code, name, id"

    def _on_creating(self, vals: Values) -> Values:
        if vals.get("product_tmpl_id"):
            return vals
        held = {k: v for k, v in vals.items() if k in self.RELATED or k == "image_1920"}
        if "active" in vals:
            held["active"] = vals["active"]
        held |= {k: v for k, v in vals.items() if k == "list_price"}
        if "lst_price" in vals:
            held["list_price"] = vals["lst_price"]
        own = {k: v for k, v in vals.items() if k not in held or k == "active"}
        own.pop("lst_price", None)
        template = self.env.using(create_product_product=True).model("product.template").make(held)
        return {**own, "product_tmpl_id": template}

    def _on_created(self, record_id: int, vals: Values) -> None:
        if vals.get("barcode"):
            self._check_barcode(record_id)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if vals.get("barcode"):
            for record_id in ids:
                self._check_barcode(record_id)

    def _check_barcode(self, record_id: int) -> None:
        barcode = self.row(record_id)["barcode"]
        same = [i for i in self.table.with_value("barcode", barcode) if self.row(i).get("active")]
        if len(same) < 2:
            return
        names = ", ".join(self._display_name(self.row(each)) for each in sorted(same))
        text = f'Barcode(s) already assigned:\n\n- Barcode "{barcode}" already assigned'
        text += f" to product(s): {names}"
        if self.env.version >= 17:
            text += "\n\nNote: products that you don't have access to will not be shown above."
        raise ValidationError(text)

    def action_archive(self, ids: Any) -> None:
        """The template goes with its last variant."""
        self.write(ids, {"active": False})
        templates = self.env.model("product.template")
        for template in {self.row(each)["product_tmpl_id"] for each in ids}:
            if not templates.variants(template):  # type: ignore[attr-defined]
                templates.put(template, active=False)

    def _on_unlinking(self, ids: list[int]) -> None:
        self._orphans = {self.row(each)["product_tmpl_id"] for each in ids}

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        templates = self.env.model("product.template")
        for template in self._orphans:
            known = template in templates.table.rows
            if known and not self.table.with_value("product_tmpl_id", template):
                templates.unlink(template)

    def _price_extra(self, row: Row) -> float:
        values = self.env.store.table("product.template.attribute.value").rows
        chosen = row.get("product_template_attribute_value_ids") or ()
        return float(sum(values[each].get("price_extra") or 0.0 for each in chosen))

    def _lst_price(self, row: Row) -> float:
        return float(self.getter("list_price")(row) or 0.0) + self._price_extra(row)

    def _set_lst_price(self, record_id: int, value: Any) -> None:
        extra = self._price_extra(self.row(record_id))
        template = self.row(record_id)["product_tmpl_id"]
        self.env.model("product.template").write(template, {"list_price": float(value) - extra})

    def _code(self, row: Row) -> Any:
        return row.get("default_code")

    def _combination(self, row: Row) -> str:
        chosen = row.get("product_template_attribute_value_ids") or ()
        return ",".join(str(each) for each in sorted(chosen))

    def _shown_values(self, row: Row) -> list[int]:
        """Values of the attributes that really vary."""
        values = self.env.model("product.template.attribute.value")
        lines = self.env.store.table("product.template.attribute.line").rows
        chosen = row.get("product_template_attribute_value_ids") or ()
        return [
            each
            for each in chosen
            if len(lines[values.row(each)["attribute_line_id"]].get("value_ids") or ()) > 1
        ]

    def _yes(self, row: Row) -> bool:
        del row
        return True

    def _display_name(self, row: Row) -> str:
        name = str(self.getter("name")(row))
        if row.get("product_template_attribute_value_ids"):
            values = self.env.model("product.template.attribute.value")
            get = values.getter("name")
            shown = ", ".join(str(get(values.row(each))) for each in self._shown_values(row))
            name = f"{name} ({shown})" if shown else name
        code = row.get("default_code")
        return f"[{code}] {name}" if code else name

    def _image(self, row: Row) -> Any:
        return row.get("image_variant_1920") or self._template(row).get("image_1920")

    def _set_image(self, record_id: int, value: Any) -> None:
        images.set_on_product(self, record_id, value)

    def _template(self, row: Row) -> Row:
        return self.env.store.table("product.template").rows[row["product_tmpl_id"]]

    def _on_hand(self, row: Row) -> float:
        return levels.on_hand(self.env, row["id"])

    def _free(self, row: Row) -> float:
        return levels.free(self.env, row["id"])

    def _incoming(self, row: Row) -> float:
        return levels.incoming(self.env, row["id"])

    def _outgoing(self, row: Row) -> float:
        return levels.outgoing(self.env, row["id"])

    def _forecast(self, row: Row) -> float:
        return self._on_hand(row) + self._incoming(row) - self._outgoing(row)


class SupplierInfo(Model):
    """A vendor's price of a template or of one variant."""

    ORDER = "sequence, min_qty DESC, price, id"
    REC_NAME = "partner_id"
    DEFAULTS: ClassVar = {
        "sequence": 1,
        "min_qty": 0.0,
        "price": 0.0,
        "delay": 1,
        "discount": 0.0,
        "company_id": 1,
        "currency_id": lambda model: model.env.store.table("res.company").rows[1]["currency_id"],
    }
    RELATED: ClassVar = {"product_uom": "product_tmpl_id.uom_po_id"}

    def _on_creating(self, vals: Values) -> Values:
        product = vals.get("product_id")
        if product and not vals.get("product_tmpl_id"):
            rows = self.env.store.table("product.product").rows
            if product in rows:
                vals["product_tmpl_id"] = rows[product]["product_tmpl_id"]
        return vals

    def _display_name(self, row: Row) -> str:
        partners = self.env.model("res.partner")
        return partners.display_name(partners.row(row["partner_id"]))


class SupplierInfoFrom19(SupplierInfo):
    """19 has no purchase unit on the template."""

    RELATED: ClassVar = {}
    DEFAULTS: ClassVar = {
        **SupplierInfo.DEFAULTS,
        "product_uom": lambda model: model.env.reference("uom.product_uom_unit"),
    }


class Pricelist(Model):
    """Only its currency is used; rules are not imitated."""

    ORDER = "sequence asc, id desc"
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 16,
        "currency_id": lambda model: model.env.store.table("res.company").rows[1]["currency_id"],
    }

    def _display_name(self, row: Row) -> str:
        currency = self.env.store.table("res.currency").rows[row["currency_id"]]["name"]
        return f"{self.getter('name')(row)} ({currency})"
