"""Secrets are sealed, tied to their place, and told apart from a wrong key in plain words."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import text, update

from qantara.storage import vault, vault_key
from qantara.storage.errors import VaultError
from qantara.storage.schema import secrets
from qantara.storage.store import Store
from qantara.storage.vault import Vault

SECRET = "سرّ-of-the-factory"


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(vault_key.VARIABLE, raising=False)


async def test_a_secret_comes_back_and_does_not_stand_in_the_database(store: Store, tmp_path: Path):
    safe = Vault.create(tmp_path)
    await store.run(safe.put, "factory", "key", SECRET)

    stored = await store.run(lambda conn: conn.execute(text("SELECT * FROM secrets")).one())

    assert await store.run(Vault.open(tmp_path).get, "factory", "key") == SECRET
    assert SECRET.encode() not in b"".join(bytes(v) for v in stored if isinstance(v, bytes))
    assert SECRET not in repr(stored)
    assert SECRET not in repr(safe)


async def test_secrets_are_listed_replaced_and_removed(store: Store):
    safe = Vault([bytes(32)])
    for name, secret in (("token", "a"), ("key", "b"), ("key", "c")):
        await store.run(safe.put, "factory", name, secret)
    await store.run(safe.put, "buyer", "key", "d")

    assert await store.run(vault.names, "factory") == ["key", "token"]
    assert await store.run(safe.get_all, "factory") == {"key": "c", "token": "a"}
    assert await store.run(vault.remove, "factory", "token")
    assert not await store.run(vault.remove, "factory", "token")
    assert await store.run(vault.names, "factory") == ["key"]


async def test_the_same_secret_twice_looks_different(store: Store):
    safe = Vault([bytes(32)])
    for connection in ("factory", "buyer"):
        await store.run(safe.put, connection, "key", SECRET)

    rows = await store.run(lambda conn: conn.execute(secrets.select()).all())

    assert len({row.nonce for row in rows}) == len({row.sealed for row in rows}) == 2


async def test_a_secret_that_is_not_there_is_told(store: Store):
    with pytest.raises(VaultError, match="no key of the connection factory"):
        await store.run(Vault([bytes(32)]).get, "factory", "key")


async def test_a_wrong_key_is_told_with_a_remedy(store: Store):
    await store.run(Vault([b"a" * 32]).put, "factory", "key", SECRET)

    with pytest.raises(VaultError, match="sealed with the key") as caught:
        await store.run(Vault([b"b" * 32]).get, "factory", "key")

    assert "qantara connect factory" in caught.value.remedy


@pytest.mark.parametrize("column", ["connection", "name"])
async def test_a_row_moved_to_another_place_does_not_open(store: Store, column: str):
    safe = Vault([bytes(32)])
    await store.run(safe.put, "factory", "key", SECRET)
    await store.run(lambda conn: conn.execute(update(secrets).values({column: "other"})))

    with pytest.raises(VaultError, match="altered in the database, or copied"):
        await store.run(safe.get_all, "other" if column == "connection" else "factory")


async def test_an_altered_row_does_not_open(store: Store):
    safe = Vault([bytes(32)])
    await store.run(safe.put, "factory", "key", SECRET)
    await store.run(lambda conn: conn.execute(update(secrets).values(sealed=b"\x00" * 40)))

    with pytest.raises(VaultError, match="altered"):
        await store.run(safe.get, "factory", "key")


async def test_rotation_survives_a_stop_between_any_two_steps(store: Store, tmp_path: Path):
    await store.run(Vault.create(tmp_path).put, "factory", "key", SECRET)

    staged = vault_key.stage(tmp_path)
    assert await store.run(Vault.open(tmp_path).get, "factory", "key") == SECRET
    assert vault_key.stage(tmp_path) == staged

    await store.run(Vault.open(tmp_path).rotate, staged)
    assert await store.run(Vault.open(tmp_path).get, "factory", "key") == SECRET
    await store.run(Vault.open(tmp_path).rotate, staged)

    vault_key.promote(tmp_path)
    vault_key.promote(tmp_path)
    assert vault_key.read(tmp_path) == (staged,)
    assert await store.run(Vault.open(tmp_path).get, "factory", "key") == SECRET


async def test_rotation_moves_all_secrets_or_none(store: Store):
    await store.run(Vault([b"a" * 32]).put, "buyer", "key", SECRET)
    await store.run(Vault([b"x" * 32]).put, "factory", "key", "of a lost key")

    with pytest.raises(VaultError, match="key of factory"):
        await store.run(Vault([b"a" * 32]).rotate, b"n" * 32)

    assert await store.run(Vault([b"a" * 32]).get, "buyer", "key") == SECRET


def test_the_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    new, old = (base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
    monkeypatch.setenv(vault_key.VARIABLE, f"{new}, {old}")

    assert vault_key.read(tmp_path) == (b"n" * 32, b"o" * 32)


def test_a_key_file_is_its_owners_alone_and_is_never_replaced(tmp_path: Path):
    home = tmp_path / "home"
    Vault.create(home)

    assert (home / "vault.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(VaultError, match="already"):
        Vault.create(home)


@pytest.mark.parametrize("rights", [0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, rights: int):
    Vault.create(tmp_path)
    (tmp_path / "vault.key").chmod(rights)

    with pytest.raises(VaultError, match="read by others") as caught:
        Vault.open(tmp_path)

    assert "chmod 600" in caught.value.remedy


@pytest.mark.parametrize("content", ["", "not base64 !", "c2hvcnQ=", "ключ"])
def test_a_file_that_holds_no_key_is_told(tmp_path: Path, content: str):
    Vault.create(tmp_path)
    (tmp_path / "vault.key").write_text(content)

    with pytest.raises(VaultError, match=r"no vault key|cannot be read") as caught:
        Vault.open(tmp_path)

    assert content.strip() == "" or content not in f"{caught.value}{caught.value.remedy}"


def test_a_missing_key_is_told(tmp_path: Path):
    with pytest.raises(VaultError, match="There is no vault key") as caught:
        Vault.open(tmp_path)

    assert "qantara init" in caught.value.remedy
