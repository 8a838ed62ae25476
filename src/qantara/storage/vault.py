"""The vault: secrets of connections, sealed with AES-256-GCM by a key outside the database.

What a connection enters with is one secret of each name. What its webhooks are signed with may be
several at once, while one takes the other's place; those are kept apart from the others.
"""

import os
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, or_, select, update

from qantara.storage import vault_key
from qantara.storage.errors import VaultError
from qantara.storage.schema import secrets as table
from qantara.storage.statements import now, upsert

_NONCE = 12

_WEBHOOK = "webhook:"
"""Names of webhook secrets begin so; a colon is in no other name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when on a webhook secret is valid, and until when; None is until it is replaced."""

    since: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecret(Validity):
    """A secret that webhooks may be signed with."""

    secret: str

    def __repr__(self) -> str:
        return f"WebhookSecret(since={self.since!r}, expires_at={self.expires_at!r})"


class Vault:
    """Seals with the first of its keys and opens with any of them.

    Each secret has its own nonce and is tied to its connection and name: a row copied over another
    cannot be opened.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {vault_key.identify(key): AESGCM(key) for key in keys}
        self.key_id = vault_key.identify(keys[0])

    @classmethod
    def open(cls, home: Path) -> Self:
        """The vault with the key from the environment or from `home`."""
        return cls(vault_key.read(home))

    @classmethod
    def create(cls, home: Path) -> Self:
        """The vault of a new installation, with a new key in `home`."""
        return cls([vault_key.create(home)])

    def __repr__(self) -> str:
        return f"Vault(key_id={self.key_id!r})"

    def put(self, conn: Connection, connection: str, name: str, secret: str) -> None:
        """Keep the secret, in place of an earlier one. Safe to repeat."""
        upsert(conn, table, [self._seal(connection, name, secret)], on=("connection", "name"))

    def get(self, conn: Connection, connection: str, name: str) -> str:
        """The secret in clear; raises VaultError when it is absent or cannot be opened."""
        found = self.get_all(conn, connection)
        if name not in found:
            raise VaultError(
                f"The vault holds no {name} of the connection {connection}.",
                remedy=f"Enter it with `qantara connect {connection}`.",
            )
        return found[name]

    def get_all(self, conn: Connection, connection: str) -> dict[str, str]:
        """All secrets that the connection enters with, in clear, by name."""
        rows = conn.execute(select(table).where(table.c.connection == connection, ~_of_webhooks()))
        return {row.name: self._unseal(row) for row in rows}

    def webhook_secrets(self, conn: Connection, connection: str) -> list[WebhookSecret]:
        """What its webhooks may be signed with now, the newest first."""
        rows = conn.execute(_valid(connection))
        return [
            WebhookSecret(secret=self._unseal(row), since=row.changed_at, expires_at=row.expires_at)
            for row in rows
        ]

    def renew_webhook(
        self, conn: Connection, connection: str, secret: str, overlap: timedelta
    ) -> None:
        """Let webhooks be signed with this secret; those before it stay valid for `overlap` more.

        What expires sooner by itself still does, and what has expired is forgotten.
        """
        moment = now()
        earlier = (table.c.connection == connection, _of_webhooks())
        ends = moment + overlap
        still = or_(table.c.expires_at.is_(None), table.c.expires_at > ends)
        conn.execute(update(table).where(*earlier, still).values(expires_at=ends))
        conn.execute(delete(table).where(*earlier, table.c.expires_at <= moment))
        name = f"{_WEBHOOK}{random.token_hex(8)}"
        upsert(conn, table, [self._seal(connection, name, secret)], on=("connection", "name"))

    def rotate(self, conn: Connection, new_key: bytes) -> "Vault":
        """Seal everything anew and return the vault of the new key. Safe to repeat.

        Either all secrets move or none: one that cannot be opened raises VaultError.
        """
        new = Vault([new_key])
        self._ciphers |= new._ciphers
        rows = conn.execute(select(table)).all()
        sealed = [
            new._seal(row.connection, row.name, self._unseal(row)) | {"changed_at": row.changed_at}
            for row in rows
        ]
        upsert(conn, table, sealed, on=("connection", "name"))
        return new

    def _seal(self, connection: str, name: str, secret: str) -> dict[str, Any]:
        nonce = os.urandom(_NONCE)
        cipher = self._ciphers[self.key_id]
        return {
            "connection": connection,
            "name": name,
            "key_id": self.key_id,
            "nonce": nonce,
            "sealed": cipher.encrypt(nonce, secret.encode(), _bound_to(connection, name)),
            "changed_at": now(),
        }

    def _unseal(self, row: Row[Any]) -> str:
        cipher = self._ciphers.get(row.key_id)
        if cipher is None:
            raise VaultError(
                f"The {row.name} of {row.connection} was sealed with the key {row.key_id},"
                f" not with the present key {self.key_id}.",
                remedy=f"Put that key back, or enter the secret again with `qantara connect"
                f" {row.connection}`.",
            )
        try:
            bound_to = _bound_to(row.connection, row.name)
            return cipher.decrypt(row.nonce, row.sealed, bound_to).decode()
        except InvalidTag as error:
            raise VaultError(
                f"The {row.name} of {row.connection} was altered in the database, or copied there"
                " from another connection.",
                remedy=f"Find out who did it, then enter the secret again with `qantara connect"
                f" {row.connection}`.",
            ) from error


def names(conn: Connection, connection: str) -> list[str]:
    """Which secrets the connection enters with; needs no key."""
    statement = select(table.c.name).where(table.c.connection == connection, ~_of_webhooks())
    return list(conn.scalars(statement.order_by(table.c.name)))


def webhook_validities(conn: Connection, connection: str) -> list[Validity]:
    """Since when, and until when, its webhook secrets are valid, the newest first; needs no key."""
    rows = conn.execute(_valid(connection))
    return [Validity(since=row.changed_at, expires_at=row.expires_at) for row in rows]


def remove(conn: Connection, connection: str, name: str) -> bool:
    """Forget one secret; says whether it was there. Safe to repeat."""
    one = delete(table).where(table.c.connection == connection, table.c.name == name)
    return bool(conn.execute(one).rowcount)


def _of_webhooks() -> ColumnElement[bool]:
    return table.c.name.startswith(_WEBHOOK)


def _valid(connection: str) -> Select[Any]:
    """The webhook secrets that have not expired; the one that does not expire is the newest."""
    lasting = or_(table.c.expires_at.is_(None), table.c.expires_at > now())
    of_it = select(table).where(table.c.connection == connection, _of_webhooks(), lasting)
    return of_it.order_by(table.c.expires_at.is_(None).desc(), table.c.expires_at.desc())


def _bound_to(connection: str, name: str) -> bytes:
    return msgspec.json.encode([connection, name])
