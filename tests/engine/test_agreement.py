"""Whatever happens, in whatever order: afterwards both sides agree, or a person is asked."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from qantara.engine import pipeline
from tests.conftest import Databases
from tests.engine.agreement import Agreement

SHORT = settings(
    max_examples=8,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
EXPLORED = int(os.environ.get("QANTARA_EXPLORE", "0"))
"""How many stories that nobody has seen yet the long tests play; 0: always the same thirty."""

LONG = settings(
    SHORT,
    max_examples=EXPLORED or 30,
    stateful_step_count=40,
    derandomize=not EXPLORED,
    print_blob=True,
)

DELETIONS = ["propagate", "archive", "ask"]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ALONE_SECONDS", 0)


def machine(databases: Databases, on_delete: str) -> Callable[[], Agreement]:
    return lambda: Agreement(databases.migrated(), on_delete)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("on_delete", DELETIONS)
def test_both_sides_agree(sqlite_databases: Databases, on_delete: str) -> None:
    run_state_machine_as_test(machine(sqlite_databases, on_delete), settings=SHORT)  # type: ignore[arg-type]


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("on_delete", DELETIONS)
def test_both_sides_agree_for_long(databases: Databases, on_delete: str) -> None:
    class Patient(Agreement):
        idle = 10

    run_state_machine_as_test(lambda: Patient(databases.migrated(), on_delete), settings=LONG)  # type: ignore[arg-type]
