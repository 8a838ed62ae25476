"""Categories, products, vendors' prices and price lists."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import images, levels
from qantara.sandbox.odoo.business.templates import ON_VARIANT
from qantara.sandbox.odoo.errors import UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.spec import ModelSchema
from qantara.sandbox.odoo.store import Row

# columns of the template that are computed from its only variant: its write_date moves too
STORED_ON_TEMPLATE = frozenset({"default_code", "weight", "volume"})
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
    RECURSION_ERROR = UserError
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
                "You cannot delete this product category, it is the default generic category."
            )


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
        if vals.keys() & STORED_ON_TEMPLATE:
            for record_id in ids:
                template = self.row(record_id)["product_tmpl_id"]
                self.env.model("product.template").put(template, default_code=None)
        if vals.get("barcode"):
            for record_id in ids:
                self._check_barcode(record_id)

    def _check_barcode(self, record_id: int) -> None:
        barcode = self.row(record_id)["barcode"]
        same = [i for i in self.table.with_value("barcode", barcode) if self.row(i).get("active")]
        if len(same) < 2:
            return
        listed = [self._display_name(self.row(each)) for each in sorted(same)]
        names = ", ".join(listed)
        if self.env.version >= 18 and len(listed) == 2:
            names = " and ".join(listed)
        text = f'Barcode(s) already assigned:\n\n- Barcode "{barcode}" already assigned'
        text += f" to product(s): {names}"
        if self.env.version >= 17:
            text += "\n\nNote: products that you don't have access to will not be shown above."
        raise ValidationError(text)

    def action_archive(self, ids: Any) -> None:
        """The template goes with its last variant."""
        self.write(ids, {"active": False})
        templates = self.env.business("product.template")
        for template in {self.row(each)["product_tmpl_id"] for each in ids}:
            if not templates.variants(template):
                templates.put(template, active=False)

    def _on_unlinking(self, ids: list[int]) -> None:
        """The template goes with a product that had no active sibling when the call began."""
        self._orphans = {
            self.row(each)["product_tmpl_id"] for each in ids if not self._siblings(each)
        }

    def _siblings(self, record_id: int) -> list[int]:
        same = self.table.with_value("product_tmpl_id", self.row(record_id)["product_tmpl_id"])
        return [each for each in same if each != record_id and self.row(each).get("active")]

    def _on_unlinked(self, ids: list[int]) -> None:
        del ids
        templates = self.env.business("product.template")
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
        self.env.business("product.template").write(template, {"list_price": float(value) - extra})

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
    """The unit is the price's own."""

    RELATED: ClassVar = {}
    DEFAULTS: ClassVar = {
        **SupplierInfo.DEFAULTS,
        "product_uom_id": lambda model: model.env.reference("uom.product_uom_unit"),
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
