"""Putting what is done into packages, and what must be named before a transfer is validated."""

from typing import Any

from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model
from qantara.sandbox.odoo.store import Row


def put_in_pack(pickings: Model, record_id: int) -> str:
    """16 packs what is done, and splits a line of which only a part is; 18 packs what is picked."""
    env = pickings.env
    if env.version not in (16, 18):
        raise NotImitated(f"action_put_in_pack of Odoo {env.version}")
    lines: Any = env.model("stock.move.line")
    free = [
        each for each in _lines(lines, record_id) if not lines.row(each).get("result_package_id")
    ]
    done = "qty_done" if env.version == 16 else "picked"
    chosen = [each for each in free if lines.row(each).get(done)]
    if not chosen:
        raise NotImitated("action_put_in_pack where nothing is done")
    package = env.model("stock.quant.package").make({})
    for each in chosen:
        packed = _split(lines, each) if env.version == 16 else each
        lines.put(packed, result_package_id=package)
    return f"stock.quant.package({package},)"


def check_lots(pickings: Model, record_id: int) -> None:
    """What is tracked needs its lot or a name for it; where nothing is done, all of it."""
    env = pickings.env
    lines: Any = env.model("stock.move.line")
    moves: Any = env.model("stock.move")
    own = [lines.row(each) for each in _lines(lines, record_id)]
    done = [row for row in own if moves.done_of(row) > 0]
    products = env.model("product.product")
    kind = env.model("stock.picking.type").row(pickings.row(record_id)["picking_type_id"])
    named = bool(kind.get("use_create_lots"))
    missing = [row["product_id"] for row in done or own if _nameless(products, row, named)]
    if not missing:
        return
    names = [products.display_name(products.row(each)) for each in dict.fromkeys(missing)]
    if env.version == 16:
        raise UserError(f"You need to supply a Lot/Serial number for products {', '.join(names)}.")
    listed = "\n".join(f"- {name}" for name in names)
    raise UserError(f"You need to supply a Lot/Serial Number for product:\n{listed}")


def _nameless(products: Model, row: Row, named: bool) -> bool:  # noqa: FBT001 - a fact of the kind
    tracked = products.value(row["product_id"], "tracking") not in (None, "none")
    return tracked and not (row.get("lot_id") or (named and row.get("lot_name")))


def _lines(lines: Model, picking: int) -> list[int]:
    return sorted(lines.table.with_value("picking_id", picking))


def _split(lines: Model, record_id: int) -> int:
    """The part that is done becomes a line of its own; the rest stays as it was reserved."""
    row = lines.row(record_id)
    done, reserved = float(row["qty_done"]), float(row.get("reserved_uom_qty") or 0.0)
    if done >= reserved:
        return record_id
    lines.put(record_id, qty_done=0.0, reserved_uom_qty=reserved - done)
    kept = {name: row.get(name) for name in COPIED if row.get(name)}
    return lines.make({**kept, "qty_done": done, "reserved_uom_qty": done})


COPIED = (
    *("move_id", "picking_id", "product_id", "product_uom_id", "location_id", "location_dest_id"),
    *("lot_id", "lot_name", "package_id", "state"),
)
