"""Two systems of partners and a two-way link between them, for several test files."""

from dataclasses import replace
from typing import Any

from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.engine.pipeline import run
from qantara.model import Partner
from qantara.storage import conflicts, work
from qantara.storage.conflicts import Choice, Conflict
from qantara.storage.store import Store
from tests.engine.memory import Memory, every_field
from tests.engine.test_pipeline import Silent

SKY = Partner(name="Sky", reference="S", phone="1", email="sky@example.com")


def partners(here: Memory, there: Memory, default: Rule = Rule.ASK, **more: object) -> Link:
    return Link(
        name="flow.people",
        entity="partner",
        source=here,
        target=there,
        record_type=Partner,
        fields=every_field(Partner),
        two_way=True,
        default_rule=default,
        **more,  # type: ignore[arg-type]
    )


def one(system: Memory, id_: str) -> Partner:
    record = system.records["partner"][id_]
    assert isinstance(record, Partner)
    return record


async def turn(link: Link, store: Store) -> None:
    for direction in link.directions:
        await run(direction, store, Silent())


async def quiet(link: Link, store: Store, *systems: Memory) -> None:
    """Nothing is left to do: further turns write nothing."""
    for system in systems:
        system.written.clear()
    for _ in range(3):
        await turn(link, store)
    assert [system.written for system in systems] == [[] for _ in systems]


async def asked(store: Store) -> list[Conflict]:
    return await store.run(conflicts.listing)


async def decide(link: Link, store: Store, choice: Choice) -> None:
    for one in await store.run(conflicts.decide, [c.id for c in await asked(store)], choice, "ann"):
        for direction, id_ in zip(link.directions, (one.source_id, one.target_id), strict=True):
            await store.run(
                work.ask,
                [
                    work.Task(
                        link=direction.name,
                        connection=direction.here_name,
                        entity=direction.entity,
                        external_id=id_,
                    )
                ],
            )


def edit(system: Memory, id_: str, **changes: Any) -> None:
    system.put("partner", replace(one(system, id_), **changes), id_)


async def paired(link: Link, store: Store, here: Memory, there: Memory) -> tuple[str, str]:
    """A record that both sides have."""
    one = here.put("partner", SKY)
    await turn(link, store)
    (other,) = there.records["partner"]
    here.written.clear()
    there.written.clear()
    return one, other
