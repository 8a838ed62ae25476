"""How far a sale order has come, and so what may still be done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.odoo.line_changes import each_line, titled
from qantara.connectors.odoo.mapping.order import OPEN, LineShape
from qantara.connectors.odoo.mapping.values import number, text
from qantara.connectors.odoo.site import Site

FIXED = frozenset({"customer", "currency"})
"""What a confirmed order keeps."""

FINAL = frozenset({"lines", "due", "deliver_to", "payment_terms"}) | FIXED
"""What a locked order keeps."""

OWN = frozenset({"ordered_at"})
"""What Odoo sets when it confirms; nothing is said about it."""

_WORDS = {
    "customer": "customer",
    "currency": "currency",
    "lines": "lines",
    "due": "date",
    "deliver_to": "delivery address",
    "payment_terms": "payment terms",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A sale order as it is now, with the rows of its lines."""

    id: int
    name: str
    reference: str
    state: str
    locked: bool
    lines: Sequence[Mapping[str, Any]]
    shape: LineShape

    @property
    def cancelled(self) -> bool:
        """Nothing is to be delivered by it."""
        return self.state == "cancel"

    @property
    def confirmed(self) -> bool:
        """No quotation any more."""
        return self.state not in OPEN and not self.cancelled

    @property
    def delivered(self) -> str:
        """What was delivered, in words; "" while it is nothing."""
        done = [
            f"{number(line[self.shape.done]):f} of {titled(line)}"
            for line in self.lines
            if number(line.get(self.shape.done))
        ]
        return f"{', '.join(done)} had been delivered" if done else ""

    @property
    def against_cancelling(self) -> str:
        """A sentence, or "" when it may be cancelled."""
        if self.delivered:
            return f"{self.delivered}."
        return "it is locked." if self.locked else ""


async def standings(site: Site, ids: Sequence[int], shape: LineShape) -> dict[int, Standing]:
    """These orders as they are now; two calls. Those that are gone are absent."""
    if not ids:
        return {}
    names = ["name", "client_order_ref", "state", "locked"]
    rows = await site.rows("sale.order", [("id", "in", list(ids))], names)
    domain = [("order_id", "in", list(ids))]
    lines: dict[int, list[Mapping[str, Any]]] = {}
    found = await site.rows("sale.order.line", domain, shape.facts(), order="sequence, id")
    for one, line in each_line(found):
        lines.setdefault(one, []).append(line)
    return {
        row["id"]: Standing(
            id=row["id"],
            name=text(row["name"]),
            reference=text(row["client_order_ref"]),
            state=text(row["state"]),
            locked=bool(row.get("locked")) or row["state"] == "done",
            lines=lines.get(row["id"], []),
            shape=shape,
        )
        for row in rows
    }


def apart(fields: frozenset[str], standing: Standing | None) -> tuple[frozenset[str], list[str]]:
    """Which of these may be written now, and in words which may not."""
    if standing is None or not standing.confirmed:
        return fields, []
    kept = fields & (FINAL if standing.locked else FIXED)
    told = ", ".join(_WORDS[name] for name in sorted(kept))
    why = "locked" if standing.locked else "confirmed"
    words = [f"{standing.name} is {why} and keeps its {told}."] if kept else []
    return fields - kept - OWN, words
