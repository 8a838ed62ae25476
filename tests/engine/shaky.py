"""A system in memory that fails, cuts, dawdles and dies where it is told to."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from qantara.connectors.base import Change, Outcome, Page, Write
from qantara.model import Partner, Ref
from qantara.transport import OutcomeUnknown, Rejected, RetryLater
from tests.engine.memory import Memory

Trouble = Literal["429", "503", "cut before", "cut after"]

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Crash(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Fate:
    """What goes wrong next: shared by both systems and the journal's steps."""

    steps: int = -1
    dead: bool = False
    calls: int = 0
    between: dict[int, list[Callable[[], None]]] = field(default_factory=dict)

    def step(self, _: str = "") -> None:
        """Each step of the journal; the last one is where the process dies, with all its threads."""
        if self.steps == 0:
            self.dead = True
        self.steps -= 1
        if self.dead:
            raise Crash

    def call(self) -> None:
        """A call to a system: somebody may do something while it is on its way."""
        if self.dead:
            raise Crash
        self.calls += 1
        for happens in self.between.pop(self.calls, ()):
            happens()


class Shaky(Memory):
    """Partners of one side; `troubles` are what the next calls meet, None = none.

    `told` holds each as it was read last.
    """

    def __init__(self, name: str, fate: Fate) -> None:
        super().__init__(name)
        self.fate = fate
        self.troubles: list[Trouble | None] = []
        self.skew = timedelta()
        self.stamps: dict[str, datetime] = {}
        self.held: dict[str, set[str]] = {}
        self.told: dict[str, Partner] = {}
        self.watch: Callable[[Write, Partner | None], None] = lambda write, before: None
        self.orphans = 0
        self.records["partner"] = {}

    @property
    def partners(self) -> dict[str, Partner]:
        rows = self.records["partner"]
        return {id_: record for id_, record in rows.items() if isinstance(record, Partner)}

    def put(self, entity: str, record: Any, id_: str = "") -> str:
        made = super().put(entity, record, id_)
        self.held.setdefault(record.reference, set()).add(record.phone)
        self.stamps[made] = BEGAN + timedelta(seconds=self.fate.calls) + self.skew
        return made

    def drop(self, id_: str) -> int:
        """It is deleted, and who refers to it no longer does; says how many those were."""
        self.records["partner"].pop(id_)
        orphans = [i for i, p in self.partners.items() if p.parent == Ref("partner", id_)]
        for one in orphans:
            self.put("partner", replace(self.partners[one], parent=None), one)
        return len(orphans)

    async def changes(self, entity: str, cursor: str, *, scope: str = "") -> AsyncIterator[Page]:
        self._meet()
        async for page in super().changes(entity, cursor, scope=scope):
            yield page
            self._meet()

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        self._meet()
        return await super().read(entity, ids)

    async def ids(self, entity: str, *, scope: str = "") -> set[str]:
        self._meet()
        return await super().ids(entity, scope=scope)

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, Sequence[str]]:
        self._meet()
        return await super().find(entity, keys)

    async def lookup(self, entity: str, keys: Sequence[str]) -> Mapping[str, str]:
        self._meet()
        return await super().lookup(entity, keys)

    async def write(self, entity: str, writes: Sequence[Write]) -> Sequence[Outcome]:
        cut = self._meet()
        outcomes = await super().write(entity, writes)
        if cut:
            raise OutcomeUnknown("The line was cut after it was done.")
        self.fate.call()
        return outcomes

    async def delete(self, entity: str, ids: Sequence[str]) -> Sequence[Outcome]:
        cut = self._meet()
        outcomes = await super().delete(entity, ids)
        if cut:
            raise OutcomeUnknown("The line was cut after it was done.")
        self.fate.call()
        return outcomes

    def _write(self, entity: str, write: Write) -> Outcome:
        known = write.external_id or self.keys.get((entity, write.key), "")
        parent = write.record.parent if isinstance(write.record, Partner) else None
        if "parent" in write.fields and parent and parent.id not in self.partners:
            return Rejected(f"There is no partner {parent.id}.")
        self.watch(write, self.partners.get(known))
        return super()._write(entity, write)

    def _delete(self, entity: str, id_: str) -> Outcome:
        if id_ in self.partners:
            record = self.partners[id_]
            self.orphans += self.drop(id_)
            self.records["partner"][id_] = record
        return super()._delete(entity, id_)

    def _change(self, entity: str, id_: str) -> Change:
        change = super()._change(entity, id_)
        self.told[id_] = self.partners[id_]
        return replace(change, version=f"{self.stamps[id_]:%Y-%m-%d %H:%M:%S}")

    def _meet(self) -> bool:
        """What the call meets before it is done; True when its answer will be lost."""
        self.fate.call()
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble in ("429", "503"):
            raise RetryLater(f"It says {trouble}.", after=0)
        if trouble == "cut before":
            raise OutcomeUnknown("The line was cut before it was done.")
        return trouble == "cut after"
