"""Where goods are wanted: read of a purchase order, kept as a delivery address of the customer."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.base import Write, Written
from qantara.connectors.odoo.mapping import partner
from qantara.connectors.odoo.mapping.values import distinct, identity, text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Partners
from qantara.model import Address, DeliveryAddress, Partner, Ref, SaleOrder
from qantara.transport import ConnectorError

TOLD = frozenset({"name", "parent", "kind", "phone", "address"})


async def wanted_at(site: Site, orders: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, str]]:
    """By order: the address that it names, else its warehouse's; none that is the company's own."""
    rows = list(orders)
    if not rows:
        return {}
    homes = await _warehouses(site, [identity(row.get("picking_type_id")) for row in rows])
    tables = await site.tables.get()
    named = {
        row["id"]: identity(row.get("dest_address_id"))
        or homes.get(identity(row.get("picking_type_id")) or 0)
        for row in rows
    }
    elsewhere = {order: one for order, one in named.items() if one != tables.company_partner}
    told = await addresses_told(site, distinct(elsewhere.values()))
    return {order: told[one] for order, one in elsewhere.items() if one and one in told}


async def _warehouses(site: Site, types: Iterable[int | None]) -> dict[int, int]:
    """The partner who is at the warehouse of each kind of receipt."""
    ids = distinct(types)
    if not ids:
        return {}
    kinds = await site.rows("stock.picking.type", [("id", "in", ids)], ["warehouse_id"])
    homes = distinct(identity(row["warehouse_id"]) for row in kinds)
    houses = await site.rows("stock.warehouse", [("id", "in", homes)], ["partner_id"])
    at = {row["id"]: identity(row["partner_id"]) for row in houses}
    return {row["id"]: one for row in kinds if (one := at.get(identity(row["warehouse_id"]) or 0))}


async def addresses_told(site: Site, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Names, telephone numbers and addresses of these partners; three calls at most."""
    if not ids:
        return {}
    rows = await site.rows("res.partner", [("id", "in", list(ids))], partner.FIELDS)
    await site.tables.knowing("countries", distinct(identity(row["country_id"]) for row in rows))
    tables = await site.tables.knowing(
        "states", distinct(identity(row["state_id"]) for row in rows)
    )
    told = {}
    for row in rows:
        state = tables.states.get(identity(row["state_id"]) or 0)
        told[row["id"]] = {
            **{name: text(row[name]) for name in ("name", "phone", *_LINES)},
            "state": state.code if state else "",
            "country": tables.countries.get(identity(row["country_id"]) or 0, ""),
        }
    return told


@dataclass(slots=True, kw_only=True)
class Addresses:
    """The partner to deliver to for each order that names a place, or why there is none."""

    site: Site
    found: dict[str, int | ConnectorError] = field(default_factory=dict)

    async def settle(self, orders: Sequence[SaleOrder]) -> None:
        """Recognise the places among the customers' addresses; make those that are new."""
        wanted = {_key(one): one for one in orders if one.deliver_to}
        if not wanted:
            return
        known = await self._known({one.customer.id for one in wanted.values()})
        self.found |= {key: known[key] for key in wanted.keys() & known.keys()}
        new = {key: one for key, one in wanted.items() if key not in known}
        writes = [Write(key=key, record=_partner(one), fields=TOLD) for key, one in new.items()]
        for key, outcome in zip(new, await Partners(self.site).write(writes), strict=True):
            written = isinstance(outcome, Written)
            self.found[key] = int(outcome.external_id) if written else outcome  # type: ignore[union-attr, assignment]

    def of(self, order: SaleOrder) -> int:
        """The partner for this order: its customer where it names no place."""
        if order.deliver_to is None:
            return int(order.customer.id)
        one = self.found[_key(order)]
        if isinstance(one, ConnectorError):
            raise one
        return one

    async def _known(self, customers: Iterable[str]) -> dict[str, int]:
        parents = [int(one) for one in customers]
        rows = await self.site.rows(
            "res.partner",
            [("parent_id", "in", parents), ("active", "=", True)],
            ["parent_id"],
        )
        told = await addresses_told(self.site, [row["id"] for row in rows])
        return {
            fingerprint(identity(row["parent_id"]) or 0, told[row["id"]]): row["id"]
            for row in reversed(rows)
        }


_LINES = ("street", "street2", "city", "zip")
_COMPARED = ("name", "street", "city", "zip", "country")


def _key(order: SaleOrder) -> str:
    place = order.deliver_to or DeliveryAddress(name="", address=Address())
    told = {name: getattr(place.address, name) for name in _COMPARED if name != "name"}
    return fingerprint(int(order.customer.id), {"name": place.name, **told})


def fingerprint(customer: int, told: Mapping[str, str], kind: str = "delivery") -> str:
    """The key of an address of the customer: the same for another spelling of case and space."""
    facts = [" ".join(told[name].casefold().split()) for name in _COMPARED]
    plain = "\n".join([str(customer), *facts]).encode()
    return f"{kind}-{hashlib.sha256(plain).hexdigest()[:20]}"


def _partner(order: SaleOrder) -> Partner:
    place = order.deliver_to
    assert place is not None  # noqa: S101 - `settle` has chosen those that name one
    return Partner(
        name=place.name,
        parent=Ref("partner", order.customer.id),
        kind="delivery",
        phone=place.phone,
        address=place.address,
    )
