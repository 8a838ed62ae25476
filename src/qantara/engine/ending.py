"""A run that is to end: it waits for what comes again, but not for ever."""

import asyncio

from qantara.engine.item import SKIPPED
from qantara.engine.link import Link
from qantara.engine.pipeline import Summary, Watch, run
from qantara.storage import work
from qantara.storage.statements import now
from qantara.storage.store import Store

PUT_OFF = 3
"""Times in a row that a run which is to end waits for what is put off, and for nothing else."""

LONG = 60.0
"""Seconds; for what comes again later a run which is to end does not wait."""


async def run_out(link: Link, store: Store, watch: Watch) -> Summary:
    """Run, and wait for what failed and comes again, until each record has its outcome.

    What is put off again and again waits for something that does not happen here: it stays work of
    the link.
    """
    summary, put_off = await run(link, store, watch), 0
    while put_off < PUT_OFF:
        left = (await store.run(work.backlogs, [link.name])).get(link.name)
        wait = (left.due_at - now()).total_seconds() if left else LONG
        if wait >= LONG:
            break
        await asyncio.sleep(max(0.0, wait))
        again = await run(link, store, watch, polling=False)
        moved = {result for result, count in again.results.items() if count}
        put_off = put_off + 1 if moved == {SKIPPED} else 0
        summary.seen += again.seen
        for result, count in again.results.items():
            summary.results[result] = summary.results.get(result, 0) + count
    return summary
