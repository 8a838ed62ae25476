"""Confirming and rejecting from the chatter: a sale order asks, a signed link answers.

A quotation that a purchase order has become asks by two buttons below it. What a person decides
at the page behind them is done at the factory first. Only what was done there is told, and a
rejected purchase order cancelled; what Odoo refused is told in words, and asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.asking import Question, question_id
from qantara.engine.item import MissingReference
from qantara.engine.link import Kind, Link, Preparation, Priority, Refusal, Skipped, Transform
from qantara.engine.own import Own
from qantara.flows.recipe import Needs
from qantara.flows.supply.options import Options
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import Decision, Money, Note, OrderStanding, Text
from qantara.storage import bindings, decisions
from qantara.storage.statements import now
from qantara.storage.store import Store
from qantara.transport import ConnectorError, Unsupported

NEEDS = Needs(
    reads={"factory": frozenset({"order_standing", "question"}), "buyer": frozenset()},
    writes={
        "factory": frozenset({"question", "order_action", "note"}),
        "buyer": frozenset({"order_action", "note"}),
    },
)

ASKED = frozenset({"draft", "sent"})
"""States of a sale order in which it waits for the factory."""

YOUNG = timedelta(minutes=10)
"""So old is a sale order at most when it becomes known whether a purchase order stands behind it."""

AT_FACTORY = {"order": "sale_order"}
AT_BUYER = {"order": "purchase_order"}

QUESTION = Text(
    "{customer} ordered {reference}. Sale order {number}, {total}, waits for a decision.\n"
    "The buttons lead to a page that asks who you are. They work until {until}.",
    {
        "ar": "طلب {customer} {reference}. أمر البيع {number} بقيمة {total} بانتظار القرار.\n"
        "يفتح الزران صفحة تتحقق من هويتك. يعملان حتى {until}.",
        "uk": "{customer} замовляє {reference}. Замовлення {number} на суму {total} чекає рішення.\n"
        "Кнопки ведуть на сторінку, яка запитає, хто ви. Вони діють до {until}.",
    },
)
NO_QUESTION = Text(
    "Sale order {number} waits for no decision any more.",
    {
        "ar": "لم يعد أمر البيع {number} بانتظار أي قرار.",
        "uk": "Замовлення {number} більше не чекає рішення.",
    },
)
DONE = {
    "confirm": Text(
        "Confirmed by {by} on {at}.",
        {"ar": "أكّده {by} بتاريخ {at}.", "uk": "Підтверджено: {by}, {at}."},
    ),
    "reject": Text(
        "Rejected by {by} on {at}.",
        {"ar": "رفضه {by} بتاريخ {at}.", "uk": "Відхилено: {by}, {at}."},
    ),
}
UNDONE = {
    "confirm": Text(
        "{by} wanted to confirm on {at}; it was not done: {refused}",
        {
            "ar": "أراد {by} التأكيد بتاريخ {at} ولم يتم ذلك: {refused}",
            "uk": "{by} намагається підтвердити, {at}; не виконано: {refused}",
        },
    ),
    "reject": Text(
        "{by} wanted to reject on {at}; it was not done: {refused}",
        {
            "ar": "أراد {by} الرفض بتاريخ {at} ولم يتم ذلك: {refused}",
            "uk": "{by} намагається відхилити, {at}; не виконано: {refused}",
        },
    ),
}


def links(
    options: Options, factory: Connector, buyer: Connector, hub: Own, name: str
) -> Sequence[Link]:
    """The question; the deed at the factory; the deed at the buyer; the news of it on both sides."""
    if not hub.asking.address:
        raise Unsupported(
            "Approving from the chatter needs the address at which people reach this hub.",
            remedy='Add a line such as address = "https://hub.example.com" to [hub] in qantara.toml, '
            "or take approvals out of the flow's parts.",
        )
    ask = Link(
        name=f"{name}.approval",
        entity="order_standing",
        target_entity="question",
        source=factory,
        target=factory,
        record_type=Note,
        fields=frozenset({"occasion"}),
        loose=frozenset({"occasion"}),
        kind=Kind.LEVEL,
        prepare=_asking(options, hub, buyer),
        on_delete="ignore",
        priority=Priority.ORDERS,
        hints_only=True,
    )
    return [ask, *_carried_out(options, (factory, buyer), hub, name)]


def _carried_out(
    options: Options, sides: tuple[Connector, Connector], hub: Own, name: str
) -> Sequence[Link]:
    factory, buyer = sides
    deed = Link(
        name=f"{name}.decision",
        entity="decision",
        target_entity="order_action",
        source=hub,
        target=factory,
        record_type=Decision,
        fields=frozenset({"verb"}),
        transform=_own_verbs,
        aliases=AT_FACTORY,
        scope=name,
        kind=Kind.THREAD,
        refusal=Refusal(words=_refused, fields=frozenset({"refused"})),
        on_delete="ignore",
        priority=Priority.ORDERS,
    )
    follows = replace(
        deed,
        name=f"{name}.decision_buyer",
        entity="verdict",
        target=buyer,
        transform=_at_buyer(options),
        aliases=AT_BUYER,
    )
    told = replace(
        deed,
        name=f"{name}.verdict",
        entity="verdict",
        target_entity="note",
        record_type=Note,
        fields=frozenset({"body"}),
        transform=_news,
        refusal=None,
    )
    told_buyer = replace(told, name=f"{name}.verdict_buyer", target=buyer, aliases=AT_BUYER)
    return [deed, follows, told, told_buyer]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Makes questions of the flow's sale orders."""

    link: Link
    store: Store
    hub: Own
    buyer: str
    days: int

    def __call__(self, standing: OrderStanding) -> Note | Skipped:
        """The question, or that there is none any more.

        The journal is asked here: whose order it is, and how often it was decided about.
        """
        bought, times = self.store.run_here(_known, self, standing.order.id)
        if not bought:
            return self._stranger(standing)
        if standing.state not in ASKED:
            body = _filled(NO_QUESTION, number=standing.number)
            return Note(on=standing.order, body=body, occasion="none")
        occasion = f"{times}:{_exact(standing.total)}"
        until = now() + timedelta(days=self.days)
        question = self._question(standing, occasion)
        body = _filled(
            QUESTION,
            customer=standing.customer,
            reference=standing.reference,
            number=standing.number,
            total=_spelled(standing.total),
            until=_day(until),
        )
        choices = self.hub.asking.choices(question, ("confirm", "reject"), until)
        return Note(on=standing.order, body=body, choices=choices, occasion=occasion)

    def _question(self, standing: OrderStanding, occasion: str) -> Question:
        place, order = self.link.here_name, standing.order
        about = [standing.customer, standing.reference, _spelled(standing.total)]
        return Question(
            id=question_id(self.link.name, place, order.id, occasion),
            link=self.link.name,
            connection=place,
            entity=order.entity,
            external_id=order.id,
            number=standing.number,
            about=" · ".join(filter(None, about)),
            total=_exact(standing.total),
        )

    def _stranger(self, standing: OrderStanding) -> Skipped:
        """What was just made may be on its way into the journal: it is looked at again."""
        if standing.made_at and now() - standing.made_at < YOUNG:
            raise MissingReference(
                f"It is not known yet whether a purchase order stands behind {standing.number}.",
                remedy="Nothing: it is looked at again by itself.",
            )
        return Skipped(reason="No purchase order stands behind it.")


def _known(database: Database, asker: _Asker, order: str) -> tuple[bool, int]:
    """Whether a purchase order stands behind it, and how often was decided about it."""
    records = bindings.records_of(database, asker.link.here_name, "sale_order", [order])
    bought = bindings.external_ids(database, asker.buyer, "purchase_order", list(records.values()))
    return bool(bought), decisions.count(database, asker.link.name, order)


def _asking(options: Options, hub: Own, buyer: Connector) -> Preparation:
    """Only the buyer's orders are asked about."""

    async def prepare(link: Link, store: Store) -> Link:
        customer = await counterpart_of(buyer, await company_of(buyer), link.source, store)
        asker = _Asker(
            link=link,
            store=store,
            hub=hub,
            buyer=buyer.connection.name,
            days=options.approval_days,
        )
        return replace(link, scope=f"customer:{customer.id}", transform=asker)

    return prepare


def _own_verbs(decision: Decision) -> Decision | Skipped:
    if decision.verb not in DONE:
        return Skipped(reason="Another link carries it out.")
    return decision


def _at_buyer(options: Options) -> Transform:
    """A rejected purchase order is cancelled; a confirmed one has been sent by its buyer already."""
    verbs = {"reject", "confirm"} if options.confirm_purchases else {"reject"}

    def transform(decision: Decision) -> Decision | Skipped:
        if decision.refused:
            return Skipped(reason="It was not done at the factory.")
        if decision.verb not in verbs:
            return Skipped(reason="Nothing is to be done at the buyer.")
        return replace(decision, total=None)

    return transform


def _refused(decision: Decision, error: ConnectorError) -> Decision:
    return replace(decision, refused=f"{error.reason} {error.remedy}".strip())


def _news(decision: Decision) -> Note | Skipped:
    """Who decided what and when, his reason, and why it was not done if it was not."""
    if decision.verb not in DONE:
        return Skipped(reason="Another link tells of it.")
    words = (UNDONE if decision.refused else DONE)[decision.verb]
    told = _filled(words, by=decision.by, at=_minute(decision.at), refused=decision.refused)
    if not decision.reason:
        return Note(on=decision.order, body=told)
    others = {code: f"{one}\n{decision.reason}" for code, one in told.translations.items()}
    return Note(on=decision.order, body=Text(f"{told.value}\n{decision.reason}", others))


def _filled(words: Text, **facts: str) -> Text:
    others = {code: one.format(**facts) for code, one in words.translations.items()}
    return Text(words.value.format(**facts), others)


def _exact(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _spelled(money: Money) -> str:
    return f"{money.amount:,.2f} {money.currency}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
