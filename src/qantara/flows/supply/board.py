"""The factory's stock on a board in the buyer's Odoo; what is asked for there is drafted at the factory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from qantara.connectors.base import Connector
from qantara.engine.item import SKIPPED, Item
from qantara.engine.link import Kind, Link, Priority, Refusal, Skipped
from qantara.flows.recipe import Needs
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.flows.supply.refusals import Objection, Refused, answer
from qantara.model import Offer, Ref, Request, RequestLine, Transfer, TransferLine
from qantara.storage.store import Store

PUBLISHED_EVERY = timedelta(minutes=5)

OFFER_FIELDS = frozenset({"product", "name", "sku", "unit", "free", "incoming", "lead_days"})
DRAFT_FIELDS = frozenset({"partner", "origin", "lines", "note"})

OPEN = frozenset({"sent", "draft"})
"""States of a request in which the factory may still read what the team adds to its note."""

NEEDS = Needs(
    reads={"factory": frozenset({"offer", "transfer"}), "buyer": frozenset({"request"})},
    writes={"factory": frozenset({"transfer"}), "buyer": frozenset({"offer", "request"})},
)


def links(options: Options, factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """The offers, what is asked for of them, and what becomes of it."""
    offer = Link(
        name=f"{name}.offer",
        entity="offer",
        source=factory,
        target=buyer,
        record_type=Offer,
        fields=OFFER_FIELDS,
        loose=frozenset({"unit"}),
        kind=Kind.LEVEL,
        priority=Priority.STOCK,
        every=PUBLISHED_EVERY,
    )
    return [offer, _request(options, factory, buyer, name), _answer(factory, buyer, name)]


def _request(options: Options, factory: Connector, buyer: Connector, name: str) -> Link:
    """Made once; afterwards the lines are the factory's, and the team may add to its note."""
    return Link(
        name=f"{name}.request",
        entity="request",
        target_entity="transfer",
        source=buyer,
        target=factory,
        record_type=Transfer,
        fields=DRAFT_FIELDS,
        kind=Kind.DOCUMENT,
        loose=frozenset({"lines", "note"}),
        prepare=_for_company,
        examine=_free_enough if options.beyond_free == "refuse" else _offered,
        refusal=Refusal(words=answer, fields=frozenset({"state", "remark"})),
        priority=Priority.ORDERS,
    )


def _answer(factory: Connector, buyer: Connector, name: str) -> Link:
    return Link(
        name=f"{name}.request_answer",
        entity="transfer",
        target_entity="request",
        source=factory,
        target=buyer,
        record_type=Request,
        fields=frozenset({"answer", "state"}),
        transform=_news,
        prepare=_of_buyer,
        bound_only=True,
        priority=Priority.ORDERS,
    )


async def _for_company(link: Link, store: Store) -> Link:
    """The goods go to the buyer, as the factory knows him."""
    buyer = await company_of(link.source)
    await counterpart_of(link.source, buyer, link.target, store)

    def transform(request: Request) -> Transfer | Skipped:
        return _draft(request, buyer)

    return replace(link, transform=transform)


async def _of_buyer(link: Link, store: Store) -> Link:
    """Of the factory's transfers only the buyer's are asked for."""
    buyer = await company_of(link.target)
    customer = await counterpart_of(link.target, buyer, link.source, store)
    return replace(link, scope=f"customer:{customer.id}")


def _draft(request: Request, buyer: Ref) -> Transfer | Skipped:
    if request.state not in OPEN:
        return Skipped(reason=f"It is {request.state}: nothing is to be made of it any more.")
    if objections := list(_nonsense(request)):
        raise Refused(objections)
    return Transfer(
        number="",
        partner=buyer,
        origin=request.number,
        lines=tuple(_line(line) for line in request.lines),
        note=_words(request),
    )


def _nonsense(request: Request) -> Iterator[Objection]:
    if not request.lines:
        yield Objection(cause="empty")
    for place, line in enumerate(request.lines, start=1):
        if not line.product.id:
            yield Objection(cause="lost", name=str(place))
        elif line.quantity <= 0:
            yield Objection(cause="nothing", name=line.name)


def _line(line: RequestLine) -> TransferLine:
    return TransferLine(
        product=line.product, quantity=line.quantity, unit=line.unit, description=line.name
    )


def _words(request: Request) -> str:
    who = f"Requested by {request.requested_by}." if request.requested_by else ""
    return "\n".join(filter(None, (who, request.note)))


def _news(transfer: Transfer) -> Request | Skipped:
    if not transfer.number:
        return Skipped(reason="It has no number yet.")
    return Request(number="", state=transfer.state, answer=transfer.number)


async def _offered(link: Link, items: Sequence[Item]) -> None:
    """Refuse what the factory does not offer any more."""
    new = _unanswered(link, items)
    offers = await _offers(link, new)
    for item in new:
        _refuse(item, _ended(item.outgoing, offers))


async def _free_enough(link: Link, items: Sequence[Item]) -> None:
    """Refuse what is not offered, and what is beyond what is free at this moment."""
    new = _unanswered(link, items)
    offers = await _offers(link, new)
    for item in new:
        _refuse(item, [*_ended(item.outgoing, offers), *_beyond(item.outgoing, offers)])


def _unanswered(link: Link, items: Sequence[Item]) -> list[Item]:
    """What has an answer was drafted by a hub that this one knows nothing of: never twice."""
    for item in items:
        request = link.source.to_canonical(item.change)
        if isinstance(request, Request) and request.answer:
            item.end(SKIPPED, f"It was answered already, with {request.answer}.")
    return [item for item in items if item.open]


async def _offers(link: Link, items: Sequence[Item]) -> dict[str, Offer]:
    """The factory's offers of the products asked for, as they are now."""
    wanted = sorted({line.product.id for item in items for line in item.outgoing.lines})
    changes = await link.target.read("offer", wanted) if wanted else ()
    found: dict[str, Offer] = {}
    for change in changes:
        told = link.target.to_canonical(change)
        if isinstance(told, Offer):
            found[change.external_id] = told
    return found


def _refuse(item: Item, objections: Iterable[Objection]) -> None:
    if found := list(objections):
        item.park(Refused(found))


def _ended(transfer: Transfer, offers: Mapping[str, Offer]) -> Iterator[Objection]:
    for line in transfer.lines:
        offer = offers.get(line.product.id)
        if offer is None or not offer.active:
            yield Objection(cause="ended", name=line.description)


def _beyond(transfer: Transfer, offers: Mapping[str, Offer]) -> Iterator[Objection]:
    """Lines of one product count together, in the factory's own unit."""
    asked: dict[str, Decimal] = {}
    for line in transfer.lines:
        asked[line.product.id] = asked.get(line.product.id, Decimal(0)) + line.quantity
    names = {line.product.id: line.description for line in transfer.lines}
    ratios = {line.product.id: _ratio(line, offers.get(line.product.id)) for line in transfer.lines}
    for product, quantity in asked.items():
        offer, wanted = offers.get(product), quantity * ratios[product]
        if offer and offer.active and wanted > offer.free:
            yield Objection(
                cause="beyond",
                name=names[product],
                free=offer.free,
                asked=wanted,
                unit=offer.unit.name if offer.unit else "",
            )


def _ratio(line: TransferLine, offer: Offer | None) -> Decimal:
    """How many of the offer's unit one of the line's is; units of another kind are not compared."""
    if not (offer and offer.unit and line.unit) or line.unit.category != offer.unit.category:
        return Decimal(1)
    return line.unit.factor / offer.unit.factor
