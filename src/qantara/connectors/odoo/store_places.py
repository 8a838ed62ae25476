"""The addresses of a store's order: those of the customer that are the same, or new ones of his."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qantara.connectors.base import Write, Written
from qantara.connectors.odoo.delivery import TOLD, addresses_told, fingerprint
from qantara.connectors.odoo.mapping.values import identity
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Partners
from qantara.model import Contact, Partner, Ref, StoreOrder
from qantara.transport import ConnectorError

FIELDS = TOLD | {"email"}
_KINDS = {"billing": "invoice", "shipping_to": "delivery"}


@dataclass(slots=True, kw_only=True)
class Places:
    """The partner to bill and the one to deliver to, for each order, or why there is none."""

    site: Site
    known: dict[str, int] = field(default_factory=dict)
    found: dict[str, int | ConnectorError] = field(default_factory=dict)

    async def settle(self, orders: Sequence[StoreOrder]) -> None:
        """Recognise the addresses among those of the customers; make those that are new."""
        await self._learn(sorted({int(one.customer.id) for one in orders if one.customer}))
        new = {
            _key(order, name): partner
            for order in orders
            for name in _KINDS
            if (partner := _partner(order, name)) and _own(order, name) not in self.known
        }
        writes = [Write(key=key, record=one, fields=FIELDS) for key, one in new.items()]
        made = await Partners(self.site).write(writes) if writes else ()
        for key, outcome in zip(new, made, strict=True):
            told = int(outcome.external_id) if isinstance(outcome, Written) else outcome
            self.found[key] = told

    def of(self, order: StoreOrder, name: str) -> int:
        """The partner for `billing` or `shipping_to`; raises why there is none."""
        customer = int(order.customer.id) if order.customer else 0
        if _partner(order, name) is None:
            return customer if name == "billing" else self.of(order, "billing")
        known = self.known.get(_own(order, name))
        one = known if known is not None else self.found[_key(order, name)]
        if isinstance(one, ConnectorError):
            raise one
        return one

    async def _learn(self, customers: Sequence[int]) -> None:
        """What the customers have already: their addresses, then their own seats."""
        if not customers:
            return
        domain = [
            ("active", "=", True),
            "|",
            ("parent_id", "in", customers),
            ("id", "in", customers),
        ]
        rows = await self.site.rows("res.partner", domain, ["parent_id"])
        told = await addresses_told(self.site, [row["id"] for row in rows])
        owners = {row["id"]: identity(row["parent_id"]) for row in rows}
        for one, owner in sorted(owners.items(), key=lambda pair: -pair[0]):
            if owner and owner in customers:
                self.known[fingerprint(owner, told[one], "")] = one
        for one in customers:
            if one in told:
                self.known[fingerprint(one, told[one], "")] = one


def _contact(order: StoreOrder, name: str) -> Contact | None:
    told: Contact | None = getattr(order, name)
    if told is None or not (told.address.street or told.address.city or told.address.zip):
        return None
    return told


def _partner(order: StoreOrder, name: str) -> Partner | None:
    """The address as a partner of the customer; None where the order names none."""
    told = _contact(order, name)
    if told is None or order.customer is None:
        return None
    return Partner(
        name=_called(told),
        parent=Ref("partner", order.customer.id),
        kind=_KINDS[name],  # type: ignore[arg-type]
        phone=told.phone,
        email=told.email,
        address=told.address,
    )


def _called(contact: Contact) -> str:
    """Company and person, or the one there is."""
    names = [one for one in (contact.company.strip(), contact.name.strip()) if one]
    return ", ".join(dict.fromkeys(names)) or contact.email or contact.address.street


def _facts(contact: Contact) -> Mapping[str, str]:
    place = contact.address
    return {
        "name": _called(contact),
        **{one: getattr(place, one) for one in ("street", "city", "zip", "country")},
    }


def _own(order: StoreOrder, name: str) -> str:
    contact = _contact(order, name)
    customer = int(order.customer.id) if order.customer else 0
    return fingerprint(customer, _facts(contact), "") if contact else ""


def _key(order: StoreOrder, name: str) -> str:
    return f"{_KINDS[name]}{_own(order, name)}"
