"""Attributes and the variants they make: create what is missing, archive or delete what is not."""

import itertools
from collections.abc import Iterable
from typing import Any, ClassVar

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated, UniqueError, UserError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

LIMIT = 1000


def regenerate(env: Env, template: int) -> None:
    """Bring the products of a template in step with its attribute lines. Safe to repeat."""
    if not env.model("product.template").row(template).get("active"):
        return
    lines = _varying_lines(env, template)
    products = env.model("product.product")
    present = sorted(
        products.table.with_value("product_tmpl_id", template),
        key=lambda each: (bool(products.row(each).get("active")), -each),
    )
    _extend_by_single_values(products, present, lines)
    known = {frozenset(_values(products, each)): each for each in present}
    wanted = [frozenset(combination) for combination in itertools.product(*lines)]
    if len(wanted) > LIMIT:
        raise UserError(
            "The number of variants to generate is above allowed limit. You should either not"
            " generate variants for each combination or generate them on demand from the sales"
            " order. To do so, open the form view of attributes and change the mode of"
            " *Create Variants*."
        )
    _keep_only(products, present, {known[each] for each in wanted if each in known})
    for combination in wanted:
        if combination not in known:
            values = {"product_template_attribute_value_ids": [(6, 0, sorted(combination))]}
            products.make({"product_tmpl_id": template, **values})


def _keep_only(products: Model, present: list[int], keep: set[int]) -> None:
    for each in keep:
        if not products.row(each).get("active"):
            products.put(each, active=True)
    for each in present:
        if each not in keep:
            delete_or_archive(products, each)


def delete_or_archive(products: Model, record_id: int) -> None:
    """A product that something points to is only archived."""
    if _is_used(products.env, record_id):
        if products.row(record_id).get("active"):
            products.put(record_id, active=False)
    else:
        for quant in products.env.store.table("stock.quant").with_value("product_id", record_id):
            products.env.store.table("stock.quant").delete(quant)
        Model.unlink(_Orphaned(products.env, products.schema), [record_id])


class _Orphaned(Model):
    """Products deleted without their template."""


def _is_used(env: Env, product: int) -> bool:
    tables = ("stock.move", "sale.order.line", "purchase.order.line", "stock.quant")
    return any(
        env.has(name) and env.store.table(name).with_value("product_id", product) for name in tables
    )


def _varying_lines(env: Env, template: int) -> list[list[int]]:
    """Per line that makes variants, the active template values in order."""
    lines = env.model("product.template.attribute.line")
    values = env.model("product.template.attribute.value")
    attributes = env.model("product.attribute")
    found = []
    for line in sorted(lines.table.with_value("product_tmpl_id", template)):
        mode = attributes.row(lines.row(line)["attribute_id"]).get("create_variant")
        if mode == "dynamic":
            raise NotImitated("attributes whose variants are created dynamically")
        active = [
            each
            for each in sorted(values.table.with_value("attribute_line_id", line))
            if values.row(each).get("ptav_active")
        ]
        if active and lines.row(line).get("active") and mode == "always":
            found.append(active)
    return found


def _extend_by_single_values(products: Model, present: list[int], lines: list[list[int]]) -> None:
    """An attribute with one value is added to the products instead of replacing them."""
    single = [line[0] for line in lines if len(line) == 1]
    attribute = products.env.model("product.template.attribute.value").getter("attribute_id")
    rows = products.env.store.table("product.template.attribute.value").rows
    for each in present if single else ():
        combined = set(_values(products, each)) | set(single)
        if len(combined) == len(lines) == len({attribute(rows[value]) for value in combined}):
            products.put(each, product_template_attribute_value_ids=tuple(sorted(combined)))


def _values(products: Model, record_id: int) -> tuple[int, ...]:
    return products.row(record_id).get("product_template_attribute_value_ids") or ()


class Attribute(Model):
    """Size, colour; its mode cannot change once used."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {
        "active": True,
        "create_variant": "always",
        "display_type": "radio",
        "sequence": lambda model: 0 if model.env.version < 18 else 20,
    }

    def _on_writing(self, record_id: int, vals: Values) -> None:
        used = self.env.store.table("product.template.attribute.line").with_value(
            "attribute_id", record_id
        )
        mode = self.row(record_id).get("create_variant")
        if used and vals.get("create_variant", mode) != mode:
            raise UserError(
                "You cannot change the Variants Creation Mode of the attribute"
                f" {self.getter('name')(self.row(record_id))} because it is used on the"
                " following products."
            )

    def _on_unlinking(self, ids: list[int]) -> None:
        lines = self.env.store.table("product.template.attribute.line")
        for record_id in ids:
            if lines.with_value("attribute_id", record_id):
                raise UserError(
                    "You cannot delete the attribute"
                    f" {self.getter('name')(self.row(record_id))} because it is used on the"
                    " following products."
                )


class AttributeValue(Model):
    """One colour of the attribute Colour."""

    ORDER = "attribute_id, sequence, id"
    DEFAULTS: ClassVar = {"active": True, "is_custom": False, "sequence": 0, "color": 1}

    def _display_name(self, row: Row) -> str:
        if not self.env.context.get("show_attribute", True):
            return str(self.getter("name")(row))
        attributes = self.env.model("product.attribute")
        attribute = attributes.getter("name")(attributes.row(row["attribute_id"]))
        return f"{attribute}: {self.getter('name')(row)}"

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._on_written([record_id], vals)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if self.env.version >= 18 or not {"name", "attribute_id"} & vals.keys():
            return  # 18 allows two values of one name
        for record_id in ids:
            row = self.row(record_id)
            english = self._languages_of(row.get("name")).get("en_US")
            for other in self.table.with_value("attribute_id", row.get("attribute_id")):
                held = self._languages_of(self.row(other).get("name")).get("en_US")
                if other != record_id and held == english:
                    raise UniqueError(
                        "You cannot create two values with the same name for the same attribute.",
                        field="name",
                        label="Value",
                    )

    def _on_unlinking(self, ids: list[int]) -> None:
        values = self.env.store.table("product.template.attribute.value")
        for record_id in ids:
            if values.with_value("product_attribute_value_id", record_id):
                raise UserError(
                    f"You cannot delete the value {self.getter('name')(self.row(record_id))}"
                    " because it is used on the following products."
                )


class AttributeLine(Model):
    """An attribute on a template, with the values it takes there."""

    ORDER = "attribute_id, id"
    REC_NAME = "attribute_id"
    DEFAULTS: ClassVar = {"active": True, "sequence": 10}
    COMPUTES: ClassVar = {"value_count": "_value_count"}

    def _value_count(self, row: Row) -> int:
        return len(row.get("value_ids") or ())

    def _display_name(self, row: Row) -> str:
        attributes = self.env.model("product.attribute")
        return attributes.display_name(attributes.row(row["attribute_id"]))

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        self._refresh(record_id)

    def _on_writing(self, record_id: int, vals: Values) -> None:
        row = self.row(record_id)
        for name in ("product_tmpl_id", "attribute_id"):
            if name in vals and vals[name] != row[name]:
                raise UserError(f"You cannot move the attribute line: {name} cannot change.")

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if {"value_ids", "active"} & vals.keys():
            for record_id in ids:
                self._refresh(record_id)

    def unlink(self, ids: Any) -> bool:
        """A line whose archived products still name its values is archived, not deleted."""
        values = self.env.model("product.template.attribute.value")
        for record_id in self.existing(ids):
            template = self.row(record_id)["product_tmpl_id"]
            self.put(record_id, active=False)
            for each in values.table.with_value("attribute_line_id", record_id):
                values.put(each, ptav_active=False)
            regenerate(self.env, template)
            for each in values.table.with_value("attribute_line_id", record_id):
                if not self._is_named(template, each):
                    values.unlink(each)
            if not values.table.with_value("attribute_line_id", record_id):
                super().unlink([record_id])
        return True

    def _refresh(self, record_id: int) -> None:
        """Bring the template's values and products in step with the line."""
        row = self.row(record_id)
        if row.get("active"):
            self._check_values(row)
        chosen = row.get("value_ids") or () if row.get("active") else ()
        dropped = self._match_values(record_id, chosen)
        template = row["product_tmpl_id"]
        if self.env.store.table("product.product").with_value("product_tmpl_id", template):
            regenerate(self.env, template)
        for each in dropped:
            if not self._is_named(template, each):
                self.env.model("product.template.attribute.value").unlink(each)

    def _match_values(self, record_id: int, chosen: Iterable[int]) -> list[int]:
        """Make or wake what is chosen; put to sleep and return what is not."""
        values = self.env.model("product.template.attribute.value")
        held = {
            values.row(each)["product_attribute_value_id"]: each
            for each in values.table.with_value("attribute_line_id", record_id)
        }
        for value in chosen:
            if value in held:
                values.put(held[value], ptav_active=True)
            else:
                values.make({"attribute_line_id": record_id, "product_attribute_value_id": value})
        dropped = [each for value, each in held.items() if value not in set(chosen)]
        for each in dropped:
            values.put(each, ptav_active=False)
        return dropped

    def _is_named(self, template: int, value: int) -> bool:
        products = self.env.model("product.product")
        ids = products.table.with_value("product_tmpl_id", template)
        return any(value in _values(products, each) for each in ids)

    def _check_values(self, row: Row) -> None:
        templates = self.env.business("product.template")
        product = templates.getter("name")(templates.row(row["product_tmpl_id"]))
        if not row.get("value_ids"):
            raise ValidationError(
                f"The attribute {self._display_name(row)} must have at least one value"
                f" for the product {product}."
            )
        values = self.env.model("product.attribute.value")
        for each in row["value_ids"]:
            if values.row(each)["attribute_id"] != row["attribute_id"]:
                raise ValidationError(
                    f"On the product {product} you cannot associate the value"
                    f" {values.getter('name')(values.row(each))} with the attribute"
                    f" {self._display_name(row)} because they do not match."
                )


class TemplateValue(Model):
    """A value on a template, with the price it adds."""

    ORDER = "attribute_line_id, product_attribute_value_id, id"
    DEFAULTS: ClassVar = {"ptav_active": True, "price_extra": 0.0}
    RELATED: ClassVar = {
        "name": "product_attribute_value_id.name",
        "html_color": "product_attribute_value_id.html_color",
        "product_tmpl_id": "attribute_line_id.product_tmpl_id",
        "attribute_id": "attribute_line_id.attribute_id",
    }
    COMPUTES: ClassVar = {
        "currency_id": "_currency",
        "ptav_product_variant_ids": "_variants",
    }

    def _currency(self, row: Row) -> int:
        del row
        return int(self.env.store.table("res.company").rows[1]["currency_id"])

    def _variants(self, row: Row) -> list[int]:
        products = self.env.model("product.product")
        template = self.getter("product_tmpl_id")(row)
        ids = products.table.with_value("product_tmpl_id", template)
        return [each for each in sorted(ids) if row["id"] in _values(products, each)]

    def _display_name(self, row: Row) -> str:
        attributes = self.env.model("product.attribute")
        attribute = attributes.display_name(attributes.row(self.getter("attribute_id")(row)))
        return f"{attribute}: {self.getter('name')(row)}"
