"""The contract that every connector keeps, whatever its system: subclass it, and pytest checks.

    class TestShop(ConnectorContract):
        connector = "shop"

        @pytest.fixture
        def system(self) -> Iterator[System]:
            with ShopStandIn() as shop:
                yield ShopSystem(shop)

Every test runs against a stand-in of its own, through a proxy that can break each request. What
a test asks for is what the engine relies on; its docstring says why, and what to do about it.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, cast

import pytest
import pytest_asyncio

from qantara.connectors.base import Change, Written, load
from qantara.model.keys import natural_keys
from qantara.testing.bench import (
    Bench,
    alteration,
    failure,
    groups,
    intent,
    plain,
    poll,
    told,
    walk,
    write,
    written,
)
from qantara.testing.faults import Fault, FaultProxy, cut_after, cut_before, half, late, refused
from qantara.testing.summing import TICK, SummingPromises
from qantara.testing.system import System
from qantara.transport import AuthFailed, ConnectorError, OutcomeUnknown, RetryLater, Unsupported

BROKEN = (cut_before, cut_after, half, refused(502))


class ConnectorContract(SummingPromises):
    """`connector` is the name it is loaded by; the fixture `system` yields a fresh stand-in."""

    connector: ClassVar[str]

    @pytest_asyncio.fixture
    async def bench(self, system: System) -> AsyncIterator[Bench]:
        """The stand-in of this test, reached through a proxy."""
        async with FaultProxy(system.connection().url) as proxy:
            yield Bench(system, proxy, self.connector)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each entity that the manifest names."""
        manifest = load(self.connector).manifest
        for argument, entities in (("source", manifest.reads), ("target", manifest.writes)):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, sorted(entities))

    # Entering

    async def test_a_check_names_the_system_and_finds_it_usable(self, bench: Bench) -> None:
        """The report is what a user reads first: facts about the other side, nothing missing."""
        async with bench.connect() as connector:
            manifest = connector.manifest
            report = await connector.check(manifest.reads, manifest.writes)

        assert report.facts
        assert [one for one in report.findings if one.level == "missing"] == []

    async def test_wrong_credentials_are_refused_with_a_remedy(self, bench: Bench) -> None:
        """AuthFailed stops the lane and asks the owner; anything else would be retried for ever."""
        secrets = bench.system.connection().secrets
        async with bench.connect(secrets=dict.fromkeys(secrets, "wrong")) as connector:
            with pytest.raises(AuthFailed) as caught:
                await connector.check(connector.manifest.reads, ())

        assert caught.value.remedy

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_busy_system_is_retried_when_it_says(self, bench: Bench, status: int) -> None:
        """`Retry-After` is kept to the second: whoever comes earlier is locked out longer."""
        bench.proxy.strike(refused(status, retry_after="7"))
        async with bench.connect() as connector:
            with pytest.raises(RetryLater) as caught:
                await connector.check(connector.manifest.reads, ())

        assert caught.value.after == 7

    @pytest.mark.parametrize("fault", [*BROKEN, refused(500)], ids=lambda fault: fault.__name__)
    async def test_a_broken_answer_to_a_question_is_asked_again(
        self, bench: Bench, fault: Fault
    ) -> None:
        """Reading does no harm: whatever happens to it, RetryLater."""
        bench.proxy.strike(fault)
        async with bench.connect() as connector:
            with pytest.raises(RetryLater):
                await connector.check(connector.manifest.reads, ())

    async def test_a_system_that_is_away_is_retried(self, bench: Bench) -> None:
        """Nobody listens at this port. The error names host and port."""
        async with FaultProxy("http://127.0.0.1") as gone:
            url = gone.url
        async with bench.connect(url=url) as connector:
            with pytest.raises(RetryLater) as caught:
                await connector.check(connector.manifest.reads, ())

        assert url.rpartition(":")[2] in caught.value.reason

    async def test_secrets_are_never_shown(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not in an error, its cause, a repr or a log: all of these are read by others."""
        caplog.set_level(0)
        connection = bench.system.connection()
        canaries = {name: f"canary-{name}" for name in connection.secrets}
        shown = []
        for fault, secrets in (
            (refused(429), canaries),
            (half, canaries),
            (refused(401), canaries),
            (None, canaries),
            (refused(500), connection.secrets),
        ):
            async with bench.connect(secrets=secrets) as connector:
                bench.proxy.strike(fault) if fault else bench.proxy.calm()
                with pytest.raises(ConnectorError) as caught:
                    await connector.check(connector.manifest.reads, ())
                shown += [repr(connector), repr(connector.connection), repr(vars(connector))]
                shown += [repr(vars(caught.value)), *traceback.format_exception(caught.value)]

        said = "\n".join([*shown, caplog.text])
        every = [*canaries.values(), *connection.secrets.values()]
        assert [secret for secret in every if secret in said] == []

    async def test_no_more_requests_at_once_than_allowed(self, bench: Bench) -> None:
        """`Connection.concurrency` is what the system's owner grants to all lanes together."""
        bench.proxy.always(late(0.02))
        async with bench.connect(concurrency=2) as connector:
            entity = min(connector.manifest.reads)
            await connector.ids(entity)
            await asyncio.gather(*(connector.ids(entity) for _ in range(8)))

        assert bench.proxy.most_at_once == 2

    async def test_what_the_manifest_does_not_name_is_unsupported(self, bench: Bench) -> None:
        """A flow asks before it runs; a wrong answer here would be a silent nothing there."""
        async with bench.connect() as connector:
            await connector.check((), ())
            for asked in (
                poll(connector, "moon"),
                connector.count("moon", ""),
                connector.read("moon", ["1"]),
                connector.ids("moon"),
                connector.find("moon", ["phase:full"]),
                connector.write("moon", []),
            ):
                with pytest.raises(Unsupported):
                    await asked
            with pytest.raises(Unsupported):
                connector.to_canonical(Change(entity="moon", external_id="1", version="1", wire={}))

    # Reading

    async def test_every_page_comes_once_and_oldest_first(self, bench: Bench, source: str) -> None:
        """More records than a page holds, each exactly once. Versions rise within the walk."""
        seeded = set(bench.system.seed(source, bench.system.several(source)))
        async with bench.connect() as connector:
            pages = [page async for page in connector.changes(source, "")]

        came = [change.external_id for page in pages for change in page.changes]
        versions = [change.version for page in pages for change in page.changes]
        assert len(pages) > 1, "Raise System.several: all of it fitted one page."
        assert seeded <= set(came)
        assert len(came) == len(set(came))
        assert versions == sorted(versions)

    async def test_no_cursor_loses_a_record(self, bench: Bench, source: str) -> None:
        """A crash after any page: a new connector goes on from that page's cursor."""
        seeded = set(bench.system.seed(source, bench.system.several(source)))
        async with bench.connect() as connector:
            pages = [page async for page in connector.changes(source, "")]
        before: set[str] = set()
        for page in pages:
            before |= {change.external_id for change in page.changes}
            async with bench.connect() as connector:
                after = await poll(connector, source, page.cursor)
            assert seeded <= before | {change.external_id for change in after}

    async def test_a_quiet_system_brings_nothing(self, bench: Bench, source: str) -> None:
        """Polls overlap, so the cursor remembers what it has brought of its last moments."""
        bench.system.seed(source, 5)
        async with bench.connect() as connector:
            _, cursor = await walk(connector, source)
            again = await poll(connector, source, cursor)

        assert [change.external_id for change in again] == []

    async def test_a_change_in_the_moment_of_the_poll_is_not_lost(
        self, bench: Bench, source: str
    ) -> None:
        """The row at the cursor changes again at once, within the same second: it comes again."""
        *_, last = bench.system.seed(source, 5)
        async with bench.connect() as connector:
            _, cursor = await walk(connector, source)
            touched = bench.system.touch(source, last)
            again = await poll(connector, source, cursor)

        assert touched in {change.external_id for change in again}

    async def test_a_changed_record_comes_again_with_a_higher_version(self, bench: Bench) -> None:
        """The version tells old news from new when two come out of order."""
        reads = load(self.connector).manifest.reads
        seeded = {entity: next(iter(bench.system.seed(entity, 3))) for entity in sorted(reads)}
        async with bench.connect() as connector:
            walked = {entity: await walk(connector, entity) for entity in seeded}
            await asyncio.sleep(TICK)
            touched = {entity: bench.system.touch(entity, one) for entity, one in seeded.items()}
            for entity, (versions, cursor) in walked.items():
                changes = await poll(connector, entity, cursor)
                again = {change.external_id: change.version for change in changes}
                assert again.get(touched[entity], "") > versions[seeded[entity]], entity

    async def test_every_record_can_be_expressed_and_read_by_its_id(
        self, bench: Bench, source: str
    ) -> None:
        """`read` and `changes` are two ways to the same record; what is gone is no error."""
        seeded = list(bench.system.seed(source, 2))
        async with bench.connect() as connector:
            changes = await poll(connector, source)
            every = {one.external_id: connector.to_canonical(one) for one in changes}
            found = await connector.read(source, [seeded[0], bench.system.absent, seeded[1]])
            again = {one.external_id: connector.to_canonical(one) for one in found}

        assert again == {one: every[one] for one in seeded}

    async def test_all_ids_are_told(self, bench: Bench, source: str) -> None:
        """What is bound and not among the ids counts as deleted: a gap here deletes records."""
        seeded = set(bench.system.seed(source, bench.system.several(source)))
        async with bench.connect() as connector:
            told = await connector.ids(source)
            expected = await connector.count(source, "")
            came = {change.external_id for change in await poll(connector, source)}

        assert seeded <= told
        assert came <= told
        assert expected > 0

    # Writing

    async def test_what_is_written_is_what_is_read(self, bench: Bench, target: str) -> None:
        """Created, read back; then every field altered, read back: equal both times.

        Arabic text, one more of every number, three decimals where the currency has them. A field
        that comes back otherwise is lost on every run, or written on every run.
        """
        sample = bench.system.sample(target)
        async with bench.connect() as connector:
            one = await write(connector, target, intent(sample))
            first = await bench.kept(connector, target, one)
            if target not in bench.system.unread:
                other = alteration(sample, one)
                await write(connector, target, other)
                second = await bench.kept(connector, target, one)
                assert told(second, sample) == told(other.record, sample)

        assert told(first, sample) == told(sample.record, sample)

    async def test_writing_twice_makes_one(self, bench: Bench, target: str) -> None:
        """The same key is the same record, also for a process that knows nothing of the first."""
        sample = bench.system.sample(target)
        async with bench.connect() as connector:
            before = await bench.every(connector, target)
            first = await write(connector, target, intent(sample))
        async with bench.connect() as connector:
            second = await write(connector, target, intent(sample))
            after = await bench.every(connector, target)

        assert first == second
        assert after - before <= {first}

    async def test_an_update_touches_only_the_fields_it_names(
        self, bench: Bench, target: str
    ) -> None:
        """The other fields belong to whoever changed them at the target meanwhile."""
        sample = bench.system.sample(target)
        if target in bench.system.unread:
            pytest.skip(f"A {target} is never updated.")
        async with bench.connect() as connector:
            one = await write(connector, target, intent(sample))
            other = alteration(sample, one)
            expected = told(sample.record, sample)
            for group in groups(sample):
                await write(connector, target, replace(other, fields=group))
                expected |= {name: getattr(other.record, name) for name in group}
                kept = await bench.kept(connector, target, one)
                assert told(kept, sample) == expected, sorted(group)

    async def test_a_bad_record_is_answered_alone(self, bench: Bench, target: str) -> None:
        """In one batch with a good one: its answer says why, and the good one is written."""
        sample = bench.system.sample(target)
        if sample.refused is None:
            pytest.skip(f"The sample names no {target} that is refused.")
        bad = replace(intent(sample, key="bad"), record=sample.refused)
        good = intent(bench.system.sample(target, 1))
        async with bench.connect() as connector:
            outcomes = await connector.write(target, [bad, good])
            kept = await bench.kept(connector, target, written(outcomes, 1))

        assert isinstance(outcomes[0], ConnectorError)
        assert outcomes[0].reason
        assert told(kept, sample) == told(good.record, sample)

    async def test_a_record_that_is_gone_is_answered_alone(self, bench: Bench, target: str) -> None:
        """Somebody deleted the target between two runs: that record asks a person, no other."""
        sample = bench.system.sample(target)
        if target in {*bench.system.unread, *bench.system.repeatable}:
            pytest.skip(f"A {target} is never updated.")
        lost = replace(intent(sample, key="lost"), external_id=bench.system.absent)
        good = intent(bench.system.sample(target, 1))
        async with bench.connect() as connector:
            outcomes = await connector.write(target, [lost, good])

        assert isinstance(outcomes[0], ConnectorError)
        assert isinstance(outcomes[1], Written)

    @pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
    async def test_no_broken_answer_doubles_or_loses_a_record(
        self, bench: Bench, target: str, fault: Fault
    ) -> None:
        """Each request of a write is broken in turn; then the write is sent again with its key.

        There is one record in the end, and it is complete: the write goes on where it broke.
        """
        async with bench.connect() as connector:
            for step in range(await bench.length(connector, target)):
                sample = bench.system.sample(target, 10 + step)
                intended = intent(sample, key=f"step-{step}")
                before = await bench.every(connector, target)
                bench.proxy.strike(fault, after=step)
                with suppress(RetryLater, OutcomeUnknown):
                    await connector.write(target, [intended])
                bench.proxy.calm()
                one = await write(connector, target, intended)
                kept = await bench.kept(connector, target, one)
                assert await bench.every(connector, target) - before <= {one}
                assert told(kept, sample) == told(sample.record, sample)

    async def test_a_lost_answer_is_an_unknown_outcome_that_can_be_looked_up(
        self, bench: Bench, target: str
    ) -> None:
        """At the request that creates: cut after it, the key finds the record; before it, nothing."""
        if target in bench.system.repeatable or bench.system.sample(target).existing:
            pytest.skip(f"A {target} may be written any number of times.")
        ends = {}
        async with bench.connect() as connector:
            steps = await bench.length(connector, target)
            for number, fault in enumerate((cut_before, cut_after)):
                for step in range(steps):
                    sample = bench.system.sample(target, 10 + number * steps + step)
                    intended = intent(sample, key=f"{fault.__name__}-{step}")
                    bench.proxy.strike(fault, after=step)
                    error = await failure(connector, target, intended)
                    bench.proxy.calm()
                    found = await connector.lookup(target, [intended.key, "never"])
                    ends[fault, step] = (error, list(found))

        found_after = [step for step in range(steps) if ends[cut_after, step][1]]
        assert found_after, "No lost write was found by its key."
        created = found_after[0]
        assert isinstance(ends[cut_after, created][0], OutcomeUnknown)
        assert ends[cut_after, created][1] == [f"cut_after-{created}"]
        assert ends[cut_before, created][1] == []

    async def test_a_record_is_found_by_its_natural_keys_also_when_archived(
        self, bench: Bench, target: str
    ) -> None:
        """Otherwise an archived record would be created a second time."""
        sample = bench.system.sample(target)
        keys = natural_keys(sample.record)
        if not keys or sample.existing:
            pytest.skip(f"A {target} has no natural key.")
        async with bench.connect() as connector:
            one = await write(connector, target, intent(sample))
            found = await connector.find(target, [*keys, f"{keys[0]}-other"])
            if hasattr(sample.record, "active"):
                away = replace(cast("Any", sample.record), active=False)
                only = replace(intent(sample), record=away, fields=frozenset({"active"}))
                await write(connector, target, replace(only, external_id=one))
            archived = await connector.find(target, keys)

        assert plain(found) == {key: [one] for key in keys}
        assert plain(archived) == {key: [one] for key in keys}
