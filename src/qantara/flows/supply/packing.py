"""What the factory packed becomes a receipt at the buyer; what he sends back is awaited there.

Only what has left, or what a person marked as complete, is carried over. Until the buyer counts,
corrections follow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from qantara.connectors.base import Connector
from qantara.engine.link import Kind, Link, Priority, Skipped
from qantara.flows.recipe import Needs
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import Ref, Transfer, Unit
from qantara.model.transfers import Packed
from qantara.storage.store import Store

NEEDS = Needs(
    reads={"factory": frozenset({"transfer"}), "buyer": frozenset({"transfer"})},
    writes={"factory": frozenset({"receipt"}), "buyer": frozenset({"receipt"})},
)

FIELDS = frozenset({"packed", "packages", "container", "origin", "scheduled_at"})
THEIRS = frozenset({"packages", "container", "origin", "scheduled_at"})
"""What the people at the receipt may change, or what not every Odoo has a place for."""

WAITING = {
    "draft": "It is still a draft at {where}.",
    "waiting": "It waits for goods at {where}.",
    "ready": "It is not packed yet at {where}.",
    "cancelled": "It was cancelled at {where}.",
}


def links(options: Options, factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """Packing lists one way; returns the other way, after them."""
    del options
    sent = Link(
        name=f"{name}.packing",
        entity="transfer",
        target_entity="receipt",
        source=factory,
        target=buyer,
        record_type=Transfer,
        fields=FIELDS,
        loose=THEIRS,
        kind=Kind.DOCUMENT,
        view=_as_packed,
        aliases={"sale_order": "purchase_order"},
        prepare=_to_buyer,
        priority=Priority.SHIPMENTS,
        hints_only=True,
    )
    back = replace(
        sent,
        name=f"{name}.packing_return",
        source=buyer,
        target=factory,
        aliases={"receipt": "transfer"},
        prepare=_to_factory,
    )
    return [sent, back]


async def _to_buyer(link: Link, store: Store) -> Link:
    """Deliveries to the buyer; to him they come from the factory."""
    factory = await company_of(link.source)
    buyer = await company_of(link.target)
    customer = await counterpart_of(link.target, buyer, link.source, store)

    def transform(transfer: Transfer) -> Transfer | Skipped:
        if transfer.direction != "outgoing":
            return Skipped(reason="It takes no goods to the buyer.")
        return _receipt(transfer, factory, link.here_name)

    return replace(link, scope=f"customer:{customer.id}", transform=transform)


async def _to_factory(link: Link, store: Store) -> Link:
    """What the buyer has sent back of what he received from the factory."""
    buyer = await company_of(link.source)
    factory = await company_of(link.target)
    vendor = await counterpart_of(link.target, factory, link.source, store)

    def transform(transfer: Transfer) -> Transfer | Skipped:
        if transfer.direction != "outgoing" or transfer.return_of is None:
            return Skipped(reason="It sends nothing back.")
        source = Ref("receipt", transfer.return_of.id)
        return _receipt(replace(transfer, order=None, return_of=source), buyer, link.here_name)

    return replace(link, scope=f"vendor:{vendor.id}", transform=transform)


def _receipt(transfer: Transfer, sender: Ref, where: str) -> Transfer | Skipped:
    packed = transfer.state == "done" or (transfer.ready and transfer.state != "cancelled")
    if not packed:
        return Skipped(reason=WAITING[transfer.state].format(where=where))
    if not transfer.packed:
        return Skipped(reason=f"Nothing was packed at {where}.")
    return Transfer(
        number="",
        state="ready",
        direction="incoming",
        partner=sender,
        origin=transfer.number,
        order=transfer.order,
        scheduled_at=transfer.done_at or transfer.scheduled_at,
        packed=_together(transfer.packed),
        packages=transfer.packages,
        container=transfer.container,
        weight=transfer.weight,
        return_of=transfer.return_of,
    )


def _as_packed(receipt: Transfer) -> Transfer:
    return replace(receipt, packed=_together(receipt.packed))


def _together(packed: Iterable[Packed]) -> tuple[Packed, ...]:
    """One for each product, lot and package, in reference units; products as they come first."""
    sums: dict[tuple[Ref, str, str], Packed] = {}
    for one in packed:
        key = (one.product, one.lot, one.package)
        known = sums.get(key)
        measured = _measured(one)
        more = known.quantity if known else Decimal(0)
        sums[key] = replace(measured, quantity=_plain(measured.quantity + more))
    places = {ref: place for place, ref in enumerate(dict.fromkeys(ref for ref, _, _ in sums))}
    return tuple(sorted(sums.values(), key=lambda one: (places[one.product], one.lot, one.package)))


def _measured(one: Packed) -> Packed:
    if one.unit is None:
        return one
    unit = Unit(name="", category=one.unit.category, factor=Decimal(1))
    return replace(one, quantity=one.quantity * one.unit.factor, unit=unit)


def _plain(quantity: Decimal) -> Decimal:
    """Without the noise of floats and without trailing zeros, and never as 1E+1."""
    exact = round(quantity, 6)
    whole = exact.to_integral_value()
    return whole if whole == exact else exact.normalize()
