"""`qantara web`: the webhook entrance as a process of its own."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvloop
from sqlalchemy import make_url

from qantara.cli.desk import AsJson, Desk
from qantara.cli.failures import describe
from qantara.runtime.embedded import Wake
from qantara.runtime.hub import Hub, asking
from qantara.web import server
from qantara.web.app import Parts, build
from qantara.web.sources import Stored

JSON = {
    "one line when it listens": "`address`.",
    "one line at the end": "`counts`: by connection (an empty name: those that do not exist) and "
    "outcome, how many events were `accepted` or a `repeat`, and how many requests were refused, "
    "by reason.",
}

HOST, PORT = "127.0.0.1", 8930


TrustProxy = Annotated[
    bool,
    typer.Option(
        "--trust-proxy",
        help="Believe the X-Forwarded-For of the proxy in front. Only where nobody can reach "
        "this port but the proxy.",
    ),
]


def web(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The address of this machine to listen at.")] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = PORT,
    trust_proxy: TrustProxy = False,
    as_json: AsJson = False,
) -> None:
    """Receive webhooks until Ctrl-C; what has begun to arrive is kept and answered first."""
    desk = Desk.of(ctx, as_json=as_json)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_web(desk, host, port, trust_proxy=trust_proxy))


async def _web(desk: Desk, host: str, port: int, *, trust_proxy: bool) -> None:
    async with desk.hub() as hub:
        sources = Stored(hub.store, hub.vault)
        bell = Wake()
        parts = Parts(
            store=hub.store,
            sources=sources,
            wake=bell.ring,
            trust_proxy=trust_proxy,
            asking=asking(hub),
        )
        listener = server.listen(host, port)
        with _stopping() as stop, telling(desk):
            _say_where(desk, *listener.getsockname()[:2])
            async with asyncio.TaskGroup() as group:
                group.create_task(_rouse(hub, bell, stop))
                await server.serve_on(build(parts), listener, stop)
    if desk.as_json:
        desk.line({"counts": parts.counters.snapshot()})
    desk.tell("Stopped. All that was acknowledged is in the journal.")


async def _rouse(hub: Hub, bell: Wake, stop: asyncio.Event) -> None:
    """Where several machines share the journal, its scheduler hears of news at once."""
    url = hub.home.database_url(hub.configuration.hub.database)
    if make_url(url).get_backend_name() == "postgresql":
        from qantara.runtime.scheduler import ringing  # noqa: PLC0415 - procrastinate is an extra

        await ringing(url, bell, stop)


def _say_where(desk: Desk, host: str, port: int) -> None:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if desk.as_json:
        desk.line({"address": address})
    desk.tell(f"Listening at {address}. Ctrl-C stops.")


@contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    for one in signals:
        loop.add_signal_handler(one, stop.set)
    try:
        yield stop
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


@contextmanager
def telling(desk: Desk) -> Iterator[None]:
    """What is logged meanwhile is told as sentences; details of errors go into a file."""
    root, noisy = logging.getLogger(), logging.getLogger("uvicorn.error")
    teller, before = _Teller(desk), noisy.level
    root.addHandler(teller)
    noisy.setLevel(logging.ERROR)  # it tells of each broken request
    try:
        yield
    finally:
        noisy.setLevel(before)
        root.removeHandler(teller)


class _Teller(logging.Handler):
    def __init__(self, desk: Desk) -> None:
        super().__init__(logging.WARNING)
        self._desk = desk

    def emit(self, record: logging.LogRecord) -> None:
        """A line, and the error's own sentences after it."""
        self._desk.tell(f"{record.getMessage().strip()}", "yellow")
        error = record.exc_info[1] if record.exc_info else None
        if error:
            for sentence in describe(self._desk, error).sentences[0]:
                self._desk.tell(sentence)
