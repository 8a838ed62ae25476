"""A URL given by a user reaches only addresses that he may reach."""

import socket

import pytest
from aiohttp.resolver import DefaultResolver

from qantara.transport import Unsupported
from qantara.transport.addresses import check_address, split_url
from qantara.transport.http import HttpClient, Request


@pytest.mark.parametrize(
    "url",
    [
        "odoo.example.com",
        "ftp://odoo.example.com",
        "file:///etc/passwd",
        "https://",
        "https://host:0",
        "https://host:99999",
        "https://[::1",
    ],
)
def test_what_is_no_web_address_is_refused(url: str):
    with pytest.raises(Unsupported) as caught:
        split_url(url, private=True)

    assert "https://odoo.example.com" in caught.value.remedy


def test_a_password_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(Unsupported) as caught:
        split_url("https://user:canary@odoo.example.com", private=True)

    assert "canary" not in caught.value.reason + caught.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "240.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_an_address_that_is_not_public_needs_permission(address: str):
    with pytest.raises(Unsupported) as caught:
        check_address(address, "odoo.test", private=False)

    assert "--private" in caught.value.remedy
    check_address(address, "odoo.test", private=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_passes(address: str):
    check_address(address, "odoo.test", private=False)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "168.63.129.16"],
)
@pytest.mark.parametrize("private", [True, False])
def test_an_address_of_cloud_credentials_is_never_allowed(address: str, private: bool):  # noqa: FBT001
    with pytest.raises(Unsupported) as caught:
        check_address(address, "odoo.test", private=private)

    assert "never allowed" in caught.value.remedy


@pytest.mark.parametrize("url", ["http://127.0.0.1:8069", "http://[::1]", "http://[fe80::1%25a]/"])
def test_a_literal_address_is_checked_at_once(url: str):
    with pytest.raises(Unsupported):
        HttpClient(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0x7f000001", "0177.0.0.1."])
def test_an_address_in_disguise_is_refused_at_once(host: str):
    with pytest.raises(Unsupported):
        HttpClient(f"http://{host}", private=True)


async def test_a_name_of_this_machine_is_refused_at_connect():
    client = HttpClient("http://localhost:9")

    with pytest.raises(Unsupported):
        await client.request(Request(path="/"))
    await client.close()


async def test_a_name_that_moves_to_a_private_address_is_refused(monkeypatch):
    async def moved(*_: object) -> list[dict[str, object]]:
        return [
            {"hostname": "a.test", "host": host, "port": 80, "family": socket.AF_INET}
            for host in ("93.184.216.34", "10.0.0.5")
        ]

    monkeypatch.setattr(DefaultResolver, "resolve", moved)
    client = HttpClient("http://a.test")

    with pytest.raises(Unsupported) as caught:
        await client.request(Request(path="/"))
    await client.close()

    assert "a.test is not a public address (private)" in caught.value.reason
