"""The contract catches what goes wrong: in each test one fault is built into a good connector."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from qantara.connectors.base import Digest, Page
from qantara.connectors.odoo.connector import Odoo
from qantara.sandbox.odoo import OdooStandIn
from qantara.testing.bench import Bench
from qantara.testing.contract import ConnectorContract
from qantara.testing.faults import FaultProxy, cut_after
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from tests.connectors.odoo.system import OdooSystem

NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Fault:
    """`method` of the connector becomes what `make` makes of the good one; `test` must notice."""

    method: str
    make: Callable[[Any], Any]
    test: str
    entity: str = "partner"


def pages(change: Callable[[list[Page], str], list[Page]]) -> Callable[[Any], Any]:
    def make(good):
        async def changes(self, entity, cursor, *, scope=""):
            found = [page async for page in good(self, entity, cursor, scope=scope)]
            for page in change(found, cursor):
                yield page

        return changes

    return make


def answer(change: Callable[..., Any]) -> Callable[[Any], Any]:
    """What the good one answers, changed; `change` is given connector, arguments and answer."""

    def make(good):
        async def method(self, *args, **more):
            return change(self, args, await good(self, *args, **more))

        return method

    return make


def asked(change: Callable[..., Any]) -> Callable[[Any], Any]:
    """The good one is given other writes than was asked."""

    def make(good):
        async def write(self, entity, writes):
            return await good(self, entity, [change(one) for one in writes])

        return write

    return make


def raising(error: Callable[[Any, ConnectorError], ConnectorError]) -> Callable[[Any], Any]:
    """An error of the good one comes out as another."""

    def make(good):
        async def method(self, *args, **more):
            try:
                return await good(self, *args, **more)
            except ConnectorError as was:
                raise error(self, was) from None

        return method

    return make


def without_arabic(write):
    plain = write.record.name.encode("ascii", "ignore").decode()
    return replace(write, record=replace(write.record, name=plain))


def as_a_whole(_, __, outcomes):
    for outcome in outcomes:
        if isinstance(outcome, ConnectorError):
            raise outcome
    return outcomes


def all_or_nothing(_, args, changes):
    if len(changes) < len(args[1]):
        raise NotFound("One is gone.")
    return changes


def telling(connector, _):
    return AuthFailed(f"{connector.connection.secrets['key']} was refused.")


def unsure_is_refused(_, error):
    return Rejected(error.reason) if isinstance(error, OutcomeUnknown) else error


def greedy(good):
    def made(self, connection):
        good(self, replace(connection, concurrency=8))

    return made


def last_cursor(found, _):
    return [replace(page, cursor=found[-1].cursor) for page in found]


FAULTS = {
    "loses the last of a page": Fault(
        "changes",
        pages(lambda found, _: [replace(one, changes=one.changes[:-1]) for one in found]),
        "test_every_page_comes_once_and_oldest_first",
    ),
    "brings a page twice": Fault(
        "changes",
        pages(lambda found, _: [*found, *found[:1]]),
        "test_every_page_comes_once_and_oldest_first",
    ),
    "runs ahead with its cursor": Fault(
        "changes", pages(last_cursor), "test_no_cursor_loses_a_record"
    ),
    "forgets its cursor": Fault(
        "changes",
        lambda good: lambda self, entity, _, *, scope="": good(self, entity, "", scope=scope),
        "test_a_quiet_system_brings_nothing",
    ),
    "is deaf after the first poll": Fault(
        "changes",
        pages(lambda found, cursor: [] if cursor else found),
        "test_a_change_in_the_moment_of_the_poll_is_not_lost",
    ),
    "fails for all when one is gone": Fault(
        "read",
        answer(all_or_nothing),
        "test_every_record_can_be_expressed_and_read_by_its_id",
    ),
    "tells not all ids": Fault(
        "ids", answer(lambda _, __, ids: set(sorted(ids)[1:])), "test_all_ids_are_told"
    ),
    "loses Arabic": Fault("write", asked(without_arabic), "test_what_is_written_is_what_is_read"),
    "writes more than it was asked": Fault(
        "write",
        asked(
            lambda one: replace(one, fields=frozenset(one.record.__dataclass_fields__) - {"extra"})
        ),
        "test_an_update_touches_only_the_fields_it_names",
    ),
    "writes under no key": Fault(
        "write",
        asked(lambda one: replace(one, key=f"{one.key}-{next(NUMBERS)}")),
        "test_writing_twice_makes_one",
    ),
    "doubles what was cut off": Fault(
        "write",
        asked(lambda one: replace(one, key=f"{one.key}-{next(NUMBERS)}")),
        "test_no_broken_answer_doubles_or_loses_a_record",
    ),
    "fails for all when one is bad": Fault(
        "write", answer(as_a_whole), "test_a_bad_record_is_answered_alone"
    ),
    "takes a lost answer for a refusal": Fault(
        "write",
        raising(unsure_is_refused),
        "test_a_lost_answer_is_an_unknown_outcome_that_can_be_looked_up",
    ),
    "looks nothing up": Fault(
        "lookup",
        answer(lambda *_: {}),
        "test_a_lost_answer_is_an_unknown_outcome_that_can_be_looked_up",
    ),
    "finds nothing": Fault(
        "find",
        answer(lambda *_: {}),
        "test_a_record_is_found_by_its_natural_keys_also_when_archived",
    ),
    "sees no change in a sum": Fault(
        "digests",
        answer(lambda _, args, __: [Digest(count=1, digest="same")] * len(args[1])),
        "test_a_digest_changes_with_the_records_of_its_range_and_only_then",
    ),
    "sees the whole in every range": Fault(
        "digests",
        answer(lambda _, __, told: [told[0]] * len(told)),
        "test_a_digest_changes_with_the_records_of_its_range_and_only_then",
    ),
    "asks too much at once": Fault(
        "__init__", greedy, "test_no_more_requests_at_once_than_allowed", ""
    ),
    "comes back too early": Fault(
        "check",
        raising(lambda _, error: RetryLater(error.reason)),
        "test_a_busy_system_is_retried_when_it_says",
        "",
    ),
    "retries for ever with a wrong key": Fault(
        "check",
        raising(lambda _, error: RetryLater(error.reason)),
        "test_wrong_credentials_are_refused_with_a_remedy",
        "",
    ),
    "shows its secret": Fault("check", raising(telling), "test_secrets_are_never_shown", ""),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
async def test_a_connector_is_caught_that(fault, monkeypatch, caplog):
    monkeypatch.setattr(Odoo, fault.method, fault.make(getattr(Odoo, fault.method)))
    test = getattr(ConnectorContract(), fault.test)
    more = {"fault": cut_after, "status": 429, "caplog": caplog}
    more |= {"source": fault.entity, "target": fault.entity}
    known = test.__code__.co_varnames[2 : test.__code__.co_argcount]

    with OdooStandIn(version=18) as odoo:
        system = OdooSystem(odoo, "SAR")
        async with FaultProxy(odoo.url) as proxy:
            with pytest.raises((AssertionError, ConnectorError, pytest.fail.Exception)):
                await test(Bench(system, proxy, "odoo"), **{name: more[name] for name in known})
