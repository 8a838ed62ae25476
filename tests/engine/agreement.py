"""Two systems, people who edit on both sides, everything that goes wrong, and what must hold."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from qantara.connectors.base import Write
from qantara.engine import pipeline
from qantara.engine.fingerprint import fingerprints
from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.engine.sweep import sweep
from qantara.model import Partner, Ref
from qantara.storage import bindings, conflicts, dead_letters, inbox, ledger, runs, shadows, work
from qantara.storage.conflicts import WHOLE
from qantara.storage.inbox import Notice, Routes
from qantara.storage.steps import observed
from qantara.storage.store import Store
from qantara.transport import ConnectorError
from tests.engine.edits import EDITS, FIELDS, RULES, SIDES, TROUBLES, VALUES, WAITING, Words
from tests.engine.shaky import Crash, Fate, Shaky, Trouble
from tests.engine.test_pipeline import Silent


class Agreement(RuleBasedStateMachine):
    """`idle` is how often nothing may be written at the end."""

    idle = 3

    def __init__(self, url: str, on_delete: str) -> None:
        super().__init__()
        self.url = url
        self.fate = Fate()
        self.sides = (Shaky("here", self.fate), Shaky("there!", self.fate))
        self.link = Link(
            name="flow.people",
            entity="partner",
            source=self.sides[0],
            target=self.sides[1],
            record_type=Partner,
            fields=FIELDS,
            two_way=True,
            rules=RULES,
            on_delete=on_delete,
        )
        self.sides[0].watch = lambda write, before: self.watch(0, write, before)
        self.sides[1].watch = lambda write, before: self.watch(1, write, before)
        self.store = Store.open(url)
        self.numbers = 0
        self.budget = 0
        self.born = 0
        self.decided: set[tuple[str, str]] = set()
        self.kept: set[str] = set()
        self.deleted: tuple[set[str], set[str]] = (set(), set())
        self.twins: set[str] = set()
        self.raced = False
        self.faults: list[str] = []
        self.said: tuple[Words, Words] = ({}, {})
        self.events: list[tuple[int, str]] = []

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.store.close()

    # What people do

    @initialize()
    def begin(self) -> None:
        """Each side has somebody, and the other knows him."""
        for side in (0, 1):
            self.create(side, twin=False, values={})
        for direction in (0, 1):
            self.turn(direction, polling=True)

    @rule(side=SIDES, twin=st.booleans(), values=EDITS)
    def create(self, side: int, *, twin: bool, values: dict[str, Any]) -> None:
        self.numbers += 1
        record = Partner(name=f"P{self.numbers}", reference=f"R{self.numbers}")
        self.say(side, "", replace(record, **{k: v for k, v in values.items() if k != "name"}))
        if twin:
            self.twins.add(record.reference)
            self.say(1 - side, "", record)

    @rule(side=SIDES, pick=st.integers(0), values=EDITS)
    def edit(self, side: int, pick: int, values: dict[str, Any]) -> None:
        self.change(side, pick, values)

    @rule(pick=st.integers(0), here=EDITS, there=EDITS)
    def edit_both(self, pick: int, here: dict[str, Any], there: dict[str, Any]) -> None:
        pairs = sorted(self.pairs().values())
        for side, id_ in enumerate(pairs[pick % len(pairs)] if pairs else ()):
            self.change_one(side, id_, (here, there)[side])

    @rule(side=SIDES, pick=st.integers(0), calls=st.integers(1, 12), values=EDITS)
    def edit_meanwhile(self, side: int, pick: int, calls: int, values: dict[str, Any]) -> None:
        self.between(calls, lambda: self.change(side, pick, values))

    @rule(side=SIDES, pick=st.integers(0), calls=st.integers(1, 12))
    def delete_meanwhile(self, side: int, pick: int, calls: int) -> None:
        self.between(calls, lambda: self.remove(side, pick))

    @rule(side=SIDES, pick=st.integers(0), above=st.integers(0))
    def refer(self, side: int, pick: int, above: int) -> None:
        """Whoever came later may belong to who came earlier: no circles."""
        if child := self.pick(side, pick):
            record = self.sides[side].partners[child]
            older = [
                id_
                for id_, one in self.sides[side].partners.items()
                if int(one.reference[1:]) < int(record.reference[1:])
            ]
            parent = Ref("partner", older[above % len(older)]) if older else None
            self.say(side, child, replace(record, parent=parent))

    @rule(side=SIDES, pick=st.integers(0))
    def delete(self, side: int, pick: int) -> None:
        self.remove(side, pick)

    @precondition(lambda self: self.asked())
    @rule(pick=st.integers(0), choice=st.sampled_from(["source", "target"]))
    def decide(self, pick: int, choice: Any) -> None:
        open_ = self.asked()
        one = open_[pick % len(open_)]
        self.store.run_here(conflicts.decide, [one.id], choice, "ann")
        for link, id_ in zip(self.link.directions, (one.source_id, one.target_id), strict=True):
            self.store.run_here(work.ask, [pipeline.task_of(link, id_)])
        self.decided.add((one.record, one.field))
        if one.field == WHOLE:
            self.stays(one, choice)
        self.budget += 2 if one.field == WHOLE else 1

    # What goes wrong

    @rule(side=SIDES, after=st.integers(0, 5), trouble=st.sampled_from(TROUBLES))
    def trouble(self, side: int, after: int, trouble: Trouble) -> None:
        queue = self.sides[side].troubles
        queue += [None] * (after - len(queue)) + [trouble]

    @rule(side=SIDES, minutes=st.integers(-60, 60))
    def clock_steps(self, side: int, minutes: int) -> None:
        self.sides[side].skew += timedelta(minutes=minutes)

    @precondition(lambda self: self.events)
    @rule(pick=st.integers(0), times=st.integers(0, 5))
    def webhook(self, pick: int, times: int) -> None:
        """In any order, up to five times, or never."""
        side, id_ = self.events.pop(pick % len(self.events))
        notice = Notice(
            connection=self.sides[side].connection.name,
            topic="partner",
            event_key=f"{side}-{id_}-{len(self.events)}-{self.fate.calls}",
            body=b"",
            entity="partner",
            external_id=id_,
        )
        for _ in range(times):
            self.store.run_here(inbox.receive, [notice])

    # What the hub does

    @rule(direction=SIDES, polling=st.booleans())
    def turn(self, direction: int, *, polling: bool) -> None:
        self.do(lambda: self.turned(self.link.directions[direction], polling=polling))

    @rule(direction=SIDES)
    def sweep(self, direction: int) -> None:
        self.do(lambda: sweep(self.link.directions[direction], self.store))

    @rule(direction=SIDES, steps=st.integers(0, 45))
    def crash(self, direction: int, steps: int) -> None:
        self.fate.steps = steps
        link = self.link.directions[direction]
        with suppress(Crash), observed(self.fate.step):
            self.do(lambda: self.turned(link, polling=True))
            self.do(lambda: sweep(link, self.store))
        self.fate.steps, self.fate.dead = -1, False
        self.store.close()
        self.store = Store.open(self.url)

    # How

    def say(self, side: int, id_: str, record: Partner) -> None:
        """A person writes a record; each field that changes may cause one write."""
        before = self.sides[side].partners.get(id_)
        made = self.sides[side].put("partner", record, id_)
        changed = [n for n in FIELDS if before is None or getattr(before, n) != getattr(record, n)]
        self.budget += len(changed) if before else 1
        self.born += before is None
        words = self.said[side].setdefault(made, {})
        for name in changed:
            words.setdefault(name, []).append(getattr(record, name))
        words["reference"] = [record.reference]
        self.events.append((side, made))

    def stays(self, one: conflicts.Conflict, choice: Any) -> None:
        """Who keeps a record as it was shown to him says all that it says."""
        self.kept.add(one.record)
        here, there = (one.source_id, one.source_value), (one.target_id, one.target_value)
        side, (id_, shown) = (0, here) if choice == "source" else (1, there)
        if shown:
            words = self.said[side].setdefault(id_, {"reference": [shown["reference"]]})
            for name in VALUES:
                words.setdefault(name, []).append(shown[name])

    def change(self, side: int, pick: int, values: dict[str, Any]) -> None:
        if id_ := self.pick(side, pick):
            self.change_one(side, id_, values)

    def change_one(self, side: int, id_: str, values: dict[str, Any]) -> None:
        """No two telephone numbers are the same: each that is lost is missed."""
        self.numbers += 1
        unlike = {"phone": f"{self.numbers}"} if "phone" in values else {}
        self.say(side, id_, replace(self.sides[side].partners[id_], **{**values, **unlike}))

    def remove(self, side: int, pick: int) -> None:
        if id_ := self.pick(side, pick):
            self.deleted[side].add(self.sides[side].partners[id_].reference)
            self.budget += 1 + self.sides[side].drop(id_)
            self.events.append((side, id_))

    def between(self, calls: int, happens: Callable[[], None]) -> None:
        def raced() -> None:
            self.raced = True
            happens()

        self.fate.between.setdefault(self.fate.calls + calls, []).append(raced)

    def pick(self, side: int, number: int) -> str:
        ids = sorted(self.sides[side].partners)
        return ids[number % len(ids)] if ids else ""

    def asked(self) -> list[conflicts.Conflict]:
        return self.store.run_here(conflicts.listing, limit=1000)

    def do(self, work_: Callable[[], Coroutine[Any, Any, object]]) -> None:
        with suppress(ConnectorError):
            asyncio.run(work_())

    async def turned(self, link: Link, *, polling: bool) -> None:
        routes = Routes(told={"partner": [link.name]}, rung={})
        self.store.run_here(inbox.route, link.here_name, routes)
        await pipeline.run(link, self.store, Silent(), polling=polling)

    # What must hold

    def watch(self, side: int, write: Write, before: Partner | None) -> None:
        """A write of the hub may not undo what people did: told at the end, not to the engine."""
        record = write.record
        assert isinstance(record, Partner)
        where = self.sides[side].connection.name
        if before is None and write.external_id:
            return  # it was deleted a moment ago: the system says so
        if before is None:
            again = record.reference in self.deleted[side] - self.twins
            if again and self.link.on_delete != "archive" and write.key not in self.kept:
                self.faults.append(f"{record.reference} was deleted {where} and is made anew.")
            return
        for name in write.fields if write.external_id else ():
            old, new = getattr(before, name), getattr(record, name)
            if old != new and (write.key, name) not in self.decided:
                self.faults += self.undone(side, before, name, f"{old!r} by {new!r}")

    def undone(self, side: int, before: Partner, name: str, what: str) -> Iterator[str]:
        where = self.sides[side].connection.name
        if RULES.get(name) is (Rule.SOURCE, Rule.TARGET)[side]:
            yield f"{where} owns {name}, and {what} was replaced."
        seen = self.sides[1 - side].held.get(before.reference, set())
        if name == "phone" and before.phone not in seen and not self.raced:
            yield f"{where} had its own {name}: {what} was replaced and nobody asked."

    def settle(self) -> None:
        for side in self.sides:
            side.troubles.clear()
        self.fate.between.clear()
        for _ in range(12):
            before = self.writes()
            self.round()
            if self.writes() == before and not self.store.run_here(work.backlogs):
                break
        quiet = self.writes()
        for _ in range(self.idle):
            self.round()
        assert self.writes() == quiet, "It writes though nothing has happened."
        self.holds()

    def round(self) -> None:
        for link in self.link.directions:
            asyncio.run(self.turned(link, polling=True))
            asyncio.run(sweep(link, self.store))

    def writes(self) -> int:
        return sum(len(side.written) + len(side.deleted) for side in self.sides)

    def holds(self) -> None:
        assert not self.faults, self.faults
        undone = [one for one in self.asked() if one.state != "open"]
        assert not undone, f"Decisions are not carried out: {undone}"
        orphans = sum(side.orphans for side in self.sides)
        assert self.writes() <= self.budget + orphans, "It writes more than has happened."
        for run in self.store.run_here(runs.history, limit=10_000):
            assert run.state in ("complete", "failed"), f"A run is {run.state}."
            assert run.seen == sum(self.store.run_here(ledger.totals, run.id).values())
        pairs = self.pairs()
        open_ = {(one.record, one.field) for one in self.asked()}
        known = self.store.run_here(shadows.of, self.link.name, list(pairs))
        waiting = {
            (one.connection, one.external_id)
            for one in self.store.run_here(dead_letters.listing, limit=1000)
        }
        for record, ids in pairs.items():
            names = [side.connection.name for side in self.sides]
            if not waiting.intersection(zip(names, ids, strict=True)):
                self.agree(record, ids, open_, known.get(record))
        self.all_accounted(pairs, open_)

    def pairs(self) -> dict[str, tuple[str, str]]:
        """By the hub's record, its id on both sides."""
        bound = [
            self.store.run_here(
                bindings.records_of, side.connection.name, "partner", sorted(side.partners)
            )
            for side in self.sides
        ]
        here, there = ({record: id_ for id_, record in one.items()} for one in bound)
        return {record: (id_, there[record]) for record, id_ in here.items() if record in there}

    def agree(
        self,
        record: str,
        ids: tuple[str, str],
        open_: set[tuple[str, str]],
        shadow: shadows.Shadow | None,
    ) -> None:
        """Both sides hold the same, it is what a person said, and the shadow knows it."""
        here, there = (side.partners[id_] for side, id_ in zip(self.sides, ids, strict=True))
        hashes = fingerprints(here, FIELDS), fingerprints(there, FIELDS)
        for name in FIELDS:
            if (record, name) in open_:
                continue
            one, other = self.meant(0, getattr(here, name)), self.meant(1, getattr(there, name))
            assert one == other, f"{name} is {one!r} here and {other!r} there, and nobody is asked."
            assert shadow is not None, f"Nothing was agreed on {ids}."
            assert (shadow.source[name], shadow.target[name]) == (
                hashes[0][name],
                hashes[1][name],
            ), f"The shadow of {name} is not what both sides hold."
            if name in VALUES and not (name == "active" and self.link.on_delete == "archive"):
                words = [self.said[i].get(ids[i], {}) for i in (0, 1)]
                words += self.of_the_gone(here.reference)
                owned = RULES.get(name) in (Rule.SOURCE, Rule.TARGET)
                said = [v for w in words for v in w.get(name, [])[0 if owned else -1 :]]
                assert one in said, f"{name} is {one!r}, and people said {said}."

    def of_the_gone(self, reference: str) -> list[dict[str, list[Any]]]:
        """What people said of records with this reference that were deleted since.

        Nobody can know what was said between the last reading and the deletion.
        """
        return [
            words
            for side, said in zip(self.sides, self.said, strict=True)
            for id_, last in said.items()
            if id_ not in side.partners and last["reference"] == [reference]
            for words in (last, {n: [getattr(side.told.get(id_), n, None)] for n in VALUES})
        ]

    def meant(self, side: int, value: Any) -> Any:
        """References by the hub's record."""
        if not isinstance(value, Ref):
            return value
        name = self.sides[side].connection.name
        known = self.store.run_here(bindings.records_of, name, "partner", [value.id])
        return known.get(value.id, value)

    def all_accounted(self, pairs: dict[str, tuple[str, str]], open_: set[tuple[str, str]]) -> None:
        """Who is on one side only was archived before, waits for such a one, or is asked about."""
        letters = {
            (one.connection, one.external_id): one
            for one in self.store.run_here(dead_letters.listing, limit=1000)
        }
        for index, side in enumerate(self.sides):
            paired = {ids[index] for ids in pairs.values()}
            alone = {id_: p for id_, p in side.partners.items() if id_ not in paired}
            where = side.connection.name
            records = self.store.run_here(bindings.records_of, where, "partner", list(alone))
            for id_, partner in alone.items():
                letter = letters.get((where, id_))
                waits = letter is not None and letter.code in WAITING
                asked = (records.get(id_, ""), WHOLE) in open_
                assert not partner.active or waits or asked, f"{where} {partner} stays alone."
        assert all(one.code in WAITING for one in letters.values()), letters
