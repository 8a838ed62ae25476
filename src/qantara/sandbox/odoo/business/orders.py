"""What purchase and sales orders share: numbering, lines, totals."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.business.amounts import (
    Share,
    Totals,
    digits_of,
    globally,
    share,
    totals,
)
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded


class Order(Model):
    """The subclass names its line model, its number's prefix and its workflow."""

    LINE: ClassVar[str]
    PREFIX: ClassVar[str]
    QUANTITY: ClassVar[str]

    def lines(self, record_id: int) -> list[int]:
        return sorted(self.env.store.table(self.LINE).with_value("order_id", record_id))

    def product_lines(self, record_id: int) -> list[Row]:
        """Without sections and notes."""
        rows = self.env.store.table(self.LINE).rows
        return [rows[each] for each in self.lines(record_id) if not rows[each].get("display_type")]

    def pickings(self, row: Row) -> list[int]:
        """The transfers of this order's lines, oldest first."""
        if not self.env.has("stock.move"):
            return []
        link = "purchase_line_id" if self.PREFIX == "P" else "sale_line_id"
        moves = self.env.store.table("stock.move")
        found = {
            moves.rows[move].get("picking_id")
            for line in self.lines(row["id"])
            for move in moves.with_value(link, line)
        }
        return sorted(each for each in found if each)

    def _on_creating(self, vals: Values) -> Values:
        if vals.get("name") in (None, False, "New", "/"):
            vals["name"] = f"{self.PREFIX}{self.env.store.next_number(self.name):05}"
        return vals

    def _totals(self, row: Row) -> Totals:
        lines: OrderLine = self.env.model(self.LINE)  # type: ignore[assignment]
        shares = [lines.share(each) for each in self.product_lines(row["id"])]
        digits = digits_of(self.env, self.value(row["id"], "currency_id"))
        return totals(self.env, shares, digits, over_all=globally(self.env))

    def _untaxed(self, row: Row) -> float:
        return self._totals(row).untaxed

    def _tax(self, row: Row) -> float:
        found = self._totals(row)
        return rounded(found.tax, digits_of(self.env, self.value(row["id"], "currency_id")))

    def _amount(self, row: Row) -> float:
        found = self._totals(row)
        digits = digits_of(self.env, self.value(row["id"], "currency_id"))
        return rounded(found.untaxed + found.tax, digits)

    def _launch(self, record_id: int, kind: int, quantities: dict[int, float]) -> int | None:
        """One transfer for these lines, reserved at once."""
        rows = self.env.store.table(self.LINE).rows
        quantities = {
            line: quantity
            for line, quantity in quantities.items()
            if quantity > 0 and self._is_goods(rows[line]["product_id"])
        }
        if not quantities or not self.env.has("stock.picking"):
            return None
        row = self.row(record_id)
        vals = {
            "picking_type_id": kind,
            "partner_id": row.get("partner_shipping_id") or row.get("partner_id"),
            "origin": self._origin(row),
        }
        pickings = self.env.business("stock.picking")
        picking: int = pickings.make({name: value for name, value in vals.items() if value})
        for line, quantity in quantities.items():
            self._make_move(picking, rows[line], quantity)
        pickings.action_confirm([picking])
        return picking

    def _make_move(self, picking: int, line: Row, quantity: float) -> None:
        held = self.env.business("stock.picking").row(picking)
        moves = self.env.business("stock.move")
        link = "purchase_line_id" if self.PREFIX == "P" else "sale_line_id"
        names = ["picking_type_id", "location_id", "location_dest_id", "origin"]
        names += ["partner_id"] if self.PREFIX == "S" else []
        vals: Values = {name: held.get(name) for name in names}
        kinds = self.env.store.table("stock.picking.type").rows
        deadline = line.get("date_planned") or self.row(line["order_id"]).get("date_order")
        moves.make(
            {
                **vals,
                **({"name": line["name"]} if "name" in moves.fields else {}),
                "picking_id": picking,
                "product_id": line["product_id"],
                "product_uom": line.get("product_uom") or line.get("product_uom_id"),
                "product_uom_qty": quantity,
                "price_unit": (line.get("price_unit") or 0.0) if self.PREFIX == "P" else 0.0,
                "warehouse_id": kinds[held["picking_type_id"]].get("warehouse_id"),
                "date_deadline": str(deadline)[:19],
                link: line["id"],
            }
        )

    def _is_goods(self, product: int) -> bool:
        return bool(self.env.model("product.product").value(product, "type") != "service")

    def _origin(self, row: Row) -> str:
        return str(row["name"])


class OrderLine(Model):
    """Prices, taxes and names by default from the product."""

    ORDER = "order_id, sequence, id"
    QUANTITY: ClassVar[str]
    DEFAULT_TAXES: ClassVar[str]

    @property
    def unit_field(self) -> str:
        return "product_uom_id" if "product_uom_id" in self.fields else "product_uom"

    @property
    def tax_field(self) -> str:
        raise NotImplementedError

    def moved(self, row: Row, link: str) -> float:
        """Quantity of the line's done moves, less what came back of it."""
        if not self.env.has("stock.move"):
            return 0.0
        moves = self.env.store.table("stock.move")
        ids = moves.with_value(link, row["id"])
        return float(sum(self.env.business("stock.move").net(each) for each in ids))

    def _fill_from_product(self, vals: Values, *, bought: bool) -> Values:
        if vals.get("display_type"):
            return {"price_unit": 0.0, **vals}
        products = self.env.model("product.product")
        product = vals.get("product_id")
        if product not in products.table.rows:
            return vals
        vals.setdefault("name", products.display_name(products.row(int(product))))
        unit = "uom_po_id" if bought and "uom_po_id" in products.fields else "uom_id"
        vals.setdefault(self.unit_field, products.value(int(product), unit))
        if self.tax_field not in vals:
            vals[self.tax_field] = [(6, 0, products.value(int(product), self.DEFAULT_TAXES))]
        return vals

    def share(self, row: Row) -> Share:
        """What the line comes to and its taxes, in the order's currency."""
        price = row.get("price_unit") or 0.0
        quantity = row.get(self.QUANTITY) or 0.0
        net = price * quantity * (1 - (row.get("discount") or 0.0) / 100)
        return share(self.env, net, quantity, row.get(self.tax_field) or (), self._digits(row))

    def _digits(self, row: Row) -> int:
        return digits_of(self.env, self.getter("currency_id")(row))

    def _subtotal(self, row: Row) -> float:
        return self.share(row).subtotal

    def _tax_amount(self, row: Row) -> float:
        held, digits = self.share(row), self._digits(row)
        if self.env.version < 18:
            return rounded(held.tax, digits)
        # not rounded again, as measured on 18
        return rounded(held.subtotal + held.tax, digits) - held.subtotal

    def _total(self, row: Row) -> float:
        held = self.share(row)
        return rounded(held.subtotal + held.tax, self._digits(row))

    def _product_type(self, row: Row) -> Any:
        product = row.get("product_id")
        if product is None:
            return None
        products = self.env.model("product.product")
        name = "detailed_type" if "detailed_type" in products.fields else "type"
        return products.value(product, name)
