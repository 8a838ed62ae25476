"""Which furniture an Odoo needs, from the entities that flows read and write there."""

from collections.abc import Collection
from dataclasses import dataclass

from qantara.connectors.odoo.furniture import board, packing
from qantara.connectors.odoo.furniture.shapes import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What of this Odoo decides how the furniture looks."""


def wanted(reads: Collection[str], writes: Collection[str], ground: Ground) -> Plan:
    """Offers written or requests read want the board; transfers want fields on Odoo's own."""
    del ground
    with_board = "offer" in writes or "request" in reads
    with_packing = "transfer" in reads or "receipt" in writes
    return Plan(
        tables=board.TABLES if with_board else (),
        additions=packing.ADDITIONS if with_packing else (),
    )
