"""Stored connections, and what their last check found out. Their secrets are in the vault."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from qantara.storage import bindings, installation
from qantara.storage.circuits import succeeded
from qantara.storage.errors import StorageError
from qantara.storage.schema import approvers, checks, circuits, inbox, quotas, secrets
from qantara.storage.schema import connections as table
from qantara.storage.statements import insert, now, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A configured account of one system; the fields mean what the connector's connection says."""

    name: str
    connector: str
    url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 2
    ca_file: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount(Account):
    """An account as stored."""

    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found when the connection was last asked: version, database, company ..."""

    usable: bool
    facts: Mapping[str, str]
    at: datetime


def save(conn: Connection, account: Account) -> None:
    """Store the account, in place of one with the same name. Safe to repeat."""
    known = conn.execute(select(table).where(table.c.name == account.name)).mappings().one_or_none()
    if known and (known["url"], known["settings"]) != (account.url, dict(account.settings)):
        installation.renew(conn)
    statement = insert(conn, table)
    moment = now()
    row = {**asdict(account), "created_at": moment, "changed_at": moment}
    changed = {n: statement.excluded[n] for n in row if n not in ("name", "created_at")}
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), [row])


def get(conn: Connection, name: str) -> StoredAccount:
    """The account of this name."""
    found = conn.execute(select(table).where(table.c.name == name)).mappings().one_or_none()
    if found is None:
        raise StorageError(
            f"There is no connection {name}.",
            remedy=f"See the names with `qantara status`, or add it with `qantara connect {name}`.",
        )
    return StoredAccount(**found)


def listing(conn: Connection) -> list[StoredAccount]:
    """All stored accounts by name."""
    rows = conn.execute(select(table).order_by(table.c.name))
    return [StoredAccount(**row) for row in rows.mappings()]


def remove(conn: Connection, name: str) -> bool:
    """Forget the account, its secrets, approvers, inbox, bindings and check; says whether it was stored.

    The bindings go because the same name may come back for another database, where the old ids
    would name other records. What was done stays in the ledger. Safe to repeat.
    """
    bindings.forget(conn, name)
    installation.renew(conn)
    for of_it in (approvers, checks, circuits, inbox, quotas, secrets):
        conn.execute(delete(of_it).where(of_it.c.connection == name))
    return bool(conn.execute(delete(table).where(table.c.name == name)).rowcount)


def remember_check(conn: Connection, name: str, facts: Mapping[str, str], *, usable: bool) -> None:
    """Keep what a check of the connection found, in place of what the one before did.

    The system has answered: it is left alone no longer.
    """
    succeeded(conn, name)
    row = {"connection": name, "usable": usable, "facts": dict(facts), "at": now()}
    upsert(conn, checks, [row], on=("connection",))


def last_check(conn: Connection, name: str) -> Check | None:
    """What the last check found; None when there was none."""
    statement = select(checks.c.usable, checks.c.facts, checks.c.at)
    found = conn.execute(statement.where(checks.c.connection == name)).mappings().one_or_none()
    return Check(**found) if found else None
