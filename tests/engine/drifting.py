"""Two sides that sum themselves up, a link that has carried everything over, and what is said of it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import update

from qantara.connectors.base import Change, Digest
from qantara.engine import buckets, drift
from qantara.engine.drift import check
from qantara.engine.link import Link
from qantara.engine.pipeline import run
from qantara.model import Product, Text
from qantara.storage.buckets import natural
from qantara.storage.schema import buckets as table
from qantara.storage.statements import now
from qantara.storage.store import Store
from tests.engine.memory import Memory
from tests.engine.test_pipeline import Silent, product, products


class Summing(Memory):
    """Sums up ranges by the versions in them, and counts what it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.asked: list[int] = []
        self.reads: list[str] = []

    async def digests(
        self, entity: str, bounds: Sequence[tuple[str, str]], *, scope: str = ""
    ) -> Sequence[Digest]:
        self.asked.append(len(bounds))
        return [self._digest(entity, start, end) for start, end in bounds]

    def _digest(self, entity: str, start: str, end: str) -> Digest:
        within = [
            f"{one} {self.versions[entity, one]}"
            for one in self.records.get(entity, {})
            if natural(start) <= natural(one) and (not end or natural(one) < natural(end))
        ]
        return Digest(count=len(within), digest=str(hash(tuple(sorted(within)))))

    async def read(self, entity: str, ids: Sequence[str]) -> Sequence[Change]:
        self.reads += ids
        return await super().read(entity, ids)

    def quiet(self) -> None:
        self.asked, self.reads = [], []

    def rename(self, id_: str, name: str, *, behind: bool = False) -> None:
        """Change the name; `behind` as SQL would, which moves no version."""
        changed = replace(of(self, id_), name=Text(name))
        if behind:
            self.records["product"][id_] = changed
        else:
            self.put("product", changed, id_)


async def carried(store: Store, count: int = 20, **more: object) -> tuple[Link, Summing, Summing]:
    """A link whose sides agree, and were found to."""
    here, there = Summing("here"), Summing("there!")
    for number in range(1, count + 1):
        here.put("product", product(f"A-{number}"), str(number))
    link = products(here, there, **more)
    await run(link, store, Silent())
    report = await check(link, store)
    assert (report.findings, report.complete) == ([], True)
    await check(link, store)
    here.quiet()
    there.quiet()
    return link, here, there


async def counterpart(link: Link, store: Store, source_id: str) -> str:
    pairs = await store.run(buckets.carried, link)
    return next(pair.target_id for pair in pairs if pair.source_id == source_id)


def of(memory: Memory, id_: str) -> Product:
    record = memory.records["product"][id_]
    assert isinstance(record, Product)
    return record


def named(memory: Memory, id_: str) -> Text:
    return of(memory, id_).name


async def mend(link: Link, store: Store) -> None:
    """The link's next turn, without asking the source what changed."""
    await run(link, store, Silent(), polling=False)


def told(report: drift.Report) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.source_id, one.cause, one.fields) for one in report.findings]


async def late(store: Store) -> None:
    """Suspects have been so for longer than the grace."""
    old = update(table).where(table.c.bucket.startswith("?")).values(at=now() - 2 * drift.GRACE)
    await store.run(lambda conn: conn.execute(old))
