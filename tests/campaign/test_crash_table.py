"""The crash table: every step in both runtimes, and a sample of them in one process on PostgreSQL."""

import json
import subprocess
import sys

import pytest

from tests import postgresql

LEAST = 40
"""Points of which the table consists at least."""

EVERY_STEP = ("--points", "steps")


@pytest.fixture(scope="module")
def server():
    programs = postgresql.programs()
    if programs is None:
        pytest.skip(postgresql.ABSENT)
    with postgresql.running(programs) as host:
        yield f"postgresql+psycopg://postgres@/postgres?host={host}"


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_killed_at_every_step_the_embedded_hub_loses_and_doubles_nothing(tmp_path):
    _holds(tmp_path, *EVERY_STEP)


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_killed_at_a_sample_of_points_it_does_so_on_postgresql(tmp_path, server):
    _holds(tmp_path, "--database", server, "--points", "sample", least=10)


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_killed_at_every_step_schedulers_and_workers_lose_and_double_nothing(tmp_path, server):
    more = ("--runtime", "distributed", "--jobs", "4")
    _holds(tmp_path, "--database", server, *more, *EVERY_STEP)


def _holds(folder, *words: str, least: int = LEAST) -> None:
    command = [sys.executable, "-m", "qantara.cli", "selftest", "--json", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)

    sys.stdout.write("\n".join(_line(one) for one in told["points"]))
    assert told["undisturbed"] == {}
    assert [_line(one) for one in told["points"] if one["broken"] or not one["killed"]] == []
    assert told["tried"] >= least
    assert told["steps"] >= LEAST
    assert done.returncode == 0


def _line(one) -> str:
    where = " then ".join(f"{at['act']}: {at['process']}, {at['step']}" for at in one["killed_at"])
    return f"{where}: {'ok' if one['killed'] and not one['broken'] else one['broken'] or 'missed'}"
