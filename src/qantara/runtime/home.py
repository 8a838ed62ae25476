"""The folder of an installation: where it is, what lies in it, and who works in it."""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = "qantara.toml"
DATABASE = "qantara.sqlite3"
VAULT_KEY = "vault.key"
LOCK = "qantara.lock"
LOGS = "logs"

GLANCES, GLANCE = 5, 0.05
"""Times and seconds: somebody who only looks who works here holds the lock for a moment."""

HOME_VARIABLE = "QANTARA_HOME"
DATABASE_VARIABLE = "QANTARA_DATABASE_URL"

TEMPLATE = """\
# What Qantara keeps in agreement. Every key is described in docs/reference/configuration.md.
# Secrets do not belong here: `qantara connect` puts them into the vault.

[hub]
# Where the journal is kept. SQLite needs nothing; PostgreSQL is for teams.
# database = "sqlite:///qantara.sqlite3"
# The languages in which texts are carried over, the main one first.
# languages = ["en", "ar"]

# A flow is a recipe with the connections that play its parts.
[[flows]]
recipe = "supply"
factory = "factory"          # the connection that has the goods
buyer = "buyer"              # the connection that orders them
every = "5m"                 # "30s", "5m", "1h", "at 02:00" or "off"

[flows.links.stock_level]    # settings of one link of the flow
every = "1m"
"""


class HomeError(Exception):
    """What is wrong with the home (`reason`) and what to do about it (`remedy`), both sentences."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class HomeBusy(HomeError):
    """Another process works in this home now."""


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of an installation whose folder is `path`."""

    path: Path

    @property
    def configuration(self) -> Path:
        """The file in which the user says what is to be kept in agreement."""
        return self.path / CONFIGURATION

    @property
    def vault_key(self) -> Path:
        """The key of the secrets; it lies beside the database, never in it."""
        return self.path / VAULT_KEY

    @property
    def logs(self) -> Path:
        """Where the details of unexpected errors are written."""
        return self.path / LOGS

    @property
    def database_file(self) -> str | None:
        """The file of the journal, where nothing is configured; None when the environment says."""
        return None if os.environ.get(DATABASE_VARIABLE) else str(self.path.resolve() / DATABASE)

    def database_url(
        self, configured: str | None = None, environ: Mapping[str, str] = os.environ
    ) -> str:
        """The environment's database, else the configured one, else SQLite in this folder.

        A relative SQLite path is one from this folder, wherever the command was started.
        """
        url = environ.get(DATABASE_VARIABLE) or configured or f"sqlite:///{DATABASE}"
        scheme, separator, place = url.partition(":///")
        if separator and scheme.startswith("sqlite") and not place.startswith("/"):
            return f"{scheme}:///{self.path.resolve() / place}"
        return url

    @classmethod
    def create(cls, path: Path) -> "Home":
        """A commented configuration in this folder, which is made for its owner only if it is new."""
        home = cls(path)
        if home.configuration.exists():
            raise HomeError(
                f"There is an installation in {path} already.",
                remedy=f"Edit {home.configuration}, or choose another folder.",
            )
        try:
            if not path.exists():
                path.mkdir(mode=0o700, parents=True)
            home.configuration.write_text(TEMPLATE, encoding="utf-8")
        except OSError as error:
            raise HomeError(
                f"The folder {path} cannot be made: {error.strerror}.",
                remedy="Choose a folder in which you may write.",
            ) from error
        return home

    def worker(self) -> str | None:
        """The process that works in this home now; None when there is none."""
        try:
            descriptor = os.open(self.path / LOCK, os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(descriptor)
        finally:
            os.close(descriptor)
        return None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one who writes in this home; the lock ends with the process, however it ends."""
        try:
            descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise HomeError(
                f"Nothing can be written in {self.path}: {error.strerror}.",
                remedy="Give the user Qantara runs as the right to write there.",
            ) from error
        try:
            _take(descriptor, self.path)
            yield
        finally:
            os.close(descriptor)


def find(
    given: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    start: Path | None = None,
) -> Home:
    """The home that was named, else QANTARA_HOME's, else the nearest one from `start` upwards."""
    named = given or (Path(environ[HOME_VARIABLE]) if environ.get(HOME_VARIABLE) else None)
    if named is not None:
        return _existing(named, "--home" if given else HOME_VARIABLE)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIGURATION).is_file():
            return Home(folder)
    raise HomeError(
        f"There is no {CONFIGURATION} in {here} or above it.",
        remedy=f"Make an installation with `qantara init`, or name one with --home or {HOME_VARIABLE}.",
    )


def _existing(path: Path, by: str) -> Home:
    home = Home(path.expanduser())
    if not home.configuration.is_file():
        raise HomeError(
            f"{by} names {path}, which holds no {CONFIGURATION}.",
            remedy=f"Make an installation there with `qantara init {path}`, or name another folder.",
        )
    return home


def _take(descriptor: int, path: Path) -> None:
    for attempt in range(GLANCES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if attempt == GLANCES - 1:
                raise HomeBusy(
                    f"Another Qantara ({_holder(descriptor)}) is working in {path} now.",
                    remedy="Wait until it has finished, or stop it with Ctrl-C where it runs.",
                ) from error
            time.sleep(GLANCE)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return


def _holder(descriptor: int) -> str:
    number = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return f"process {number}" if number else "another process"
