"""Who is told to end does, though what he waits for happens in the same moment."""

import asyncio
from contextlib import suppress

import pytest

from qantara.runtime.jobs import Jobs
from qantara.runtime.waiting import first, happens


async def test_whether_an_event_happens_in_time_is_told():
    event = asyncio.Event()
    assert not await happens(event, 0.01)
    asyncio.get_running_loop().call_later(0.01, event.set)
    assert await happens(event, 60)
    assert await happens(event, 0)


@pytest.mark.parametrize("moments", range(4))
async def test_a_cancellation_in_the_moment_of_the_event_is_not_lost(moments):
    event = asyncio.Event()
    waiting = asyncio.create_task(happens(event, 60))
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(moments):
        await asyncio.sleep(0)

    accepted = waiting.cancel()

    await asyncio.wait([waiting])
    assert waiting.cancelled() is accepted


async def test_who_loses_a_cancellation_is_told_again():
    lost = asyncio.Event()

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost.is_set():
                    raise
                lost.set()

    await first(asyncio.sleep(0.01), deaf())

    assert lost.is_set()


async def test_the_first_to_fail_ends_the_others_and_is_heard():
    ended = asyncio.Event()

    async def other() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("That was it.")

    with pytest.raises(ValueError, match="That was it"):
        await first(other(), fail())
    assert ended.is_set()


def test_who_stops_while_the_database_does_not_answer_ends() -> None:
    async def open_and_stop() -> None:
        asked: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

        def silent(_: object, line: asyncio.StreamWriter) -> None:
            asked.put_nowait(line)

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        jobs = Jobs.open(f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing")
        opening = asyncio.create_task(jobs.__aenter__())
        line = await asked.get()
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        line.close()
        server.close()

    asyncio.run(open_and_stop())
