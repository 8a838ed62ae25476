"""Pictures of a product: recognised by their hash, sent by their id or by an address.

The store fetches a new picture itself and makes a new file each time it is asked, so one that is
there is never sent again. Its hash is in the file's name, else in the product's metadata.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from qantara.connectors.woocommerce.mapping.values import meta, text
from qantara.model import Image, Product

Row = Mapping[str, Any]

KEPT = "_qantara_images"
"""Metadata of a product: the hashes of its pictures by their ids in the store, as JSON."""

_NAMED = re.compile(r"/[^/]*?([0-9a-f]{40})[^/]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What is sent of pictures: None leaves them alone. `absent` have no address."""

    body: list[dict[str, Any]] | None
    hashes: Sequence[str] = ()
    absent: Sequence[str] = field(default=())

    @property
    def new(self) -> bool:
        """Whether the store has to fetch one."""
        return any("src" in one for one in self.body or ())


def told(row: Row) -> list[Image]:
    """The pictures of a product, the first one first."""
    kept = _kept(row)
    return [Image(sha1=_hash(one, kept)) for one in row.get("images") or ()]


def wanted(
    product: Product, fields: Collection[str], row: Row, addresses: Mapping[str, str], base: str
) -> Pictures:
    """What to send for the pictures of the product.

    `addresses` are of single pictures by hash; `base` is an address with `{sha1}` in it.
    """
    if not {"image", "gallery"} & set(fields):
        return Pictures(body=None)
    kept = _kept(row)
    ids = {_hash(one, kept): one["id"] for one in row.get("images") or ()}
    body: list[dict[str, Any]] = []
    hashes, absent = [], []
    for sha1 in _order(product, fields, row):
        where = addresses.get(sha1) or (base.replace("{sha1}", sha1) if base else "")
        if sha1 in ids:
            body.append({"id": ids[sha1]})
            hashes.append(sha1)
        elif where and sha1 not in hashes:
            body.append({"src": where})
            hashes.append(sha1)
        elif not where:
            absent.append(sha1)
    if absent and not body:
        return Pictures(body=None, absent=absent)
    return Pictures(body=body, hashes=hashes, absent=absent)


def to_keep(row: Row, hashes: Sequence[str]) -> str:
    """The metadata for the pictures that the store answered with; "" when the names say it all."""
    there = row.get("images") or ()
    if len(there) != len(hashes) or all(
        _hash(one, {}) == sha1 for one, sha1 in zip(there, hashes, strict=True)
    ):
        return ""
    ids = {str(one["id"]): sha1 for one, sha1 in zip(there, hashes, strict=True)}
    return msgspec.json.encode(ids).decode()


def _order(product: Product, fields: Collection[str], row: Row) -> list[str]:
    """The hashes in order; a part that is not written stays as it is in the store."""
    there = [one.sha1 for one in told(row)]
    first = [product.image.sha1] if product.image else []
    if "image" not in fields:
        first = there[:1]
    others = [one.sha1 for one in product.gallery] if "gallery" in fields else there[1:]
    return [*first, *dict.fromkeys(others)]


def _hash(image: Row, kept: Mapping[str, str]) -> str:
    """Of a picture that the hub never saw, something that changes with it."""
    if known := kept.get(str(image["id"])):
        return known
    if named := _NAMED.search(text(image.get("src"))):
        return named[1]
    told = f"{image['id']} {image.get('src')}"
    return hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()


def _kept(row: Row) -> Mapping[str, str]:
    try:
        return msgspec.json.decode(text(meta(row, KEPT)) or "{}", type=dict[str, str])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return {}
