"""How long real Odoo takes: seconds per call and per record, as measured on a quiet machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OVERHEAD = {16: 0.0045, 17: 0.006, 18: 0.006, 19: 0.008}
# seconds per record; between the versions the slower is not always the newer
PER_RECORD: Mapping[str, Mapping[str, float]] = {
    "product create": {"16": 0.0042, "18": 0.0036},
    "partner create": {"16": 0.0019, "18": 0.0016},
    "create": {"16": 0.0025, "18": 0.0025},
    "product load": {"16": 0.0053, "18": 0.0047},
    "product load of known": {"16": 0.0016, "18": 0.0026},
    "vendor price load": {"16": 0.0008, "18": 0.0008},
    "load": {"16": 0.0035, "18": 0.0080},
    "search_read": {"16": 0.00015, "18": 0.00014},
    "write": {"16": 0.0011, "18": 0.0043},
    "order create": {"16": 0.0145, "18": 0.0109},
    "confirm": {"16": 0.0600, "18": 0.0600},
    "quant apply": {"16": 0.0050, "18": 0.0045},
}
PER_CALL = {
    "product create": {"16": 0.065, "18": 0.075},
    "partner create": {"16": 0.018, "18": 0.020},
    "write": {"16": 0.008, "18": 0.019},
    "order create": {"16": 0.040, "18": 0.050},
    "confirm": {"16": 0.080, "18": 0.080},
    "quant apply": {"16": 0.030, "18": 0.035},
}
COLD = {16: 0.240, 17: 0.300, 18: 0.380, 19: 0.380}  # what the call after a product pays
PRODUCTS = frozenset({"product.product", "product.template"})
LOADED = {**dict.fromkeys(PRODUCTS, "product"), "product.supplierinfo": "vendor price"}
ORDERS = frozenset({"sale.order", "purchase.order"})
CONFIRMING = frozenset({"action_confirm", "button_confirm", "button_validate"})
READING = frozenset({"search_read", "read"})


@dataclass(slots=True)
class Pace:
    """Keeps whether the registry's caches are cold."""

    version: int
    cold: bool = False

    def seconds(self, model: str, method: str, records: int, columns: Sequence[str] = ()) -> float:
        """The time this call takes; changes what the next one pays.

        A load whose `columns` begin with the database id changes known records.
        """
        known = ".id" in columns
        kind = _kind(model, method) + (" of known" if known and model in PRODUCTS else "")
        column = "16" if self.version == 16 else "18"
        cost = OVERHEAD[self.version]
        cost += PER_CALL.get(kind, {}).get(column, 0.0)
        cost += PER_RECORD.get(kind, {}).get(column, 0.0) * records
        cost += COLD[self.version] if self.cold else 0.0
        made = method in ("create", "load", "unlink", "action_archive") and not known
        self.cold = model in PRODUCTS and made
        return cost


def _kind(model: str, method: str) -> str:
    if method in READING:
        return "search_read"
    if method in CONFIRMING:
        return "confirm"
    if model == "stock.quant" and method in ("create", "action_apply_inventory"):
        return "quant apply"
    if method in ("create", "load"):
        return f"{_family(model)} {method}".strip() if method == "create" else _load(model)
    return "write" if method == "write" else method


def _family(model: str) -> str:
    if model in PRODUCTS:
        return "product"
    if model in ORDERS:
        return "order"
    return "partner" if model == "res.partner" else ""


def _load(model: str) -> str:
    return f"{LOADED.get(model, '')} load".strip()
