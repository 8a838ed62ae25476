"""A home is found, made for its owner only, and worked in by one process at a time."""

import os
import subprocess
import sys

import pytest

from qantara.runtime.configuration import read
from qantara.runtime.home import Home, HomeBusy, HomeError, find

HOLD = """
import sys
from pathlib import Path
from qantara.runtime.home import Home
with Home(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_new_home_is_for_its_owner_and_its_configuration_can_be_read(tmp_path):
    home = Home.create(tmp_path / "a" / "bridge")

    assert home.path.stat().st_mode & 0o777 == 0o700
    (flow,) = read(home.configuration).flows
    assert (
        flow.options.factory,
        str(flow.settings.links["stock_level"].every),
    ) == ("factory", "1m")


def test_an_installation_is_not_made_twice(tmp_path):
    Home.create(tmp_path)

    with pytest.raises(HomeError, match="already"):
        Home.create(tmp_path)


def test_the_named_home_goes_before_the_environment_and_that_before_the_nearest(tmp_path):
    named, told, near = (Home.create(tmp_path / name) for name in ("named", "told", "near"))
    inside = near.path / "some" / "folder"
    inside.mkdir(parents=True)
    environ = {"QANTARA_HOME": str(told.path)}

    assert named == find(named.path, environ=environ, start=inside)
    assert told == find(None, environ=environ, start=inside)
    assert near.path == find(None, environ={}, start=inside).path


@pytest.mark.parametrize(
    ("given", "environ", "said"),
    [("x", {}, "--home names"), (None, {"QANTARA_HOME": "y"}, "QANTARA_HOME names")],
)
def test_a_folder_without_configuration_is_no_home(tmp_path, given, environ, said):
    path = tmp_path / given if given else None

    with pytest.raises(HomeError, match=said) as caught:
        find(path, environ=environ, start=tmp_path)

    assert "qantara init" in caught.value.remedy


def test_without_a_home_the_way_to_make_one_is_told(tmp_path):
    with pytest.raises(HomeError, match=r"no qantara\.toml") as caught:
        find(None, environ={}, start=tmp_path)

    assert "qantara init" in caught.value.remedy


def test_the_environment_says_first_where_the_journal_is(tmp_path):
    home = Home(tmp_path)
    environ = {"QANTARA_DATABASE_URL": "postgresql+psycopg://a:b@c/d"}

    assert environ["QANTARA_DATABASE_URL"] == home.database_url("sqlite:///x", environ)
    assert f"sqlite:///{tmp_path}/x.db" == home.database_url("sqlite:///x.db", {})
    assert home.database_url("sqlite:////abs/x.db", {}) == "sqlite:////abs/x.db"
    assert f"sqlite:///{tmp_path}/qantara.sqlite3" == home.database_url(None, {})


def test_only_one_process_works_in_a_home_and_the_other_is_named(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        other.stdout.readline()

        with pytest.raises(HomeBusy, match=f"process {other.pid}"), Home(tmp_path).lock():
            pass
        assert f"process {other.pid}" == Home(tmp_path).worker()
        other.kill()

    with Home(tmp_path).lock():
        assert f"process {os.getpid()}" == Home(tmp_path).worker()
    assert Home(tmp_path).worker() is None
