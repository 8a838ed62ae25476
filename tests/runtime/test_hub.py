"""An opened home gives each connection its limits and knows when its system is closed."""

from datetime import datetime, timedelta

import pytest

from qantara.runtime.configuration import ConfigurationError
from qantara.runtime.home import Home
from qantara.runtime.hub import Hub
from qantara.runtime.quota import SharedLimits
from qantara.storage import connections, vault_key
from qantara.storage.connections import Account
from qantara.storage.store import Store
from qantara.storage.vault import Vault
from qantara.transport.limits import UNLIMITED, Allowance, TokenBucket

CONFIGURATION = """\
[[flows]]
recipe = "supply"
factory = "mill"
buyer = "shop"

[connections.shop]
rate = 2
burst = 40
maintenance = ["at 12:00 for 30m"]
"""


@pytest.fixture
def home(tmp_path, store_url: str, monkeypatch) -> Home:
    monkeypatch.setenv("QANTARA_DATABASE_URL", store_url)
    monkeypatch.setenv("QANTARA_SHOP_KEY", "k")
    monkeypatch.setenv("QANTARA_MILL_KEY", "k")
    (tmp_path / "qantara.toml").write_text(CONFIGURATION)
    with Store.open(store_url) as store:
        for name in ("shop", "mill"):
            url = "https://odoo.example.com"
            account = Account(name=name, connector="odoo", url=url)
            store.run_here(connections.save, account)
    return Home(tmp_path)


async def test_on_postgresql_limits_are_shared_and_on_sqlite_they_are_the_process_own(
    home: Home, store_url: str
):
    async with Hub.open(home) as hub:
        shop = (await hub.connector("shop")).connection.limits
        mill = (await hub.connector("mill")).connection.limits

    own = store_url.startswith("sqlite")
    assert [type(shop), type(mill)] == [TokenBucket if own else SharedLimits] * 2


async def test_the_rate_of_the_configuration_bounds_what_is_asked(home: Home):
    async with Hub.open(home) as hub:
        limits = [(await hub.connector(name)).connection.limits for name in ("shop", "mill")]

    bounds = [
        limit.bound
        if isinstance(limit, SharedLimits)
        else Allowance(rate=limit.rate, burst=limit.burst)
        for limit in limits
        if isinstance(limit, SharedLimits | TokenBucket)
    ]
    assert bounds == [Allowance(rate=2.0, burst=40.0), UNLIMITED]


async def test_a_system_that_signs_its_webhooks_is_given_the_newest_secret_for_them(
    home: Home, store_url: str
):
    with Store.open(store_url) as store:
        account = Account(name="shop", connector="woocommerce", url="https://shop.example.com")
        store.run_here(connections.save, account)
        vault = Vault.create(home.path)
        for secret in ("first", "second"):
            store.run_here(vault.renew_webhook, "shop", secret, timedelta(hours=1))
    async with Hub.open(home) as hub:
        shop, mill = [(await hub.connector(name)).connection.secrets for name in ("shop", "mill")]

    assert shop == {"key": "k", "webhook": "second"}
    assert mill == {"key": "k"}


async def test_a_window_closes_the_connection_it_belongs_to(home: Home):
    noon = datetime(2026, 5, 6, 12, 10).astimezone()

    async with Hub.open(home) as hub:
        assert hub.closed_until("shop", noon) == noon + timedelta(minutes=20)
        assert hub.closed_until("mill", noon) is None


async def test_a_two_way_link_needs_to_be_read_and_written_on_both_sides(home: Home):
    async with Hub.open(home) as hub:
        alone = hub.needs("mill"), hub.needs("shop")
    two_way = "\n[flows.links.product]\ntwo_way = true\n\n[connections.shop]"
    text = home.configuration.read_text().replace("\n[connections.shop]", two_way)
    home.configuration.write_text(text)
    async with Hub.open(home) as hub:
        both = hub.needs("mill"), hub.needs("shop")

    assert both[0][1] - alone[0][1] == {"product"}
    assert both[1][0] - alone[1][0] == {"product"}
    assert (both[0][0], both[1][1]) == (alone[0][0], alone[1][1])


@pytest.mark.parametrize(
    ("more", "offers"),
    [
        ("", "5m"),
        ('every = "1h"', "1h"),
        ('every = "1h"\nlinks.offer.every = "30s"', "30s"),
        ('links.offer.every = "off"', "off"),
    ],
)
async def test_a_link_has_its_recipes_schedule_until_its_owner_says_otherwise(
    home: Home, more: str, offers: str
):
    told = CONFIGURATION.replace('buyer = "shop"', f'buyer = "shop"\nparts = ["board"]\n{more}')
    (home.path / "qantara.toml").write_text(told)
    async with Hub.open(home) as hub:
        every = {link.name: str(hub.schedule(link)) for link in await hub.links()}

    assert every["supply.offer"] == offers
    assert every["supply.request"] == ("1h" if 'every = "1h"' in more else "auto")


async def test_no_system_may_have_the_name_of_the_hub_itself(home: Home):
    taken = CONFIGURATION.replace('"mill"', '"hub"')
    home.configuration.write_text(taken)
    async with Hub.open(home) as hub:
        with pytest.raises(ConfigurationError, match="hub's own connection") as refused:
            await hub.links()

    assert "line 3" in str(refused.value)
    assert await _entrance_of_its_own(home) == ""


async def _entrance_of_its_own(home: Home) -> str:
    home.configuration.write_text(CONFIGURATION)
    async with Hub.open(home) as hub:
        return await hub.entrance("hub")


def test_keys_for_links_are_not_the_vaults(tmp_path):
    key = vault_key.create(tmp_path)
    derived = vault_key.derive(key, "decisions")

    assert derived != key
    assert len(derived) == len(key)
    assert vault_key.derive(key, "something else") != derived
