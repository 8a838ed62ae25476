"""A PostgreSQL server of the tests' own: started once, on a socket in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

ABSENT = (
    "PostgreSQL's programs (initdb, postgres) are absent: the PostgreSQL half of the tests was"
    " skipped. Install the package postgresql to run it."
)

CAREFREE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "listen_addresses": "",
}
"""The data need not outlive the tests."""

_START_SECONDS = 60


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest where there are several."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    told = shutil.which("initdb")
    folders = [Path(told).resolve().parent, *installed] if told else installed
    usable = (f for f in folders if (f / "initdb").exists() and (f / "postgres").exists())
    return next(usable, None) if _as_ordinary_user() is not None else None


@contextmanager
def running(folder_of_programs: Path, settings: Mapping[str, str] = CAREFREE) -> Iterator[str]:
    """Yields the socket's folder, which serves as the host of a URL; the user is postgres."""
    folder = Path(tempfile.mkdtemp(prefix="qantara-pg-"))
    user = _as_ordinary_user() or []
    try:
        _give_away(folder)
        _initialise(folder, [*user, str(folder_of_programs / "initdb")])
        options = [f"--{n}={v}" for n, v in settings.items()]
        server = [str(folder_of_programs / "postgres"), "-D", f"{folder}/data", "-k", str(folder)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([*user, *server, *options], stdout=log, stderr=log)
        try:
            _wait(process, folder)
            yield str(folder)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connect(host: str, database: str = "postgres") -> psycopg.Connection:
    """A connection for administration, each statement on its own."""
    return psycopg.connect(host=host, user="postgres", dbname=database, autocommit=True)


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0


def _ordinary_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


def _as_ordinary_user() -> list[str] | None:
    """What goes before a command; None when root cannot become anybody else."""
    if os.geteuid() != 0:
        return []
    user = _ordinary_user()
    if user is None:
        return None
    if shutil.which("setpriv"):
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return ["setpriv", *ids, "--pdeathsig=QUIT"]
    return ["runuser", "-u", user.pw_name, "--"] if shutil.which("runuser") else None


def _give_away(folder: Path) -> None:
    user = _ordinary_user()
    if os.geteuid() == 0 and user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _initialise(folder: Path, initdb: list[str]) -> None:
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    command = [*initdb, f"--pgdata={folder}/data", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            connect(str(folder)).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
