"""How long a real WooCommerce takes, as measured on 10.5 under PHP 8.2 on a quiet machine of two cores."""

from qantara.sandbox.woocommerce.calls import Call

OVERHEAD = 0.065
"""Seconds of any call: WordPress starts anew each time."""

MADE, CHANGED, READ = 0.028, 0.0115, 0.002
"""Seconds per product in a batch, and per row of a list."""

AT_ONCE = 2


def seconds(call: Call, rows: int) -> float:
    """The time that a call takes whose answer has so many rows."""
    if call.method == "GET":
        return OVERHEAD + READ * rows
    made, changed = (_count(call, name) for name in ("create", "update"))
    one = CHANGED if call.path[-1:].isdigit() else MADE
    return OVERHEAD + MADE * made + CHANGED * changed + (0.0 if made or changed else one)


def _count(call: Call, name: str) -> int:
    given = call.body.get(name)
    return len(given) if isinstance(given, list) else 0
