"""Which addresses a user may name: the guard against requests into networks that are not his.

The check of a host name happens when it is resolved for the connection itself, so that a name
which changes its address between check and use gains nothing.
"""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from qantara.transport.errors import Unsupported

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA: dict[str, str] = {
    "169.254.169.254": "AWS, Google Cloud, Azure, DigitalOcean and others",
    "169.254.170.2": "AWS container credentials",
    "fd00:ec2::254": "AWS over IPv6",
    "100.100.100.200": "Alibaba Cloud",
    "192.0.0.192": "Oracle Cloud",
    "168.63.129.16": "Azure",
}
"""Addresses that hand a cloud machine its own credentials: never allowed."""

# No top-level domain begins with a digit: the system would read such a name as an IPv4 address.
_NUMERIC = re.compile(r"(?:^|\.)(?:0x[0-9a-f]*|\d+)\.?$", re.IGNORECASE)

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def split_url(url: str, *, private: bool) -> SplitResult:
    """The URL in its parts, or Unsupported with what is wrong with it. Resolves nothing."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Unsupported("The URL cannot be read.", remedy=_SHAPE) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise Unsupported("The URL does not name an http or https server.", remedy=_SHAPE)
    if parts.username is not None or parts.password is not None:
        raise Unsupported(
            "The URL holds a user name or password.",
            remedy="Take it out of the URL; credentials have their own place.",
        )
    _check_literal(parts.hostname, private=private)
    return parts


def check_address(address: str, host: str, *, private: bool) -> None:
    """Raise Unsupported when a connection to `address` (of `host`) is not allowed."""
    parsed = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    if str(parsed) in METADATA:
        raise Unsupported(
            f"{host} is the address where a cloud machine keeps its own credentials.",
            remedy="Such an address is never allowed; name the system's own address.",
        )
    if private or (parsed.is_global and not parsed.is_multicast):
        return
    raise Unsupported(
        f"{host} is not a public address ({_kind(parsed)}).",
        remedy="If the system stands in your own network, allow it with --private.",
    )


class GuardedResolver(AbstractResolver):
    """Resolves names and lets pass only addresses that are allowed."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of `host`; one that is not allowed condemns the name."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            check_address(result["host"], host, private=self._private)
        return found

    async def close(self) -> None:
        """Let go of the inner resolver."""
        await self._inner.close()


_SHAPE = "Write it like https://odoo.example.com"

_KINDS = (
    ("is_loopback", "this machine"),
    ("is_link_local", "link-local"),
    ("is_multicast", "multicast"),
    ("is_unspecified", "unspecified"),
    ("is_private", "private"),
    ("is_reserved", "reserved"),
)


def _kind(address: Address) -> str:
    return next((word for name, word in _KINDS if getattr(address, name)), "shared or reserved")


def _check_literal(host: str, *, private: bool) -> None:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if _NUMERIC.search(host):
            raise Unsupported(f"{host} is an unusual way to write an address.") from None
        return
    check_address(host, host, private=private)


def _unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), for it is the one reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
