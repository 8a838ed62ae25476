"""Warehouses with their locations and operation types, and what lies where."""

from collections.abc import Mapping
from typing import Any, ClassVar

from qantara.sandbox.odoo.errors import NotImitated, ValidationError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

KINDS = (("incoming", "Receipts", "IN"), ("outgoing", "Delivery Orders", "OUT"))
INTERNAL = ("internal", "Internal Transfers", "INT")
BYPASS = frozenset({"supplier", "customer", "inventory", "production", "view"})
COUNTED = frozenset(
    {
        *("product_id", "location_id", "lot_id", "user_id", "inventory_date"),
        *("inventory_quantity", "inventory_quantity_auto_apply", "inventory_quantity_set"),
    }
)


class Warehouse(Model):
    """Makes its own locations and operation types."""

    ORDER = "sequence,id"
    NAME_SEARCH = ("code",)
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 10,
        "company_id": 1,
        "partner_id": lambda model: model.env.store.table("res.company").rows[1]["partner_id"],
        "reception_steps": "one_step",
        "delivery_steps": "ship_only",
    }
    UNIQUE: ClassVar = {
        ("name", "company_id"): "The name of the warehouse must be unique per company!",
        ("code", "company_id"): "The short name of the warehouse must be unique per company!",
    }

    def _on_creating(self, vals: Values) -> Values:
        for name in ("reception_steps", "delivery_steps"):
            if vals.get(name) not in ("one_step", "ship_only"):
                raise NotImitated(f"a warehouse with {name} = {vals.get(name)!r}")
        locations = self.env.business("stock.location")
        above: int | bool = False
        if self.env.version < 19:
            above = self.env.reference("stock.stock_location_locations")
        whose = {"company_id": vals["company_id"]}
        view = locations.make(
            {"name": vals.get("code"), "usage": "view", "location_id": above, **whose}
        )
        stock = locations.make({"name": "Stock", "usage": "internal", "location_id": view, **whose})
        return {**vals, "view_location_id": view, "lot_stock_id": stock}

    def _on_created(self, record_id: int, vals: Values) -> None:
        stock = vals["lot_stock_id"]
        vendors = self.env.reference("stock.stock_location_suppliers")
        customers = self.env.reference("stock.stock_location_customers")
        ends = {"incoming": (vendors, stock), "outgoing": (stock, customers)}
        made = {}
        for code, name, short in (*KINDS, INTERNAL):
            source, target = ends.get(code, (stock, stock))
            made[code] = self.env.business("stock.picking.type").make(
                {
                    "name": name,
                    "code": code,
                    "sequence_code": short,
                    "warehouse_id": record_id,
                    "company_id": vals["company_id"],
                    "default_location_src_id": source,
                    "default_location_dest_id": target,
                    "active": code != "internal",
                }
            )
        names = {"incoming": "in_type_id", "outgoing": "out_type_id", "internal": "int_type_id"}
        self.put(record_id, **{names[code]: each for code, each in made.items()})


class Location(Model):
    """A tree; the path stops below a view."""

    PARENT = "location_id"
    RECURSION = "You cannot create recursive locations."
    ORDER = "complete_name, id"
    REC_NAME = "complete_name"
    NAME_SEARCH = ("barcode",)
    DEFAULTS: ClassVar = {"active": True, "usage": "internal", "company_id": 1}
    COMPUTES: ClassVar = {
        "complete_name": "_path",
        "warehouse_id": "_warehouse",
        "parent_path": "_parent_path",
    }

    def _path(self, row: Row) -> str:
        above = row.get("location_id")
        if above and row.get("usage") != "view":
            return f"{self._path(self.row(above))}/{row['name']}"
        return str(row.get("name"))

    def _parent_path(self, row: Row) -> str:
        above = row.get("location_id")
        return f"{self._parent_path(self.row(above)) if above else ''}{row['id']}/"

    def _warehouse(self, row: Row) -> int | None:
        warehouses = self.env.store.table("stock.warehouse").rows.values()
        roots = {each["view_location_id"]: each["id"] for each in warehouses}
        current: int | None = row["id"]
        while current is not None:
            if current in roots:
                return int(roots[current])
            current = self.row(current).get("location_id")
        return None

    def bypasses_reservation(self, record_id: int) -> bool:
        """Nothing needs to lie at a vendor's to be taken from there."""
        return self.row(record_id).get("usage") in BYPASS


class PickingType(Model):
    """Receipts, deliveries, internal transfers of one warehouse."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 1,
        "company_id": 1,
        "create_backorder": "ask",
        "reservation_method": "at_confirm",
        "use_create_lots": True,
        "use_existing_lots": True,
        "color": 0,
    }

    def _display_name(self, row: Row) -> str:
        name = str(self.getter("name")(row))
        if not row.get("warehouse_id"):
            return name
        warehouse = self.env.store.table("stock.warehouse").rows[row["warehouse_id"]]
        return f"{warehouse['name']}: {name}"

    def next_name(self, record_id: int) -> str:
        """`WH/OUT/00001`."""
        row = self.row(record_id)
        code = self.env.store.table("stock.warehouse").rows[row["warehouse_id"]]["code"]
        prefix = f"{code}/{row['sequence_code']}"
        return f"{prefix}/{self.env.store.next_number(f'{prefix} {record_id}'):05}"


class Lot(Model):
    """Known by its name among those of a product."""

    DEFAULTS: ClassVar = {"company_id": 1}
    RELATED: ClassVar = {"product_uom_id": "product_id.uom_id"}

    def named(self, product: int, name: str) -> int | None:
        """The lot of the product with this name."""
        for each in self.table.with_value("product_id", product):
            if self.row(each).get("name") == name:
                return int(each)
        return None


class Package(Model):
    """A box that goods lie in; numbered where nobody names it."""

    DEFAULTS: ClassVar = {
        "name": lambda model: f"PACK{model.env.store.next_number('stock.quant.package'):07}"
    }


Place = tuple[int, int, int | None, int | None]
"""What a quant stands for: product, location, lot, package."""


class Quant(Model):
    """What lies in one location. Counted in `inventory_mode`, applied by its action."""

    REC_NAME = "product_id"
    DEFAULTS: ClassVar = {
        "quantity": 0.0,
        "reserved_quantity": 0.0,
        "inventory_quantity": 0.0,
        "inventory_diff_quantity": 0.0,
        "inventory_quantity_set": False,
        "in_date": lambda model: model.env.stamp[:19],
    }
    COMPUTES: ClassVar = {
        "available_quantity": "_available",
        "company_id": "_company",
        "is_outdated": "_is_outdated",
        "inventory_quantity_auto_apply": "_auto_apply",
    }
    INVERSES: ClassVar = {
        "inventory_quantity_auto_apply": "_set_auto_apply",
        "inventory_quantity": "_set_inventory_quantity",
    }
    RELATED: ClassVar = {
        "product_tmpl_id": "product_id.product_tmpl_id",
        "product_uom_id": "product_id.uom_id",
        "warehouse_id": "location_id.warehouse_id",
    }
    METHODS = frozenset({"action_apply_inventory", "action_clear_inventory_quantity"})
    KNOWN = frozenset({"action_set_inventory_quantity", "action_inventory_history", "move_quants"})

    def create(self, vals_list: Values | list[Values]) -> int | list[int]:
        """In inventory mode an existing quant of the place is taken instead of a new one."""
        if not self.env.context.get("inventory_mode"):
            raise NotImitated("stock.quant.create() without inventory_mode in the context")
        if isinstance(vals_list, dict):
            return self._count(vals_list)
        return [self._count(vals) for vals in vals_list]

    def write(self, ids: Any, vals: Values) -> bool:
        """Only what a count may change."""
        refused = vals.keys() - COUNTED
        if refused:
            raise NotImitated(f"writing {', '.join(sorted(refused))} of stock.quant")
        return super().write(ids, vals)

    def action_apply_inventory(self, ids: list[int]) -> Any:
        """None, or the dialogue the server opens when the stock moved after the count."""
        known = self.existing(ids)
        outdated = [each for each in known if self._is_outdated(self.row(each))]
        if outdated:
            return {
                "name": "Conflict in Inventory Adjustment",
                "type": "ir.actions.act_window",
                "res_model": "stock.inventory.conflict",
                "view_mode": "form",
                "target": "new",
                "context": {"default_quant_ids": known, "default_quant_to_fix_ids": outdated},
            }
        for record_id in known:
            if self.row(record_id).get("inventory_quantity_set"):
                self._apply_count(record_id)
        return None

    def action_clear_inventory_quantity(self, ids: list[int]) -> None:
        """Forget the count."""
        for record_id in self.existing(ids):
            self._forget_count(record_id)

    def change(self, place: Place, quantity: float) -> None:
        """Add to (or take from) what lies there; below zero is allowed, as on the real server."""
        names = ("product_id", "location_id", "lot_id", "package_id")
        record_id = self.gathered(place) or self.make(dict(zip(names, place, strict=True)))
        held = rounded((self.row(record_id).get("quantity") or 0.0) + quantity, 2)
        self._check_serial(place, held)
        self.put(record_id, quantity=held)

    def reserve(
        self, product: int, location: int, sums: Mapping[tuple[int | None, int | None], float]
    ) -> None:
        """Set what is reserved there, by lot and package."""
        for each in list(self.table.with_value("product_id", product)):
            row = self.row(each)
            if row["location_id"] != location:
                continue
            wanted = float(sums.get((row.get("lot_id"), row.get("package_id")), 0.0))
            if (row.get("reserved_quantity") or 0.0) != wanted:
                self.put(each, reserved_quantity=wanted)

    def gathered(self, place: Place) -> int | None:
        """The quant of that place."""
        for each in self.table.with_value("product_id", place[0]):
            row = self.row(each)
            if (row["location_id"], row.get("lot_id"), row.get("package_id")) == place[1:]:
                return int(each)
        return None

    def _check_serial(self, place: Place, quantity: float) -> None:
        products = self.env.model("product.product")
        usage = self.env.business("stock.location").row(place[1]).get("usage")
        single = products.value(place[0], "tracking") == "serial"
        if quantity > 1 and place[2] and single and usage == "internal":
            name = products.display_name(products.row(place[0]))
            lot = self.env.business("stock.lot").row(place[2])["name"]
            raise ValidationError(
                f"The serial number has already been assigned: \n Product: {name}, Serial Number: {lot}"
            )

    def vacuum(self) -> None:
        """What the server does now and then: empty quants vanish without a trace."""
        names = ("quantity", "reserved_quantity", "inventory_quantity")
        empty = [
            row["id"]
            for row in self.table.rows.values()
            if not any(row.get(name) for name in names) and not row.get("user_id")
        ]
        self.unlink(empty)

    def _count(self, vals: Values) -> int:
        self._check_names(vals)
        refused = vals.keys() - COUNTED
        if refused:
            raise NotImitated(f"counting with {', '.join(sorted(refused))}")
        names = ("product_id", "location_id", "lot_id")
        place: Values = {name: vals[name] for name in names if vals.get(name)}
        whole = {"product_id", "location_id"} <= place.keys()
        found = None
        if whole:
            where = (place["product_id"], place["location_id"], place.get("lot_id"), None)
            found = self.gathered(where)
        record_id = found or self.make(place)
        self.write(record_id, {k: v for k, v in vals.items() if k not in place and k != "lot_id"})
        return record_id

    def _on_created(self, record_id: int, vals: Values) -> None:
        del vals
        row = self.row(record_id)
        if row.get("product_id") is None or row.get("location_id") is None:
            return  # the required columns refuse it
        if not is_storable(self.env.model("product.product"), row["product_id"]):
            raise ValidationError("Quants cannot be created for consumables or services.")
        location = self.env.business("stock.location").row(row["location_id"])
        if location.get("usage") == "view":
            raise ValidationError(
                "You cannot take products from or deliver products to a location of type"
                f' "view" ({location["name"]}).'
            )

    def _set_inventory_quantity(self, record_id: int, value: Any) -> None:
        number = rounded(float(value or 0.0), 2)
        self.put(
            record_id,
            inventory_quantity=number,
            inventory_quantity_set=True,
            user_id=self.env.uid if self.env.context.get("inventory_mode") else None,
            inventory_diff_quantity=number - (self.row(record_id).get("quantity") or 0.0),
        )

    def _set_auto_apply(self, record_id: int, value: Any) -> None:
        self._set_inventory_quantity(record_id, value)
        self._apply_count(record_id)

    def _apply_count(self, record_id: int) -> None:
        row = self.row(record_id)
        difference = row["inventory_quantity"] - (row.get("quantity") or 0.0)
        if difference:
            self._book(row, difference)
            self.put(record_id, quantity=row["inventory_quantity"])
        self._forget_count(record_id)

    def _forget_count(self, record_id: int) -> None:
        blank = {"inventory_quantity": 0.0, "inventory_diff_quantity": 0.0}
        self.put(record_id, **blank, inventory_quantity_set=False, user_id=None)

    def _book(self, row: Row, difference: float) -> None:
        """The count becomes a done move from or to the loss location."""
        loss = self.env.reference("stock.location_inventory")
        here = row["location_id"]
        source, target = (loss, here) if difference > 0 else (here, loss)
        self.change((row["product_id"], loss, row.get("lot_id"), None), -difference)
        self.env.business("stock.move").record_count(row, source, target, abs(difference))

    def _display_name(self, row: Row) -> str:
        products = self.env.model("product.product")
        return products.display_name(products.row(row["product_id"]))

    def _available(self, row: Row) -> float:
        return float((row.get("quantity") or 0.0) - (row.get("reserved_quantity") or 0.0))

    def _company(self, row: Row) -> Any:
        return self.env.store.table("stock.location").rows[row["location_id"]].get("company_id")

    def _is_outdated(self, row: Row) -> bool:
        if not row.get("inventory_quantity_set"):
            return False
        difference = row["inventory_quantity"] - (row.get("quantity") or 0.0)
        return bool(rounded(difference - row["inventory_diff_quantity"], 2))

    def _auto_apply(self, row: Row) -> float:
        return float(row.get("quantity") or 0.0)


def is_storable(products: Model, record_id: int) -> bool:
    """The product has quants: `detailed_type` until 17, `is_storable` from 18."""
    if "is_storable" in products.fields:
        return bool(products.value(record_id, "is_storable"))
    return bool(products.value(record_id, "detailed_type") == "product")
