"""The file of a backup: a zip of the journal, the configuration and a manifest that vouches for them."""

import io
import os
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from qantara.storage.errors import StorageError

FORMAT = 1
"""Grows when an older Qantara could not read the file any more."""

MANIFEST = "manifest.json"
JOURNAL = "journal.sqlite3"
CONFIGURATION = "qantara.toml"
KEYS = ("vault.key", "vault.key.new")

_BROKEN = (KeyError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError)
"""What the library raises over a part that is absent or was altered."""

_BLOCK = 1 << 20
_LEVEL = 1
"""Of compression: measured, the higher ones save a tenth more in three times the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file in the archive."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the archive holds: the journal of this `schema` as it was at this `moment`.

    `qantara` is the version that wrote it, `database` where the journal lived, `rows` are counted
    by table.
    """

    qantara: str
    schema: str
    moment: datetime
    database: str
    rows: Mapping[str, int]
    parts: Mapping[str, Part] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def with_key(self) -> bool:
        """Whether the key of the vault is in it: then it holds every secret."""
        return KEYS[0] in self.parts


class NoBackup(StorageError):
    """The file is no backup, is damaged, or was altered."""


class Archive:
    """A backup, opened to be read."""

    def __init__(self, path: Path, zipped: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._zipped = zipped

    def check(self) -> None:
        """Read every part and raise NoBackup when one is damaged or was altered."""
        for name in self.manifest.parts:
            digest = sha256()
            with self._open(name) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
            self._compare(name, digest.hexdigest())

    def read(self, name: str) -> bytes:
        """A small part; b"" when the archive has none of this name. Raises NoBackup when it was altered."""
        part = self.manifest.parts.get(name)
        if part is None:
            return b""
        with self._open(name) as file:
            found = file.read(part.size + 1)
        self._compare(name, sha256(found).hexdigest())
        return found

    def extract(self, name: str, to: Path) -> None:
        """Write the part to a new file for its owner only. Raises NoBackup when it was altered."""
        digest = sha256()
        with self._open(name) as file, _owned(to) as out:
            while block := file.read(_BLOCK):
                digest.update(block)
                out.write(block)
        self._compare(name, digest.hexdigest())

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zipped.open(name) as file:
                yield file
        except _BROKEN as error:
            raise _damaged(self.path, name) from error

    def _compare(self, name: str, digest: str) -> None:
        if digest != self.manifest.parts[name].sha256:
            raise _damaged(self.path, name)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The backup in this file; raises NoBackup when it is none or was made by a newer Qantara."""
    try:
        zipped = zipfile.ZipFile(path)
    except OSError as error:
        raise NoBackup(
            f"The file {path} cannot be read: {error.strerror}.",
            remedy="Name the file that `qantara backup` wrote.",
        ) from error
    except zipfile.BadZipFile as error:
        raise _foreign(path) from error
    with zipped:
        yield Archive(path, zipped, _manifest(path, zipped))


def write(path: Path, manifest: Manifest, parts: Mapping[str, Path | bytes]) -> Manifest:
    """Write a new file for its owner only, safely on the disk when this returns."""
    with _owned(path) as file, zipfile.ZipFile(file, "w") as zipped:
        described = {name: _add(zipped, name, content) for name, content in parts.items()}
        whole = replace(manifest, parts=described)
        _add(zipped, MANIFEST, msgspec.json.format(msgspec.json.encode(whole)))
    return whole


def sync_folder(folder: Path) -> None:
    """What was renamed in this folder stays so, even if the power fails now."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _owned(path: Path) -> Iterator[BinaryIO]:
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w+b") as file:
        yield file
        file.flush()
        os.fsync(number)


def _add(zipped: zipfile.ZipFile, name: str, content: Path | bytes) -> Part:
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    digest, size = sha256(), 0
    with _readable(content) as file, zipped.open(entry, "w", force_zip64=True) as out:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
    return Part(size=size, sha256=digest.hexdigest())


def _readable(content: Path | bytes) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def _manifest(path: Path, zipped: zipfile.ZipFile) -> Manifest:
    try:
        text = zipped.read(MANIFEST)
        told = msgspec.json.decode(text, type=_Format)
    except (*_BROKEN, msgspec.DecodeError) as error:
        raise _foreign(path) from error
    if told.format > FORMAT:
        raise NoBackup(
            f"The backup {path} was written by a newer Qantara ({told.qantara}).",
            remedy="Restore it with that version or a later one.",
        )
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise _foreign(path) from error


class _Format(msgspec.Struct):
    """As much of a manifest as every version can read."""

    format: int
    qantara: str


def _foreign(path: Path) -> NoBackup:
    return NoBackup(
        f"The file {path} is no backup of Qantara, or only a piece of one.",
        remedy="Name the file that `qantara backup` wrote, whole.",
    )


def _damaged(path: Path, name: str) -> NoBackup:
    return NoBackup(
        f"The backup {path} is damaged or was altered: {name} is not what was written.",
        remedy="Take another copy of it, or an older backup.",
    )
