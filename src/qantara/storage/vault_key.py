"""Where the key of the vault lives: in QANTARA_VAULT_KEY or in a file, never in the database.

A key is rotated in three steps, each safe to repeat after a crash: `stage` writes the new key beside
the old one, `Vault.rotate` seals the secrets anew in one transaction, `promote` drops the old key.
In between both keys are read, so that the secrets can be opened whatever was done.
"""

import base64
import binascii
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from qantara.storage.errors import VaultError

VARIABLE = "QANTARA_VAULT_KEY"
FILE = "vault.key"
STAGED = "vault.key.new"
LENGTH = 32


def read(home: Path) -> tuple[bytes, ...]:
    """The keys, the one to seal with first.

    From the environment (base64; several separated by commas while a key is being rotated), else
    from the files in `home`.
    """
    told = os.environ.get(VARIABLE, "")
    if told:
        return tuple(_decoded(part, f"the variable {VARIABLE}") for part in told.split(","))
    if not (home / FILE).exists():
        raise VaultError(
            f"There is no vault key: neither {VARIABLE} nor the file {home / FILE}.",
            remedy="Run `qantara init` on a new installation; on an old one put the key back from"
            " where you keep it, since the stored secrets cannot be read without it.",
        )
    files = [home / STAGED, home / FILE]
    return tuple(_read_file(path) for path in files if path.exists())


def create(home: Path) -> bytes:
    """Make the key of a new installation. Refuses to replace one."""
    key = secrets.token_bytes(LENGTH)
    home.mkdir(parents=True, exist_ok=True)
    _write_file(home / FILE, key)
    return key


def stage(home: Path) -> bytes:
    """The key to rotate to, made and written when it is not there yet. Safe to repeat."""
    path = home / STAGED
    if path.exists():
        return _read_file(path)
    key = secrets.token_bytes(LENGTH)
    _write_file(path, key)
    return key


def promote(home: Path) -> None:
    """Put the staged key in the old one's place, once all is sealed with it. Safe to repeat."""
    if (home / STAGED).exists():
        (home / STAGED).replace(home / FILE)
        _sync_folder(home)


def derive(key: bytes, purpose: str) -> bytes:
    """A key for something else, from which the vault's cannot be found out."""
    return hmac.digest(key, b"qantara: " + purpose.encode(), "sha256")


def identify(key: bytes) -> str:
    """A short name of the key that tells nothing of it."""
    return sha256(b"qantara vault key\0" + key).hexdigest()[:12]


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != LENGTH:
        raise VaultError(
            f"What stands in {where} is no vault key: it must be {LENGTH} bytes in base64.",
            remedy="Put the right key there; `openssl rand -base64 32` makes one for a new vault.",
        )
    return key


def _read_file(path: Path) -> bytes:
    try:
        shared = os.name == "posix" and path.stat().st_mode & 0o077
        text = "" if shared else path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(
            f"The vault key {path} cannot be read.",
            remedy="Give the user Qantara runs as the right to read it, or put it back.",
        ) from error
    if shared:
        raise VaultError(
            f"The vault key {path} can be read by others than its owner.",
            remedy=f"Run `chmod 600 {path}`, and rotate the key if somebody may have read it.",
        )
    return _decoded(text, f"the file {path}")


def _write_file(path: Path, key: bytes) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise VaultError(
            f"There is a vault key already: {path}.",
            remedy="Keep it: secrets sealed with it are lost without it.",
        ) from error
    except OSError as error:
        raise VaultError(
            f"The vault key {path} cannot be written: {error.strerror}.",
            remedy="Give the user Qantara runs as the right to write there.",
        ) from error
    with os.fdopen(number, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
