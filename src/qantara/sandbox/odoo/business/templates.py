"""Product templates: what is sold, whatever its variants."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import levels
from qantara.sandbox.odoo.business.variants import regenerate
from qantara.sandbox.odoo.errors import UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

ON_VARIANT = ("default_code", "barcode", "standard_price", "weight", "volume")


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
        ordered = self.env.version >= 18 and vals["type"] == "service"
        vals.setdefault("purchase_method", "purchase" if ordered else "receive")
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
        if vals.get("default_code") and len(self.variants(record_id)) > 1:
            self.put(record_id, default_code=vals["default_code"])

    def write(self, ids: Any, vals: Values) -> bool:
        return super().write(ids, self._types_in_step(vals, created=False))

    def _on_written(self, ids: list[int], vals: Values) -> None:
        products = self.env.model("product.product")
        for record_id in ids:
            if "uom_id" in vals and "uom_po_id" not in vals:
                self._follow_unit(record_id)
            self._check_units(record_id)
            if vals.get("active") is False:
                for each in self.variants(record_id):
                    products.put(each, active=False)
            elif "attribute_line_ids" in vals or (
                vals.get("active")
                # With active_test False archived variants count, and stay archived (16 and 18).
                and not self.variants(record_id, archived=not self.env.active_test)
            ):
                regenerate(self.env, record_id)
            self.touch_variants(record_id)

    def touch_variants(self, record_id: int) -> None:
        """From 17 write_date of the products moves with that of their template."""
        if self.env.version >= 17:
            for each in self.variants(record_id, archived=True):
                self.env.model("product.product").put(each)

    def _on_translated(self, record_id: int) -> None:
        self.touch_variants(record_id)

    def _follow_unit(self, record_id: int) -> None:
        """The purchase unit must stay of the same category."""
        row = self.row(record_id)
        bought = row.get("uom_po_id")
        if bought and not self.env.business("uom.uom").same_kind(row["uom_id"], bought):
            self.put(record_id, uom_po_id=row["uom_id"])

    def _check_units(self, record_id: int) -> None:
        row = self.row(record_id)
        units = self.env.business("uom.uom")
        bought = row.get("uom_po_id")
        if bought and row.get("uom_id") and not units.same_kind(row["uom_id"], bought):
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
        """Given at the creation of several variants it stays until one of theirs is written."""
        return self._from_single(row, "default_code") or row.get("default_code")

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
