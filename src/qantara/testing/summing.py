"""What a connector promises that can sum up ranges of ids; one that cannot says Unsupported."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest

from qantara.connectors.base import Connector, Digest
from qantara.storage.buckets import Bound, natural
from qantara.testing.bench import Bench
from qantara.transport import Unsupported

TICK = 1.1
"""Seconds after which any system's clock shows another time: many tell whole seconds."""

SETTLED_SECONDS = 10.0
"""Within this time a system at rest has digests that stay."""


class SummingPromises:
    """A part of the contract."""

    async def test_a_digest_changes_with_the_records_of_its_range_and_only_then(
        self, bench: Bench
    ) -> None:
        """What stays the same is never read again: a change that moves no digest is not found.

        Ids are in their natural order, numbers in them as numbers. A digest may cover more than
        its range. One of what was written just now may change by itself, for a few seconds.
        """
        async with bench.connect() as connector:
            ids = {
                source: sorted(bench.system.seed(source, 4), key=natural)
                for source in sorted(connector.manifest.reads)
            }
            before = await _every(connector, ids)
            if not before:
                pytest.skip(f"{connector.manifest.title} does not sum up.")
            await asyncio.sleep(TICK)
            for source in before:
                bench.system.touch(source, ids[source][-1])
            after = await _every(connector, {source: ids[source] for source in before})

        for source, (whole, first, last) in after.items():
            assert whole.digest != before[source][0].digest, source
            assert first == before[source][1], source
            assert last.digest != before[source][2].digest, source


async def _every(
    connector: Connector, ids: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[Digest]]:
    """Of each entity that can be summed up: everything, the first two records, and all after them."""
    found = {}
    for source, (first, _, third, _) in ids.items():
        bounds = [("", ""), (first, third), (third, "")]
        if told := await settled(connector, source, bounds):
            found[source] = told
    return found


async def settled(connector: Connector, entity: str, bounds: Sequence[Bound]) -> Sequence[Digest]:
    """The digests once they are the same twice; none of what the connector cannot sum up."""
    until = time.monotonic() + SETTLED_SECONDS
    try:
        before = await connector.digests(entity, bounds)
        while time.monotonic() < until:
            told = await connector.digests(entity, bounds)
            if told == before:
                return told
            before = told
            await asyncio.sleep(0.2)
    except Unsupported:
        return ()
    raise AssertionError(f"The digests of {entity} never come to rest.")
