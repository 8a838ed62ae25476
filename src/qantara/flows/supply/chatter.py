"""What people write on shared orders and transfers appears on the matching record, both ways."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qantara.connectors.base import Connector
from qantara.engine import threads
from qantara.engine.link import Kind, Link, Preparation, Priority, Skipped, Transform
from qantara.flows.recipe import Needs
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import Message, Ref
from qantara.storage.store import Store

NEEDS = Needs(
    reads={"factory": frozenset({"message"}), "buyer": frozenset({"message"})},
    writes={"factory": frozenset({"message"}), "buyer": frozenset({"message"})},
)

FIELDS = frozenset(
    {"on", "author", "email", "company", "body", "kind", "posted_at", "attachments", "deleted"}
)

TO_BUYER = {"sale_order": "purchase_order", "transfer": "receipt"}
TO_FACTORY = {there: here for here, there in TO_BUYER.items()}
"""What a message is on, here and there."""

MARKED = "Its author has deleted this message."

REPEATED = 3
"""So often within minutes may one author write the same on one record before he is no person."""

REPEATED_BY_MACHINE = 1

CUT = "This was written here again and again within minutes: further repetitions are not carried."


def links(options: Options, factory: Connector, buyer: Connector, name: str) -> Sequence[Link]:
    """One link for each direction; neither reads what the hub wrote."""
    ways: Sequence[tuple[str, Connector, Connector, Mapping[str, str]]] = (
        ("message_to_buyer", factory, buyer, TO_BUYER),
        ("message_to_factory", buyer, factory, TO_FACTORY),
    )
    return [
        Link(
            name=f"{name}.{short}",
            entity="message",
            source=source,
            target=target,
            record_type=Message,
            fields=FIELDS,
            kind=Kind.THREAD,
            aliases=aliases,
            edits=_edits(options),
            catch_up=_take_up,
            on_delete="propagate" if options.deleted == "follow" else "ignore",
            prepare=_between_the_two(options),
            priority=Priority.ORDERS,
        )
        for short, source, target, aliases in ways
    ]


def _edits(options: Options) -> frozenset[str]:
    edited = {"body", "attachments"} if options.edited == "follow" else set()
    deleted = {"deleted"} if options.deleted != "ignore" else set()
    return frozenset(edited | deleted)


def _between_the_two(options: Options) -> Preparation:
    """Only records that are with the other company concern it."""

    async def prepare(link: Link, store: Store) -> Link:
        company = await company_of(link.target)
        counterpart = await counterpart_of(link.target, company, link.source, store)
        return replace(link, transform=_transform(link, counterpart, options))

    return prepare


async def _take_up(link: Link, store: Store) -> None:
    """What was said on records before they were known at the other side follows now."""
    records = await store.run(threads.arrived, link)
    ids: set[str] = set()
    for entity in sorted({one.entity for one in records}):
        some = ",".join(one.id for one in records if one.entity == entity)
        ids |= await link.source.ids(link.entity, scope=f"on:{entity}:{some}")
    if records:
        await store.run(threads.take_up, link, records, ids)


def _transform(link: Link, counterpart: Ref, options: Options) -> Transform:
    def transform(message: Message) -> Message | Skipped:
        if reason := _reason_to_leave(message, link, counterpart, options):
            return Skipped(reason=reason)
        body = message.body
        if message.deleted:
            body = MARKED if options.deleted == "mark" else ""
        elif message.repeats == _most(message):
            body = f"{body}<p><em>{CUT}</em></p>"
        return replace(message, body=body, partners=())

    return transform


def _reason_to_leave(message: Message, link: Link, counterpart: Ref, options: Options) -> str:
    """Why the message is not carried; "" when it is."""
    named = message.on.entity.replace("_", " ")
    reasons = (
        (message.mirrored, "The hub itself wrote it."),
        (counterpart not in message.partners, f"Its {named} is not with {link.there_name}."),
        (message.kind == "note" and options.notes == "keep", "It is an internal note."),
        (message.deleted and options.deleted == "ignore", "It was deleted; the copy stays."),
        (message.repeats > _most(message), "Its author writes the same again and again."),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _most(message: Message) -> int:
    return REPEATED_BY_MACHINE if message.automatic else REPEATED
