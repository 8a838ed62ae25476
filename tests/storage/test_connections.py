"""Accounts are kept with what their last check found, and go with all that was theirs."""

import pytest

from qantara.storage import bindings, connections, inbox, vault
from qantara.storage.connections import Account
from qantara.storage.errors import StorageError
from qantara.storage.store import Store
from qantara.storage.vault import Vault

FACTORY = Account(
    name="factory",
    connector="odoo",
    url="https://factory.example",
    settings={"database": "مصنع", "login": "hub"},
    ca_file="/etc/ssl/own.pem",
    private=True,
)


async def test_an_account_comes_back_as_it_was_saved(store: Store):
    await store.run(connections.save, FACTORY)

    kept = await store.run(connections.get, "factory")

    assert {name: getattr(kept, name) for name in Account.__slots__} == {
        name: getattr(FACTORY, name) for name in Account.__slots__
    }
    assert kept.created_at == kept.changed_at


async def test_saving_again_changes_it_and_remembers_since_when_it_is_there(store: Store):
    await store.run(connections.save, FACTORY)
    await store.run(connections.save, Account(name="factory", connector="odoo", url="https://b"))

    kept = await store.run(connections.get, "factory")

    assert (kept.url, kept.settings, kept.private) == ("https://b", {}, False)
    assert kept.created_at < kept.changed_at


async def test_accounts_are_listed_by_name(store: Store):
    for name in ("shop", "buyer"):
        await store.run(connections.save, Account(name=name, connector="odoo", url="https://a"))

    assert [a.name for a in await store.run(connections.listing)] == ["buyer", "shop"]


async def test_an_account_that_is_not_there_is_told(store: Store):
    with pytest.raises(StorageError, match="no connection shop") as caught:
        await store.run(connections.get, "shop")

    assert "qantara connect shop" in caught.value.remedy


async def test_the_last_check_is_remembered(store: Store):
    assert await store.run(connections.last_check, "factory") is None

    await store.run(connections.remember_check, "factory", {"version": "16.0"}, usable=True)
    await store.run(connections.remember_check, "factory", {"version": "18.0"}, usable=False)

    check = await store.run(connections.last_check, "factory")
    assert check is not None
    assert (check.facts, check.usable) == ({"version": "18.0"}, False)


async def test_removing_takes_all_that_was_the_accounts(store: Store):
    safe = Vault([bytes(32)])
    bound = bindings.Binding(record="r1", connection="factory", entity="product", external_id="1")
    event = inbox.Notice(connection="factory", topic="a", event_key="1", body=b"")
    await store.run(connections.save, FACTORY)
    await store.run(connections.remember_check, "factory", {}, usable=True)
    await store.run(safe.put, "factory", "key", "s3cret")
    await store.run(bindings.bind, [bound])
    await store.run(inbox.receive, [event])

    assert await store.run(connections.remove, "factory")
    assert not await store.run(connections.remove, "factory")

    assert await store.run(connections.listing) == []
    assert await store.run(connections.last_check, "factory") is None
    assert await store.run(vault.names, "factory") == []
    assert await store.run(bindings.places, ["r1"]) == []
    assert await store.run(inbox.waiting, "factory") == []
