"""Secrets of webhooks replace each other with an overlap, and stay apart from the others."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from qantara.storage import vault
from qantara.storage.schema import secrets
from qantara.storage.store import Store
from qantara.storage.vault import Vault

DAY = timedelta(days=1)


def valid(safe: Vault, store: Store, connection: str = "shop") -> list[str]:
    return [one.secret for one in store.run_here(safe.webhook_secrets, connection)]


def pass_(store: Store, time: timedelta) -> None:
    """Let all that expires do so that much earlier."""

    def shift(conn):
        rows = conn.execute(secrets.select().where(secrets.c.expires_at.is_not(None))).all()
        for row in rows:
            moved = update(secrets).where(secrets.c.name == row.name)
            conn.execute(moved.values(expires_at=row.expires_at - time))

    store.run_here(shift)


def test_the_old_one_is_valid_until_the_overlap_ends(store: Store):
    safe = Vault([bytes(32)])
    for secret in ("old", "new"):
        store.run_here(safe.renew_webhook, "shop", secret, DAY)

    assert valid(safe, store) == ["new", "old"]
    pass_(store, DAY)
    assert valid(safe, store) == ["new"]


def test_without_an_overlap_the_old_one_ends_at_once(store: Store):
    safe = Vault([bytes(32)])
    for secret in ("old", "new"):
        store.run_here(safe.renew_webhook, "shop", secret, timedelta(0))

    assert valid(safe, store) == ["new"]


def test_one_that_ends_sooner_still_does(store: Store):
    safe = Vault([bytes(32)])
    store.run_here(safe.renew_webhook, "shop", "first", DAY)
    store.run_here(safe.renew_webhook, "shop", "second", timedelta(hours=1))
    store.run_here(safe.renew_webhook, "shop", "third", DAY)

    assert valid(safe, store) == ["third", "second", "first"]
    pass_(store, timedelta(hours=2))
    assert valid(safe, store) == ["third", "second"]


def test_a_short_overlap_cuts_a_long_one(store: Store):
    safe = Vault([bytes(32)])
    store.run_here(safe.renew_webhook, "shop", "first", DAY)
    store.run_here(safe.renew_webhook, "shop", "second", DAY)
    store.run_here(safe.renew_webhook, "shop", "third", timedelta(0))

    assert valid(safe, store) == ["third"]


def test_what_expired_is_forgotten_at_the_next_change(store: Store):
    safe = Vault([bytes(32)])
    for secret in ("first", "second"):
        store.run_here(safe.renew_webhook, "shop", secret, DAY)
    pass_(store, DAY)

    store.run_here(safe.renew_webhook, "shop", "third", DAY)

    rows = store.run_here(lambda conn: conn.execute(secrets.select()).all())
    assert len(rows) == 2


def test_the_connection_enters_with_none_of_them(store: Store):
    safe = Vault([bytes(32)])
    store.run_here(safe.put, "shop", "key", "to enter")
    store.run_here(safe.renew_webhook, "shop", "to be rung", DAY)

    assert store.run_here(safe.get_all, "shop") == {"key": "to enter"}
    assert store.run_here(vault.names, "shop") == ["key"]
    assert valid(safe, store, "other") == []


def test_validity_is_told_without_the_key_and_without_the_secret(store: Store):
    safe = Vault([bytes(32)])
    for secret in ("old", "new"):
        store.run_here(safe.renew_webhook, "shop", secret, DAY)

    new, old = store.run_here(vault.webhook_validities, "shop")

    assert new.expires_at is None
    assert old.expires_at is not None
    assert abs(old.expires_at - datetime.now(UTC) - DAY) < timedelta(minutes=5)
    assert "old" not in repr(store.run_here(safe.webhook_secrets, "shop"))


def test_a_new_key_of_the_vault_changes_nothing_about_them(store: Store):
    safe = Vault([bytes(32)])
    for secret in ("old", "new"):
        store.run_here(safe.renew_webhook, "shop", secret, DAY)
    before = store.run_here(vault.webhook_validities, "shop")

    moved = store.run_here(safe.rotate, bytes(range(32)))

    assert valid(moved, store) == ["new", "old"]
    assert store.run_here(vault.webhook_validities, "shop") == before
