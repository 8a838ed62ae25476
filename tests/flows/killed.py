"""A bridge whose hub is killed again and again: in each run, at each step that its process comes to."""

import asyncio
import json
import os
import signal
import sys
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qantara.storage.steps import observed
from qantara.storage.store import Store
from tests.flows.bridge import Bridge, connection
from tests.flows.witness import Witness

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Killed(Bridge):
    """Of all steps one in `share` is fatal, another selection in each run; `url` is the journal's."""

    url: str = ""
    share: int = 1
    runs: int = 0
    deaths: list[tuple[int, str]] = field(default_factory=list)

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
        sides = (self.at_factory, self.at_buyer)
        told = {
            "url": self.url,
            "sides": [(one.url, one.database, one.login, one.secret) for one in sides],
            "mark": self.mark,
            "options": self.options,
            "only": list(only),
            "survived": list(survived),
            "run": self.runs,
            "share": self.share,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.flows.killed", json.dumps(told)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
        return said.decode().strip()


def main(told: dict[str, Any]) -> None:
    """One run of the bridge, up to the first fatal step that was not survived yet."""

    def reached(step: str) -> None:
        chance = zlib.crc32(f"{told['run']} {step}".encode())
        if step not in told["survived"] and chance % told["share"] == 0:
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
    main(json.loads(sys.argv[1]))
