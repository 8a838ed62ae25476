"""What shops use besides: tags, price rules, carriers, sales teams and replenishment."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business import levels
from qantara.sandbox.odoo.errors import NotImitated, UniqueError, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row


class Tag(Model):
    """Of products; the name is unique, each language for itself."""

    ORDER = "name"
    DEFAULTS: ClassVar = {"color": lambda model: model.first_color(), "sequence": 10}
    COMPUTES: ClassVar = {
        "product_template_ids": "_templates",
        "product_product_ids": "_none",
        "product_ids": "_products",
    }

    def first_color(self) -> int | str:
        """16 numbers its colours."""
        return 1 if self.env.version == 16 else "#3C3C3C"

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        self._check_name(record_id)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids if "name" in vals else ():
            self._check_name(record_id)

    def _check_name(self, record_id: int) -> None:
        name = self.row(record_id)["name"]
        if any(row["name"] == name for row in self.table.rows.values() if row["id"] != record_id):
            space = " " if self.env.version == 16 else ""
            text = f"Tag name already exists{space}!"
            raise UniqueError(text, field="name", label="Name")

    def _templates(self, row: Row) -> list[int]:
        rows = self.env.store.table("product.template").rows.values()
        return [each["id"] for each in rows if row["id"] in (each.get("product_tag_ids") or ())]

    def _products(self, row: Row) -> list[int]:
        products = self.env.store.table("product.product")
        found = (products.with_value("product_tmpl_id", each) for each in self._templates(row))
        return sorted(each for ids in found for each in ids)

    def _none(self, row: Row) -> list[int]:
        del row
        return []


class PricelistItem(Model):
    """A fixed price; discounts and formulas may be written and are refused where they count."""

    ORDER = "applied_on, min_quantity desc, categ_id desc, id desc"
    DEFAULTS: ClassVar = {
        "applied_on": "3_global",
        "compute_price": "fixed",
        "base": "list_price",
        "fixed_price": 0.0,
        "min_quantity": 0.0,
        "pricelist_id": lambda model: next(
            iter(model.env.store.table("product.pricelist").rows), False
        ),
    }
    COMPUTES: ClassVar = {"name": "_rule_name", "price": "_price_text"}
    RELATED: ClassVar = {
        "currency_id": "pricelist_id.currency_id",
        "company_id": "pricelist_id.company_id",
    }

    def price_of(self, pricelist: int, product: int, quantity: float) -> float | None:
        """The fixed price of the first rule that fits; None where none does."""
        for row in self.find([("pricelist_id", "=", pricelist)]):
            if self._fits(row, product, quantity):
                if row["compute_price"] != "fixed":
                    raise NotImitated(f"a price rule of the kind {row['compute_price']}")
                return float(row["fixed_price"])
        return None

    def _on_creating(self, vals: Values) -> Values:
        """A rule for a product says so, as the form would."""
        if vals.get("product_id") and not vals.get("product_tmpl_id"):
            rows = self.env.store.table("product.product").rows
            if vals["product_id"] in rows:
                vals["product_tmpl_id"] = rows[vals["product_id"]]["product_tmpl_id"]
        return vals

    def _fits(self, row: Row, product: int, quantity: float) -> bool:
        products = self.env.model("product.product")
        if (row.get("min_quantity") or 0.0) > quantity or not self._in_time(row):
            return False
        match row["applied_on"]:
            case "0_product_variant":
                return bool(row.get("product_id") == product)
            case "1_product":
                return bool(
                    row.get("product_tmpl_id") == products.value(product, "product_tmpl_id")
                )
            case "2_product_category":
                below = self.env.model("product.category").descendants([row["categ_id"]])
                return products.value(product, "categ_id") in below
            case _:
                return True

    def _in_time(self, row: Row) -> bool:
        start, end = row.get("date_start"), row.get("date_end")
        return (not start or start <= self.env.stamp) and (not end or self.env.stamp <= end)

    def _rule_name(self, row: Row) -> str:
        name = self._target(row)
        if row["applied_on"] == "3_global":
            return "All Products"
        kinds = {"0": "Variant: ", "1": "Product: ", "2": "Category: "}
        kind = kinds[row["applied_on"][0]]
        bare = self.env.version > 17 and not kind.startswith("Category")
        return name if bare else f"{kind}{name}"

    def _target(self, row: Row) -> str:
        links = {"0": "product_id", "1": "product_tmpl_id", "2": "categ_id"}
        link = links.get(row["applied_on"][0])
        target = row.get(link) if link else None
        if not link or not target:
            return ""
        other = self.env.model(str(self.field(link).relation))
        return other.display_name(other.row(target))

    def _price_text(self, row: Row) -> str:
        currencies = self.env.store.table("res.currency").rows
        currency = currencies[self.value(row["id"], "currency_id")]
        amount = f"{row['fixed_price']:,.2f}"
        before = currency.get("position") == "before"
        return f"{currency['symbol']} {amount}" if before else f"{amount} {currency['symbol']}"


class Carrier(Model):
    """A way to deliver, with its fixed price; no provider is asked."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 10,
        "delivery_type": "fixed",
        "fixed_price": 0.0,
        "free_over": False,
        "margin": 0.0,
    }


class Team(Model):
    """Who sells."""

    ORDER = "sequence ASC, id"
    DEFAULTS: ClassVar = {"active": True, "sequence": 10}


class SalesTag(Model):
    """A label of orders."""

    DEFAULTS: ClassVar = {"color": 1}


class Orderpoint(Model):
    """When to buy more; nothing is bought by it here."""

    ORDER = "location_id,company_id,id"
    DEFAULTS: ClassVar = {
        "trigger": "auto",
        "active": True,
        "product_min_qty": 0.0,
        "product_max_qty": 0.0,
        "qty_multiple": 1.0,
        "company_id": 1,
        "warehouse_id": lambda model: next(
            iter(model.env.store.table("stock.warehouse").rows), False
        ),
    }
    COMPUTES: ClassVar = {
        "qty_on_hand": "_on_hand",
        "qty_forecast": "_forecast",
        "qty_to_order": "_to_order",
    }
    RELATED: ClassVar = {
        "product_tmpl_id": "product_id.product_tmpl_id",
        "product_category_id": "product_id.categ_id",
        "product_uom": "product_id.uom_id",
        "product_uom_name": "product_id.uom_name",
    }
    UNIQUE: ClassVar = {
        ("product_id", "location_id", "company_id"): (
            "A replenishment rule already exists for this product on this location."
        )
    }

    def _on_creating(self, vals: Values) -> Values:
        vals["name"] = f"OP/{self.env.store.next_number(self.name):05}"
        if vals.get("warehouse_id") and not vals.get("location_id"):
            rows = self.env.store.table("stock.warehouse").rows
            vals["location_id"] = rows[vals["warehouse_id"]]["lot_stock_id"]
        return vals

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        self._check_numbers(record_id)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids if vals.keys() & {"product_min_qty", "product_max_qty"} else ():
            self._check_numbers(record_id)

    def _check_numbers(self, record_id: int) -> None:
        row = self.row(record_id)
        if self.env.version > 16 and row["product_min_qty"] > row["product_max_qty"]:
            raise ValidationError(
                "The minimum quantity must be less than or equal to the maximum quantity."
            )

    def _on_hand(self, row: Row) -> float:
        return levels.on_hand(self._here(row), row["product_id"])

    def _forecast(self, row: Row) -> float:
        env = self._here(row)
        coming = levels.incoming(env, row["product_id"])
        return self._on_hand(row) + coming - levels.outgoing(env, row["product_id"])

    def _to_order(self, row: Row) -> float:
        """Up to the maximum, once the forecast is below the minimum."""
        forecast = self._forecast(row)
        return row["product_max_qty"] - forecast if forecast < row["product_min_qty"] else 0.0

    def _here(self, row: Row) -> Any:
        return self.env.using(location=row["location_id"])
