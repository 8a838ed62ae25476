"""Pictures: the shop fetches them itself, and keeps each one it is told of as a new one."""

import asyncio
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp

from qantara.sandbox.woocommerce.calls import Call, Picture
from qantara.sandbox.woocommerce.shop import Shop, unique
from qantara.sandbox.woocommerce.wire import Refused, Row

PORTS = frozenset({None, 80, 443, 8080})
STARTS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"BM": "image/bmp",
}
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}
PATIENCE = aiohttp.ClientTimeout(total=60)


def sources(body: Any) -> Iterator[str]:
    """Every address of a picture in a body, batches included."""
    if isinstance(body, list):
        for each in body:
            yield from sources(each)
    elif isinstance(body, dict):
        listed = body.get("images")
        for each in [*(listed if isinstance(listed, list) else []), body.get("image")]:
            if isinstance(each, dict) and each.get("src") and not each.get("id"):
                yield str(each["src"])
        for name in ("create", "update"):
            yield from sources(body.get(name))


async def fetched(addresses: Iterable[str], *, strict: bool) -> Mapping[str, Picture]:
    """The pictures behind these addresses. A strict shop refuses private hosts and odd ports."""
    wanted = list(dict.fromkeys(addresses))
    if not wanted:
        return {}
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        found = await asyncio.gather(*(_fetched(session, each, strict=strict) for each in wanted))
    return dict(zip(wanted, found, strict=True))


async def _fetched(session: aiohttp.ClientSession, address: str, *, strict: bool) -> Picture:
    if strict and refused_host(address):
        return Picture(error="A valid URL was not provided.")
    try:
        async with session.get(address) as response:
            if response.status != 200:
                return Picture(error=response.reason or str(response.status))
            return Picture(content=await response.read(), kind=response.content_type)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Picture(error=str(error) or type(error).__name__)


def refused_host(address: str) -> bool:
    """Whether WordPress as delivered would not call this address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return True
    if parts.scheme not in ("http", "https") or port not in PORTS or not parts.hostname:
        return True
    try:
        return not ipaddress.ip_address(parts.hostname).is_global
    except ValueError:
        return parts.hostname == "localhost"


def taken(shop: Shop, given: Row, call: Call) -> int | None:
    """The id of the picture that was sent: one the shop has, or a new one for each `src`."""
    number = given.get("id")
    if number:
        if int(number) not in shop.table("images"):
            message = f"#{number} is an invalid image ID."
            raise Refused(400, "woocommerce_product_invalid_image_id", message)
        return int(number)
    if "src" not in given:
        return None
    address = str(given["src"] or "")
    if not address:
        message = "Error getting remote image . Error: No URL Provided."
        raise Refused(400, "woocommerce_product_image_upload_error", message)
    return _kept(shop, address, call.pictures.get(address, Picture(error="Not Found")))


def _kept(shop: Shop, address: str, picture: Picture) -> int:
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    kind = next((each for start, each in STARTS.items() if picture.content.startswith(start)), "")
    if picture.error:
        message = f"Error getting remote image {address}. Error: {picture.error}"
        raise Refused(400, "woocommerce_product_image_upload_error", message)
    if not kind:  # the file itself is looked at, not its name
        message = "Invalid image: Sorry, you are not allowed to upload this file type."
        raise Refused(400, "woocommerce_product_image_upload_error", message)
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix or ENDINGS.get(kind, "")
    rows = shop.table("images")
    number = shop.post_id()
    now = shop.clock.now()
    free = _free_name(stem, ending, [row["file"] for row in rows.values()])
    rows[number] = {
        "id": number,
        "file": free,
        "name": free,
        "alt": "",
        "kind": kind,
        "content": picture.content,
        "created": now,
        "modified": now,
        "path": f"/wp-content/uploads/{now:%Y/%m}/{free}",
    }
    return number


def _free_name(stem: str, ending: str, taken_names: Iterable[str]) -> str:
    """`lab.png`, then `lab-1.png`."""
    held = set(taken_names)
    if stem + ending not in held:
        return stem + ending
    at = next(at for at in range(1, len(held) + 2) if f"{stem}-{at}{ending}" not in held)
    return unique(f"{stem}-{at}{ending}", held)


def attachment(shop: Shop, number: int | None) -> Row | None:
    """A picture as the API tells it; None where there is none."""
    row = shop.table("images").get(number or 0)
    if row is None:
        return None
    address = shop.url + row["path"]
    return {
        "id": row["id"],
        **_twice_ahead(shop, "date_created", row["created"]),
        **_twice_ahead(shop, "date_modified", row["modified"]),
        "src": address,
        "name": row["name"],
        "alt": row["alt"],
        "srcset": "",
        "sizes": "(max-width: 32px) 100vw, 32px",
        "thumbnail": address,
    }


def bare(told: Row | None) -> Row | None:
    """As categories and variations tell it: without what is for showing it in sizes."""
    sizes = ("srcset", "sizes", "thumbnail")
    return {name: told[name] for name in told if name not in sizes} if told else None


def _twice_ahead(shop: Shop, name: str, at: Any) -> Row:
    """The local time of a picture has the zone's offset twice, as on the real server."""
    offset = at.astimezone(shop.clock.zone).utcoffset()
    return {name: shop.clock.local(at + offset), f"{name}_gmt": shop.clock.gmt(at)}
