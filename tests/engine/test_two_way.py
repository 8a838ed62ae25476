"""Two-way links: what goes where, what is asked, what is dropped."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qantara.engine.link import Kind
from qantara.engine.merge import Rule
from qantara.engine.pipeline import run
from qantara.engine.rehearse import rehearse
from qantara.model import Partner, Record, Ref
from qantara.storage import conflicts, dead_letters
from qantara.storage.conflicts import Choice
from qantara.storage.steps import observed
from qantara.storage.store import Store
from qantara.transport import ConnectorError, OutcomeUnknown, Rejected, RetryLater
from tests.engine.memory import Memory
from tests.engine.shaky import Crash
from tests.engine.test_pipeline import Silent
from tests.engine.two_way import SKY, asked, decide, edit, one, paired, partners, quiet, turn


@pytest.fixture
def here() -> Memory:
    return Memory("here")


@pytest.fixture
def there() -> Memory:
    return Memory("there!")


async def test_what_changes_on_either_side_arrives_on_the_other(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="2")
    edit(there, other, email="new@example.com")
    there.put("partner", Partner(name="Born there"))
    await turn(link, store)

    assert here.records["partner"][mine] == replace(SKY, phone="2", email="new@example.com")
    assert here.records["partner"][mine] == there.records["partner"][other]
    assert {one(here, id_).name for id_ in here.records["partner"]} == {"Born there", "Sky"}
    assert [write.fields for write in there.written] == [{"phone"}]
    await quiet(link, store, here, there)


async def test_an_owner_restores_its_value(store: Store, here: Memory, there: Memory) -> None:
    link = partners(here, there, rules={"name": Rule.SOURCE, "phone": Rule.TARGET})
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="mine")
    edit(there, other, name="Renamed")
    await turn(link, store)

    assert here.records["partner"][mine] == there.records["partner"][other] == SKY
    await quiet(link, store, here, there)


async def test_a_conflict_by_owner_goes_the_owners_way(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, rules={"name": Rule.SOURCE, "phone": Rule.TARGET})
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="h", name="H")
    edit(there, other, phone="t", name="T")
    await turn(link, store)

    assert here.records["partner"][mine] == replace(SKY, phone="t", name="H")
    assert there.records["partner"][other] == replace(SKY, phone="t", name="H")
    assert await asked(store) == []
    await quiet(link, store, here, there)


async def test_a_rehearsal_shows_both_directions_and_the_questions_and_writes_nothing(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, rules={"name": Rule.SOURCE})
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="h", website="w")
    edit(there, other, phone="t", email="new@example.com", name="Renamed")

    planned = [one async for one in rehearse(link.directions, store)]

    assert here.written == there.written == []
    assert await asked(store) == []
    assert [(one.link, one.operation, dict(one.changes)) for one in planned] == [
        ("flow.people", "update", {"website": ("", "w"), "name": ("Renamed", "Sky")}),
        ("flow.people_back", "update", {"email": ("sky@example.com", "new@example.com")}),
        ("flow.people", "conflict", {"phone": ("h", "t")}),
    ]


async def test_the_same_change_on_both_sides_is_no_conflict(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="2")
    edit(there, other, phone="2")
    await turn(link, store)

    assert here.written == there.written == []
    assert await asked(store) == []


@pytest.mark.parametrize("choice", ["source", "target"])
async def test_both_changed_asks_and_the_answer_is_carried_out(
    store: Store, here: Memory, there: Memory, choice: Choice
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="h", website="w")
    edit(there, other, phone="t")
    await turn(link, store)

    (conflict,) = await asked(store)
    assert (conflict.link, conflict.field) == ("flow.people", "phone")
    assert (conflict.source_value, conflict.target_value) == ("h", "t")
    assert (conflict.source_id, conflict.target_id) == (mine, other)
    assert there.records["partner"][other] == replace(SKY, phone="t", website="w")
    await quiet(link, store, here, there)
    assert [c.id for c in await asked(store)] == [conflict.id]

    await decide(link, store, choice)
    await turn(link, store)

    chosen = {"source": "h", "target": "t"}[choice]
    assert here.records["partner"][mine] == replace(SKY, phone=chosen, website="w")
    assert there.records["partner"][other] == here.records["partner"][mine]
    assert await asked(store) == []
    settled = await store.run(conflicts.get, conflict.id)
    assert (settled.state, settled.choice, settled.actor) == ("settled", choice, "ann")
    await quiet(link, store, here, there)


async def test_a_decision_holds_only_for_the_values_it_was_made_for(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="h")
    edit(there, other, phone="t")
    await turn(link, store)

    await decide(link, store, "source")
    edit(there, other, phone="t2")
    await turn(link, store)

    (conflict,) = await asked(store)
    assert (conflict.state, conflict.choice, conflict.target_value) == ("open", "", "t2")
    assert there.records["partner"][other] == replace(SKY, phone="t2")


async def test_a_conflict_that_vanishes_is_settled(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="h")
    edit(there, other, phone="t")
    await turn(link, store)
    assert len(await asked(store)) == 1

    edit(there, other, phone="h")
    await turn(link, store)

    assert await asked(store) == []
    await quiet(link, store, here, there)


async def test_giving_in_to_the_agreed_value_lets_the_other_change_through(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="h")
    edit(there, other, phone="t")
    await turn(link, store)

    edit(here, mine, phone=SKY.phone)
    await turn(link, store)

    assert here.records["partner"][mine] == replace(SKY, phone="t")
    assert await asked(store) == []


async def test_the_newest_wins_where_times_are_known(
    store: Store, here: Memory, there: Memory
) -> None:
    here.stamp = lambda version: f"2026-11-22 10:00:{version:02}"
    there.stamp = lambda version: f"2026-11-22 10:00:{version + 30:02}"
    link = partners(here, there, Rule.NEWEST)
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="older")
    edit(there, other, phone="newer")
    await turn(link, store)

    assert here.records["partner"][mine] == replace(SKY, phone="newer")
    assert await asked(store) == []


async def test_the_newest_asks_where_times_are_not_known(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, Rule.NEWEST)
    mine, other = await paired(link, store, here, there)

    edit(here, mine, phone="h")
    edit(there, other, phone="t")
    await turn(link, store)

    assert [c.rule for c in await asked(store)] == ["newest"]


async def test_the_first_meeting_never_overwrites_silently(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, rules={"email": Rule.TARGET})
    mine = here.put("partner", SKY)
    other = there.put("partner", replace(SKY, phone="other", email="theirs@example.com"))

    await turn(link, store)

    assert [c.field for c in await asked(store)] == ["phone"]
    assert here.records["partner"][mine] == replace(SKY, email="theirs@example.com")
    assert there.records["partner"][other] == replace(
        SKY, phone="other", email="theirs@example.com"
    )
    await quiet(link, store, here, there)


async def test_references_are_exchanged_in_both_directions(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    boss = there.put("partner", Partner(name="Boss"))
    edit(there, other, parent=Ref("partner", boss))

    await turn(link, store)
    await turn(link, store)

    (boss_here,) = (id_ for id_ in here.records["partner"] if one(here, id_).name == "Boss")
    assert here.records["partner"][mine] == replace(SKY, parent=Ref("partner", boss_here))
    assert await store.run(dead_letters.listing) == []
    await quiet(link, store, here, there)


def shortened(record: Record) -> Record:
    return replace(record, phone=record.phone[:3]) if isinstance(record, Partner) else record


async def test_what_a_side_keeps_otherwise_is_asked_and_never_carried_back_by_itself(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, _ = await paired(link, store, here, there)
    there.keeps = shortened

    edit(here, mine, phone="12345")
    await turn(link, store)

    (conflict,) = await asked(store)
    assert (conflict.source_value, conflict.target_value) == ("12345", "123")
    await quiet(link, store, here, there)
    assert here.records["partner"][mine] == replace(SKY, phone="12345")

    await decide(link, store, "target")
    await turn(link, store)
    assert here.records["partner"][mine] == replace(SKY, phone="123")
    assert await asked(store) == []


async def test_an_own_write_that_no_page_closed_is_not_taken_for_a_persons(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="2")

    def dies(step: str) -> None:
        if step == "write: answered":
            raise Crash

    with pytest.raises(Crash), observed(dies):
        await run(link, store, Silent())
    assert one(there, other).phone == "2"
    edit(here, mine, phone=SKY.phone)
    await turn(link, store)

    assert here.records["partner"][mine] == there.records["partner"][other] == SKY
    assert await asked(store) == []
    await quiet(link, store, here, there)


@pytest.mark.parametrize("error", [OutcomeUnknown("cut"), RetryLater("busy", after=0)])
async def test_a_cut_in_either_direction_doubles_nothing(
    store: Store, here: Memory, there: Memory, error: ConnectorError
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)
    edit(here, mine, phone="2")
    edit(there, other, email="new@example.com")
    there.put("partner", Partner(name="Born there", reference="B"))

    for system in (here, there):
        for where in (system.fail, system.fail_after):
            where.append(error)
    for _ in range(8):
        try:
            await turn(link, store)
        except (OutcomeUnknown, RetryLater):
            continue

    assert sorted(map(repr, here.records["partner"].values())) == sorted(
        map(repr, there.records["partner"].values())
    )
    assert len(here.records["partner"]) == 2
    await quiet(link, store, here, there)


async def test_what_the_source_refuses_waits_for_a_person_and_goes_when_sent_again(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there, rules={"name": Rule.ASK})
    mine, other = await paired(link, store, here, there)

    async def refuse(entity: str, writes: Sequence[object]) -> list[Rejected]:
        return [Rejected("No.") for _ in writes]

    real, here.write = here.write, refuse  # type: ignore[method-assign]
    edit(here, mine, website="w")
    edit(there, other, phone="t")
    await turn(link, store)

    (letter,) = await store.run(dead_letters.listing)
    assert (letter.link, letter.external_id) == ("flow.people_back", other)
    assert there.records["partner"][other] == replace(SKY, phone="t", website="w")

    here.write = real  # type: ignore[method-assign]
    await store.run(dead_letters.request_retry, [letter.id])
    await turn(link, store)

    assert here.records["partner"][mine] == replace(SKY, phone="t", website="w")
    assert await store.run(dead_letters.listing) == []


async def test_archiving_and_restoring_are_changes_like_others(
    store: Store, here: Memory, there: Memory
) -> None:
    link = partners(here, there)
    mine, other = await paired(link, store, here, there)

    edit(there, other, active=False)
    await turn(link, store)
    assert here.records["partner"][mine] == replace(SKY, active=False)

    edit(here, mine, active=True)
    await turn(link, store)
    assert there.records["partner"][other] == SKY
    await quiet(link, store, here, there)


async def test_a_link_with_no_way_back_cannot_be_two_way(here: Memory, there: Memory) -> None:
    with pytest.raises(ValueError, match="no way back"):
        partners(here, there, transform=lambda record: record)
    with pytest.raises(ValueError, match="one direction"):
        partners(here, there, kind=Kind.DOCUMENT)


async def test_an_inverse_leads_back_to_the_sources_words(
    store: Store, here: Memory, there: Memory
) -> None:
    def shout(partner: Partner) -> Partner:
        return replace(partner, name=partner.name.upper())

    def whisper(partner: Partner) -> Partner:
        return replace(partner, name=partner.name.lower())

    link = partners(here, there, transform=shout, inverse=whisper)
    mine = here.put("partner", Partner(name="sky"))
    await turn(link, store)
    (other,) = there.records["partner"]
    assert one(there, other).name == "SKY"

    edit(there, other, name="SEA")
    await turn(link, store)

    assert one(here, mine).name == "sea"
    await quiet(link, store, here, there)
