"""The command: sets the stage in a temporary home, has the story told, keeps going or ends."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from qantara.cli.connect import Wish, store
from qantara.cli.demo.changes import keep_changing
from qantara.cli.demo.keyboard import Keyboard
from qantara.cli.demo.stand_ins import Cast, StandIn, playing
from qantara.cli.demo.story import Stage, tell
from qantara.cli.desk import AsJson, Desk
from qantara.cli.init import make
from qantara.cli.sync import looking_on, stopping
from qantara.cli.words import ATTENTION
from qantara.runtime.embedded import serve

JSON = {
    "seconds": "How long the story took, the start of the stand-ins included.",
    "loaded": "The first run: what `run` prints in `links`.",
    "counts": "For each thing counted on both sides: `what`, `factory`, `buyer`.",
    "order": "The purchase order: its `number` at the buyer, `sale_order` at the factory, `lines` "
    "and `total` of each side, and the `news` that came back.",
    "verify": "What `verify` prints.",
    "disagreements": "What did not agree, as sentences; empty when all went well.",
}

FLOW = """\
[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
every = "3s"
"""


def demo(
    ctx: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End after the story; 1 if anything did not agree.")
    ] = False,
    products: Annotated[
        int | None, typer.Option(help="How many products the factory has; 2,000 by default.")
    ] = None,
    partners: Annotated[
        int | None, typer.Option(help="How many partners the factory has; 300 by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring two imitation Odoos into step; needs no Odoo, leaves nothing behind."""
    desk = Desk.of(ctx, as_json=as_json)
    sizes = {"--products": products, "--partners": partners}
    extra = [word for name, size in sizes.items() if size is not None for word in (name, str(size))]
    with _ending_in_order():
        told = desk.work(_demo(desk, extra, once=once))
    desk.answer(told, lambda: None)
    if told["disagreements"]:
        raise typer.Exit(ATTENTION)


async def _demo(desk: Desk, extra: list[str], *, once: bool) -> dict[str, Any]:
    began = asyncio.get_running_loop().time()
    with tempfile.TemporaryDirectory(prefix="qantara-demo-") as folder:
        home = Path(folder) / "home"
        log = Path(folder) / "stand-ins.log"
        async with AsyncExitStack() as stack:
            with desk.err.status("Starting two imitation Odoos…"):
                cast = await stack.enter_async_context(playing(log, extra))
                stage = await stack.enter_async_context(_stage(desk, home, cast))
            told = await tell(stage)
            told["seconds"] = round(asyncio.get_running_loop().time() - began, 1)
            stage.chapter(f"The story took {told['seconds']:.0f} seconds.")
            if not once:
                await _keep_going(stage)
    return told


@asynccontextmanager
async def _stage(desk: Desk, home: Path, cast: Cast) -> AsyncIterator[Stage]:
    """A home in which both stand-ins are connected, and somebody at the keyboard of each."""
    inner = Desk(home)
    inner.as_json = desk.as_json
    configuration = make(home).configuration
    configuration.write_text(FLOW, encoding="utf-8")
    for each in (cast.factory, cast.buyer):
        await _connect(inner, each)
    async with (
        inner.hub(writing=True) as hub,
        Keyboard(cast.factory) as factory,
        Keyboard(cast.buyer) as buyer,
    ):
        links = await hub.links()
        yield Stage(desk=inner, hub=hub, links=links, factory=factory, buyer=buyer)


async def _connect(desk: Desk, server: StandIn) -> None:
    wish = Wish(
        name=server.name,
        url=server.url,
        settings={"database": server.name, "login": server.login},
        private=True,
        secrets={"key": server.key},
    )
    _, report = await store(desk, wish)
    facts = report.facts if report else {}
    company, languages = facts.get("company", ""), facts.get("languages", "")
    told = f"{server.name}: Odoo {facts.get('version', '')} at {server.url}, {company}, {languages}"
    (desk.tell if desk.as_json else desk.say)(told)


async def _keep_going(stage: Stage) -> None:
    """Sync until Ctrl-C, with a change at the factory every few seconds."""
    stage.chapter("From here on both are kept in step. Ctrl-C ends it.")
    lanes = stage.hub.lanes(stage.links)
    with stopping(stage.desk) as stop, looking_on(stage.desk, lanes) as watch:
        changing = asyncio.create_task(keep_changing(stage, stop))
        await serve(lanes, stage.hub.worker(watch, stop))
        await changing


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that the stand-ins are stopped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
