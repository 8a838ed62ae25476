"""The enumeration: the story once undisturbed, then once for each point, several at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from qantara.cli.selftest.acts import ACTS
from qantara.cli.selftest.journals import Journals
from qantara.cli.selftest.processes import Child, fork
from qantara.cli.selftest.trial import Counts, Report, Trial
from qantara.cli.selftest.verdict import Verdict, judge
from qantara.cli.selftest.worker import Point
from qantara.storage.errors import StorageError

UPDATES = 1
"""The act in which known records change: each of its steps is enumerated too."""

SAMPLE = 12
"""How many points a sample has."""

Points = Sequence[Point]


def points(counts: Counts) -> list[Points]:
    """Each step of each process where it is reached first, last, and first among updates."""
    by_step: dict[tuple[str, str], list[int]] = {}
    for role, act, step in sorted(counts):
        by_step.setdefault((role, step), []).append(act)
    found: dict[Point, None] = {}
    for (role, step), acts in sorted(by_step.items(), key=lambda pair: (pair[1][0], pair[0])):
        found[Point(act=acts[0], step=step, role=role)] = None
        if UPDATES in acts:
            found[Point(act=UPDATES, step=step, role=role)] = None
        number = counts[role, acts[-1], step]
        found[Point(act=acts[-1], step=step, number=number, role=role)] = None
    return [[point] for point in found]


def again(counts: Counts, first: Point) -> list[Points]:
    """Each step of the process that comes back after `first`, where it is reached first."""
    here = (first.role, first.act)
    steps = sorted(step for role, act, step in counts if (role, act) == here)
    return [[first, Point(act=first.act, step=step, role=first.role)] for step in steps]


def once_each(every: Sequence[Points]) -> list[Points]:
    """Each step of each process, where it is reached first."""
    first: dict[tuple[str, str], Points] = {}
    for each in every:
        first.setdefault((each[0].role, each[0].step), each)
    return list(first.values())


def sample(every: Sequence[Points]) -> list[Points]:
    """Some of them, from all over the story."""
    return list(every[:: max(1, len(every) // SAMPLE)])


@dataclass(slots=True, kw_only=True)
class Campaign:
    """`jobs` trials at a time, each in a folder and a journal of its own."""

    folder: Path
    journals: Journals
    roles: Sequence[str]
    jobs: int = 2
    _number: int = field(default=0, init=False)

    def prepare(self) -> None:
        """Make what each journal is copied from; raises StorageError."""
        self._apart(_prepared, self.journals)

    def end(self) -> None:
        """Leave nothing on the server."""
        self._apart(_dropped, self.journals)

    def tell(self, fatal: Points = ()) -> Report:
        """One trial."""
        return next(self._told([fatal]))[1]

    def judged(self, every: Iterable[Points], quiet: Report) -> Iterator[Verdict]:
        """All of them, in the order in which they end."""
        for fatal, report in self._told(every):
            yield judge(fatal, report, quiet)

    def _told(self, every: Iterable[Points]) -> Iterator[tuple[Points, Report]]:
        left, running = iter(every), dict[Connection, tuple[Points, Child]]()
        try:
            while True:
                while len(running) < self.jobs and (fatal := next(left, None)) is not None:
                    child = self._trial(fatal)
                    running[child.pipe] = (fatal, child)
                if not running:
                    return
                ended = wait(list(running))
                for pipe in [pipe for pipe in running if pipe in ended]:
                    fatal, child = running.pop(pipe)
                    report = child.pipe.recv()
                    child.wait()
                    yield fatal, report
        finally:
            for _, child in running.values():
                child.kill()

    def _trial(self, fatal: Points) -> Child:
        self._number += 1
        folder = self.folder / f"trial{self._number}"
        return fork(lambda pipe: pipe.send(self._tried(folder, fatal)), self.folder / "trials.log")

    def _tried(self, folder: Path, fatal: Points) -> Report:
        """How often a step is reached depends on chance: one that was missed comes earlier."""
        trial = Trial(folder=folder, journals=self.journals, roles=self.roles, fatal=fatal)
        report = trial.run()
        if report.failure or report.deaths == len(fatal) or fatal[-1].number == 1:
            return report
        earlier = replace(fatal[-1], number=fatal[-1].number // 2)
        return self._tried(folder, [*fatal[:-1], earlier])

    def _apart(self, work: Callable[[Connection, Journals], None], journals: Journals) -> None:
        child = fork(lambda pipe: work(pipe, journals), self.folder / "trials.log")
        error = child.pipe.recv()
        child.wait()
        if error is not None:
            raise StorageError(error[0], remedy=error[1])


def _prepared(pipe: Connection, journals: Journals) -> None:
    try:
        journals.prepare()
    except StorageError as error:
        pipe.send((error.reason, error.remedy))
    else:
        pipe.send(None)


def _dropped(pipe: Connection, journals: Journals) -> None:
    journals.drop("")
    pipe.send(None)


def title(fatal: Points) -> str:
    """The points as a table names them."""
    names = [f"{one.role}, {one.step}" for one in fatal]
    return f"{ACTS[fatal[0].act].title}: {' and then '.join(names)}"
