"""Offers: how much of one stock each store may be selling, so that nothing is promised twice."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from qantara.storage.schema import offers as table
from qantara.storage.statements import chunks, now, upsert

PRESENCE = ""
"""The stock under which a holder says that he is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`units` of the stock are on sale through the link `holder`, or sold and not yet taken off it.

    `raised` counts the units by which the holder ever raised what it offers: who looks twice knows
    how many came meanwhile, even where they are sold and gone.

    At `wanted_at` it was first seen that `wanted` might be on sale, which is more; None when not.
    `place` is the connection that holds the stock, `stock` its id there.
    """

    place: str
    stock: str
    holder: str
    units: int
    raised: int = 0
    wanted: int | None = None
    wanted_at: datetime | None = None


def of(conn: Connection, place: str, stocks: Collection[str]) -> dict[str, dict[str, Offer]]:
    """Who offers how much of these stocks: by stock and holder."""
    found: dict[str, dict[str, Offer]] = {stock: {} for stock in stocks}
    columns = [table.c[name] for name in Offer.__dataclass_fields__]
    for some in chunks(stocks):
        query = select(*columns).where(table.c.place == place, table.c.stock.in_(some))
        for row in conn.execute(query).mappings():
            found[row["stock"]][row["holder"]] = Offer(**row)
    return found


def keep(conn: Connection, offers: Iterable[Offer]) -> None:
    """From now on it is so. Safe to repeat."""
    rows: list[Mapping[str, object]] = [asdict(offer) | {"at": now()} for offer in offers]
    upsert(conn, table, rows, on=("place", "stock", "holder"))


def attend(conn: Connection, place: str, holder: str) -> None:
    """The holder is at work. Safe to repeat."""
    keep(conn, [Offer(place=place, stock=PRESENCE, holder=holder, units=0)])


def present(conn: Connection, place: str, since: datetime) -> frozenset[str]:
    """Who has been at work since then."""
    query = select(table.c.holder).where(
        table.c.place == place, table.c.stock == PRESENCE, table.c.at >= since
    )
    return frozenset(conn.scalars(query))


def forget(conn: Connection, holder: str) -> None:
    """The holder offers nothing any more. Safe to repeat."""
    conn.execute(delete(table).where(table.c.holder == holder))
