"""How much of a product there is: sums over quants and open moves in a set of locations."""

from typing import Any

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated

OPEN = frozenset({"waiting", "confirmed", "assigned", "partially_available"})


def on_hand(env: Env, product: int) -> float:
    """What lies in the scope's locations."""
    if not env.has("stock.quant"):
        return 0.0
    places = scope(env)
    return float(sum(row.get("quantity") or 0.0 for row in _quants(env, product, places)))


def free(env: Env, product: int) -> float:
    """What lies there and is not reserved."""
    places = scope(env)
    return float(
        sum(
            (row.get("quantity") or 0.0) - (row.get("reserved_quantity") or 0.0)
            for row in _quants(env, product, places)
        )
    )


def incoming(env: Env, product: int) -> float:
    """What open moves will bring in from outside the scope."""
    places = scope(env)
    return _moving(env, product, lambda row: _enters(row, places))


def outgoing(env: Env, product: int) -> float:
    """What open moves will take out of the scope."""
    places = scope(env)
    return _moving(env, product, lambda row: _leaves(row, places))


def scope(env: Env) -> frozenset[int]:
    """The locations the context asks for, or all warehouses' own."""
    context = env.context
    key = (
        "scope",
        *(repr(context.get(name)) for name in ("location", "warehouse", "warehouse_id")),
    )
    cache: dict[Any, Any] = env.scratch
    if key not in cache:
        cache[key] = _scope(env)
    return frozenset(cache[key])


def _scope(env: Env) -> set[int]:
    if not env.has("stock.location"):
        return set()
    locations = env.model("stock.location")
    warehouses = env.model("stock.warehouse")
    if env.context.get("location"):
        return locations.descendants(_ids(env.context["location"], "location"))
    asked = env.context.get("warehouse_id") or env.context.get("warehouse")
    chosen = _ids(asked, "warehouse") if asked else list(warehouses.table.rows)
    roots = [warehouses.row(each)["view_location_id"] for each in chosen]
    return locations.descendants(roots)


def _ids(value: Any, key: str) -> list[int]:
    listed = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(each, int) for each in listed):
        raise NotImitated(f"the context key {key!r} with names")
    return list(listed)


def _quants(env: Env, product: int, places: frozenset[int]) -> list[dict[str, Any]]:
    if not env.has("stock.quant"):
        return []
    table = env.store.table("stock.quant")
    rows = (table.rows[each] for each in table.indexes["product_id"].get(product, ()))
    return [row for row in rows if row["location_id"] in places]


def _enters(row: dict[str, Any], places: frozenset[int]) -> bool:
    return row["location_dest_id"] in places and row["location_id"] not in places


def _leaves(row: dict[str, Any], places: frozenset[int]) -> bool:
    return row["location_id"] in places and row["location_dest_id"] not in places


def _moving(env: Env, product: int, wanted: Any) -> float:
    if not env.has("stock.move"):
        return 0.0
    table = env.store.table("stock.move")
    rows = (table.rows[each] for each in table.with_value("product_id", product))
    return float(
        sum(
            row.get("product_uom_qty") or 0.0
            for row in rows
            if row.get("state") in OPEN and wanted(row)
        )
    )
