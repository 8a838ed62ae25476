"""A bridge whose hub is killed again and again: in each run, at each step that its process comes to."""

import asyncio
import gc
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from qantara.connectors.base import load
from qantara.flows import load as load_flow
from qantara.storage.steps import observed
from qantara.storage.store import Store
from tests.flows.bridge import Bridge, connection
from tests.flows.witness import Witness

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Killed(Bridge):
    """Each step is fatal once in each run; `url` is the journal's.

    The processes that die are children of one that has imported all there is, see `killing`.
    """

    url: str = ""
    runs: int = 0
    deaths: list[tuple[int, str]] = field(default_factory=list)
    parent: Process | None = None

    async def run(self, *only: str) -> Any:
        """Die at each fatal step, once; then come to the end undisturbed."""
        self.runs += 1
        survived: list[str] = []
        while step := await self._process(only, survived):
            survived.append(step)
        self.deaths += [(self.runs, step) for step in survived]
        return await Bridge.run(self, *only)

    async def _process(self, only: Collection[str], survived: Collection[str]) -> str:
        """Let a process work; the step at which it died, "" when it came to its end."""
        assert self.parent
        assert self.parent.stdin
        assert self.parent.stdout
        sides = (self.at_factory, self.at_buyer)
        told = {
            "url": self.url,
            "sides": [(one.url, one.database, one.login, one.secret) for one in sides],
            "mark": self.mark,
            "options": self.options,
            "only": list(only),
            "survived": list(survived),
        }
        self.parent.stdin.write(json.dumps(told).encode() + b"\n")
        step, _, code = (await self.parent.stdout.readline()).decode().rpartition("\t")
        assert int(code) in (0, -signal.SIGKILL), step
        return step


@asynccontextmanager
async def killing(bridge: Bridge, url: str) -> AsyncIterator[Killed]:
    """The same bridge, killed again and again."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.flows.killed"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield Killed(**given(bridge), url=url, parent=parent)
    finally:
        await parent.communicate(b"")


def given(bridge: Bridge) -> dict[str, Any]:
    """What another kind of bridge over the same two systems is made of."""
    return {one.name: getattr(bridge, one.name) for one in fields(Bridge)}


def main() -> None:
    """For each line that is told a run in a process of its own: the step it died at, and its code."""
    load("odoo")
    load_flow("supply")
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _work(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        os.write(1, f"\t{os.waitstatus_to_exitcode(status)}\n".encode())


def _work(told: dict[str, Any]) -> None:
    """One run of the bridge, up to the first fatal step that was not survived yet."""

    def reached(step: str) -> None:
        if step not in told["survived"]:
            os.write(1, step.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    factory, buyer = (Witness(*side) for side in told["sides"])
    with Store.open(told["url"]) as store, observed(reached):
        bridge = Bridge(
            store=store,
            factory=connection("factory", factory),
            buyer=connection("buyer", buyer),
            at_factory=factory,
            at_buyer=buyer,
            mark=told["mark"],
            options=told["options"],
        )
        asyncio.run(bridge.run(*told["only"]))


if __name__ == "__main__":
    main()
