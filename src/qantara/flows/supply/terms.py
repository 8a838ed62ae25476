"""What the factory changes of an order is proposed to the buyer, who accepts or refuses it.

The terms of each mirrored sale order are compared with its purchase order where that lies. A
difference is a note there, with two buttons. What a person decides becomes work: accepted terms are
written into the purchase order, refused ones out of the sale order. Both find out by themselves
that there is nothing left to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection as Database

from qantara.connectors.base import Connector
from qantara.engine.asking import Question
from qantara.engine.item import MissingReference
from qantara.engine.link import Kind, Link, Preparation, Priority, Skipped
from qantara.engine.own import Own
from qantara.engine.pipeline import task_of
from qantara.flows.recipe import Needs
from qantara.flows.supply.options import Options
from qantara.flows.supply.orders import as_traded, sale_order
from qantara.flows.supply.parties import company_of, counterpart_of
from qantara.model import Choice, Decision, Note, Ref, SaleOrder, Terms
from qantara.storage import bindings, decisions, lanes, shadows, work
from qantara.storage.bindings import Binding
from qantara.storage.decisions import DECISION, OWN
from qantara.storage.statements import now
from qantara.storage.store import Store

NEEDS = Needs(
    reads={
        "factory": frozenset({"order_terms"}),
        "buyer": frozenset({"purchase_order", "purchase_terms"}),
    },
    writes={
        "factory": frozenset({"sale_order", "note"}),
        "buyer": frozenset({"order_terms", "accepted_terms"}),
    },
)

TERMS = frozenset({"lines", "due"})

ASKED = "asked"
"""The scope of links that do only what somebody decided."""

BEFORE = "/"
"""In the id of a question: before the terms that it is about."""

AT_BUYER = {"sale_order": "purchase_order"}
AT_FACTORY = {"purchase_order": "sale_order"}

KEPT = (
    "The buyer refused the changed terms of this order and keeps purchase order {number} as it is."
    " The order goes back to its terms."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The links that carry out what was decided about proposed terms."""

    accept: Link
    refuse: Link
    tell: Link

    def accepted(self, database: Database, proposal: str) -> None:
        """The purchase order shall take these terms, by their id. Safe to repeat.

        Nothing happens when the factory offers other ones meanwhile.
        """
        self._ask(database, (self.accept, proposal))

    def refused(self, database: Database, purchase: str, answer: str) -> None:
        """The sale order of this purchase shall keep to it; `answer` names the refusal. Repeatable."""
        known = bindings.records_of(database, self.refuse.here_name, self.refuse.entity, [purchase])
        shadows.drop(database, self.refuse.pair, list(known.values()))
        self._ask(database, (self.refuse, purchase), (self.tell, f"{purchase}:{answer}"))

    def _ask(self, database: Database, *wanted: tuple[Link, str]) -> None:
        work.ask(database, [task_of(link, id_) for link, id_ in wanted])
        lanes.ring(database, [link.name for link, _ in wanted])


def links(
    options: Options, factory: Connector, buyer: Connector, hub: Own, name: str
) -> Sequence[Link]:
    """The proposals, what is done about them, and what people decided, in this order."""
    answers = answers_of(options, factory, buyer, name)
    proposals = Link(
        name=f"{name}.terms",
        entity="order_terms",
        source=factory,
        target=buyer,
        record_type=Terms,
        fields=TERMS,
        kind=Kind.THREAD,
        aliases=AT_BUYER,
        prepare=_proposing(options, hub, buyer),
        on_delete="ignore",
        priority=Priority.ORDERS,
        hints_only=True,
    )
    decided = Link(
        name=f"{name}.terms_decision",
        entity="decision",
        target_entity="accepted_terms",
        source=hub,
        target=buyer,
        record_type=Decision,
        fields=frozenset({"verb"}),
        scope=name,
        kind=Kind.THREAD,
        prepare=_carrying_out(answers),
        on_delete="ignore",
        priority=Priority.ORDERS,
    )
    return [decided, answers.accept, answers.tell, answers.refuse, proposals]


def answers_of(options: Options, factory: Connector, buyer: Connector, name: str) -> Answers:
    """The links that do something only when somebody has decided."""
    accept = Link(
        name=f"{name}.terms_accept",
        entity="order_terms",
        target_entity="accepted_terms",
        source=factory,
        target=buyer,
        record_type=Terms,
        fields=TERMS,
        kind=Kind.THREAD,
        transform=partial(_with_taxes, options=options),
        aliases=AT_BUYER,
        scope=ASKED,
        on_delete="ignore",
        priority=Priority.ORDERS,
    )
    tell = replace(
        accept,
        name=f"{name}.terms_refused",
        entity="purchase_terms",
        target_entity="note",
        source=buyer,
        target=factory,
        record_type=Note,
        fields=frozenset({"body"}),
        transform=_kept,
        aliases=AT_FACTORY,
    )
    return Answers(accept=accept, refuse=_keeping(options, tell, name), tell=tell)


def _keeping(options: Options, tell: Link, name: str) -> Link:
    """The purchase order once more, over whatever the factory has made of it."""
    return replace(
        tell,
        name=f"{name}.terms_refuse",
        entity="purchase_order",
        target_entity="sale_order",
        record_type=SaleOrder,
        fields=TERMS,
        kind=Kind.DOCUMENT,
        transform=partial(sale_order, options=options),
        view=partial(as_traded, options=options),
        aliases={},
        bound_only=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposer:
    """Makes proposals of the terms of mirrored orders."""

    link: Link
    store: Store
    hub: Own
    days: int

    def __call__(self, terms: Terms) -> Terms | Skipped:
        """The journal is asked here: whose order it is, and whether its goods are known there."""
        products = [line.product for line in terms.lines if line.product]
        bought, unknown = self.store.run_here(_known, self.link, terms.order, products)
        if not bought:
            return Skipped(reason="No purchase order stands behind it.")
        if unknown:
            error = MissingReference(
                f"{terms.number} sells variant {unknown[0].id} of {self.link.here_name}, which is not "
                f"known at {self.link.there_name}.",
                remedy="See why it did not arrive (qantara dead-letters list); this record follows "
                "by itself once it has.",
            )
            error.reference = unknown[0]
            raise error
        return replace(terms, choices=self._choices(terms, bought))

    def _choices(self, terms: Terms, purchase: str) -> tuple[Choice, ...]:
        """Buttons, where people reach the hub."""
        if not self.hub.asking.address:
            return ()
        question = Question(
            id=f"{self.link.name}{BEFORE}{terms.id}",
            link=self.link.name,
            connection=self.link.there_name,
            entity="purchase_order",
            external_id=purchase,
            number=terms.number,
        )
        until = now() + timedelta(days=self.days)
        return self.hub.asking.choices(question, ("accept", "refuse"), until)


def _known(
    database: Database, link: Link, order: Ref, products: Sequence[Ref]
) -> tuple[str, list[Ref]]:
    """The purchase order behind it, "" for none, and the products that the buyer does not know."""
    ids = [one.id for one in products]
    records = bindings.records_of(database, link.here_name, "variant", ids)
    there = bindings.external_ids(database, link.there_name, "variant", list(records.values()))
    unknown = [one for one in products if records.get(one.id) not in there]
    own = bindings.records_of(database, link.here_name, order.entity, [order.id])
    bought = bindings.external_ids(
        database, link.there_name, AT_BUYER[order.entity], list(own.values())
    )
    return next(iter(bought.values()), ""), unknown


def _proposing(options: Options, hub: Own, buyer: Connector) -> Preparation:
    """Only the buyer's orders concern him."""

    async def prepare(link: Link, store: Store) -> Link:
        customer = await counterpart_of(buyer, await company_of(buyer), link.source, store)
        proposer = _Proposer(link=link, store=store, hub=hub, days=options.approval_days)
        return replace(link, scope=f"customer:{customer.id}", transform=proposer)

    return prepare


def _carrying_out(answers: Answers) -> Preparation:
    """What was decided about terms becomes work of the links that can do it."""

    async def prepare(link: Link, store: Store) -> Link:
        def transform(decision: Decision) -> Skipped:
            if decision.verb not in ("accept", "refuse"):
                return Skipped(reason="Another link carries it out.")
            store.run_here(_take_up, answers, decision.question)
            return Skipped(reason=f"It was handed to the link that can {decision.verb}.")

        return replace(link, transform=transform)

    return prepare


def _take_up(database: Database, answers: Answers, question: str) -> None:
    """In one transaction: the work, and that the decision is not open any more. Safe to repeat."""
    found = decisions.of_question(database, question)
    if found is None or found.settled is not None:
        return
    if found.verb == "accept":
        answers.accepted(database, question.partition(BEFORE)[2])
    else:
        answers.refused(database, found.external_id, str(found.number))
    number, buyer = str(found.number), answers.accept.there_name
    known = bindings.records_of(database, OWN, DECISION, [number])
    record = known.get(number) or bindings.new_record()
    places = [
        Binding(record=record, connection=one, entity=DECISION, external_id=number)
        for one in (OWN, buyer)
    ]
    bindings.bind(database, places)


def _with_taxes(terms: Terms, options: Options) -> Terms:
    """New lines are taxed as the factory has it, or as the buyer's products are."""
    if options.order_taxes == "carry":
        return terms
    return replace(terms, lines=tuple(replace(line, taxes=None) for line in terms.lines))


def _kept(terms: Terms) -> Note:
    return Note(on=terms.order, body=KEPT.format(number=terms.number))
