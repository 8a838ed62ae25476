"""What a trial proved: each invariant, held against the story without a crash."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.cli.selftest.acts import ACTS
from qantara.cli.selftest.invariants import TITLES, Broken
from qantara.cli.selftest.stage import Seen, State
from qantara.cli.selftest.trial import Report
from qantara.cli.selftest.worker import Point

AGAIN = 1
"""Calls of a kind that may be made once more: the batch that was under way."""

LAST = len(ACTS) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`killed` and `restarted` say whether it came to that; `broken` is empty when all holds."""

    points: Sequence[Point]
    killed: bool
    restarted: bool
    broken: Broken

    @property
    def holds(self) -> bool:
        """Whether the hub was killed there and everything holds."""
        return self.killed and not self.broken


def judge(points: Sequence[Point], report: Report, quiet: Report) -> Verdict:
    """Compare a trial with the one in which nobody was killed."""
    found: dict[str, list[str]] = {name: [] for name in TITLES}
    if report.failure:
        found["quiet"].append(report.failure)
    for act, seen in report.seen.items():
        for name, sentence in _broken(act, seen, quiet.seen[act].state):
            found[name].append(f"{sentence} (after {ACTS[act].title!r})")
    return Verdict(
        points=points,
        killed=report.deaths >= len(points),
        restarted=bool(report.seen),
        broken={name: sentences for name, sentences in found.items() if sentences},
    )


def _broken(act: int, seen: Seen, expected: State) -> Iterator[tuple[str, str]]:
    state = seen.state
    for name, sentences in seen.broken.items():
        if name != "once" or act == LAST:
            yield from ((name, sentence) for sentence in sentences)
    if state.events != expected.events:
        yield "events", f"{state.events} events are in the inbox in place of {expected.events}."
    yield from (("once", one) for one in _different(state.counts, expected.counts))
    yield from (("agree", one) for one in _different(state.sides, expected.sides))
    if act == LAST:
        yield from (("agree", one) for one in disagreements(state))
    for one in sorted(set(state.shadows) - set(expected.shadows)):
        yield "shadow", f"It remembers something else: {one}."
    yield from _asked(state, expected)
    for call, count in state.writes.items():
        if count > (usual := expected.writes.get(call, 0)) + AGAIN:
            yield "redone", f"{call}: {count} calls in place of {usual}."


def _different(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two nested mappings differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _different(one.get(key), other.get(key), f"{path} {key}")
    elif isinstance(one, tuple) and isinstance(other, tuple):
        for name, mine, its in zip(("factory", "buyer"), one, other, strict=True):
            yield from _different(mine, its, f"{path} at the {name}:")
    elif one != other:
        yield f"{path.strip()}: {one!r} in place of {other!r}."


def disagreements(state: State) -> Iterator[str]:
    """What the factory shows and the buyer does not."""
    for what, (factory, buyer) in state.sides.items():
        for key in factory:
            if factory[key] != buyer.get(key):
                yield f"{what} {key}: {factory[key]!r} here, {buyer.get(key)!r} there."


def _asked(state: State, expected: State) -> Iterator[tuple[str, str]]:
    for one in sorted(set(state.asked) - set(expected.asked)):
        yield "nobody", f"A person is asked: {' '.join(map(str, one))}."
    for one in sorted(set(expected.asked) - set(state.asked)):
        yield "nobody", f"A person is not asked: {' '.join(map(str, one))}."
