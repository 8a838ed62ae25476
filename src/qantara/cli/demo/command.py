"""The command: sets the stage in a temporary home, has the story told, keeps going or ends."""

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from qantara.cli.demo.changes import keep_changing
from qantara.cli.demo.live import live
from qantara.cli.demo.market import Market
from qantara.cli.demo.stage import Stage, staged
from qantara.cli.demo.stand_ins import playing
from qantara.cli.demo.story import tell
from qantara.cli.desk import AsJson, Desk
from qantara.cli.words import ATTENTION

JSON = {
    "seconds": "How long the story took, the start of the stand-ins included.",
    "loaded": "The first run: what `run` prints in `links`.",
    "counts": "For each thing counted on both sides: `what`, `factory`, `buyer`.",
    "order": "The purchase order: its `number` at the buyer, `sale_order` at the factory, `lines` "
    "and `total` of each side, and the `news` that came back.",
    "verify": "What `verify` prints.",
    "opened": "The first run into the stores: what `run` prints in `links`.",
    "stores": "For each store: `store`, its `orders` and their `sale_orders` at the buyer, `total` and "
    "`total_in_odoo`, `paid_in_odoo`, `refunded` and `credited_in_odoo`, and of the `seconds` from the "
    "store to Odoo the `median` and the `slowest`.",
    "disagreements": "What did not agree, as sentences; empty when all went well.",
}

ORDERS = 16


def demo(  # noqa: PLR0913 - a command's options are its arguments
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
    orders: Annotated[
        int, typer.Option(min=2, help="How many orders are bought in the stores during the story.")
    ] = ORDERS,
    as_json: AsJson = False,
) -> None:
    """Bring two imitation Odoos and two imitation stores into step; leaves nothing behind."""
    desk = Desk.of(ctx, as_json=as_json)
    sizes = {"--products": products, "--partners": partners}
    extra = [word for name, size in sizes.items() if size is not None for word in (name, str(size))]
    with _ending_in_order():
        told = desk.work(_demo(desk, extra, orders, once=once))
    desk.answer(told, lambda: None)
    if told["disagreements"]:
        raise typer.Exit(ATTENTION)


async def _demo(desk: Desk, extra: list[str], orders: int, *, once: bool) -> dict[str, Any]:
    began = asyncio.get_running_loop().time()
    with tempfile.TemporaryDirectory(prefix="qantara-demo-") as folder:
        home = Path(folder) / "home"
        log = Path(folder) / "stand-ins.log"
        async with AsyncExitStack() as stack:
            with desk.err.status("Starting two imitation Odoos and two imitation stores…"):
                cast = await stack.enter_async_context(playing(log, extra))
                stage = await stack.enter_async_context(staged(desk, home, cast))
            market = Market(stage=stage)
            told = await tell(stage, market, orders)
            told["seconds"] = round(asyncio.get_running_loop().time() - began, 1)
            stage.chapter(f"The story took {told['seconds']:.0f} seconds.")
            if not once:
                await _keep_going(stage, market)
    return told


async def _keep_going(stage: Stage, market: Market) -> None:
    """Until Ctrl-C, with a change at the factory every few seconds and an order every second."""
    stage.chapter("From here on all four are kept in step. Ctrl-C ends it.")

    async def life(stop: asyncio.Event) -> None:
        await asyncio.gather(keep_changing(stage, stop), market.go_on(stop))

    await live(stage, life, market.ticker)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that the stand-ins are stopped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
