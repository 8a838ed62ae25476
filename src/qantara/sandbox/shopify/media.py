"""Pictures: staged uploads, files, and the media of a product, fetched by URL or uploaded."""

import hashlib
import mimetypes
from typing import Any

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import NotImitated, Refused
from qantara.sandbox.shopify.paging import plain
from qantara.sandbox.shopify.state import Row, Store, gid

STAGED = "/_staged/"


def staged_uploads(_root: Row, ctx: Context, args: Args) -> Row:
    """Where to send the bytes: by PUT with the headers, or by POST with the form fields."""
    targets = []
    for wanted in args["input"]:
        number = ctx.store.number()
        address = f"{ctx.url}{STAGED}{number}/{wanted['filename']}"
        row = ctx.store.add("Staged", {"_address": address, "_bytes": None, **wanted})
        put = wanted.get("httpMethod", "PUT") == "PUT"
        parameters = [("content_type", wanted["mimeType"]), ("acl", "private")]
        if not put:
            parameters = [
                ("Content-Type", wanted["mimeType"]),
                ("key", f"tmp/{number}/{wanted['filename']}"),
                ("policy", hashlib.sha256(row["id"].encode()).hexdigest()),
            ]
        told = [{"name": name, "value": value} for name, value in parameters]
        targets.append({"url": address, "resourceUrl": address, "parameters": told})
    return {"stagedTargets": targets, "userErrors": []}


def receive(store: Store, address: str, body: bytes) -> bool:
    """Keep what was uploaded; False for an address that was never given out."""
    row = next((row for row in store.rows("Staged") if row["_address"] == address), None)
    if row is None:
        return False
    row["_bytes"] = body
    return True


def attach(ctx: Context, wanted: Args, *path: str) -> Row:
    """The file that an input means: one that is there, or a new one from its source."""
    if wanted.get("id"):
        found = ctx.store.get("MediaImage", wanted["id"])
        if found is None:
            raise Refused("File does not exist", *path, "id", code="INVALID_INPUT")
        if "alt" in wanted:
            ctx.store.touch(found, alt=wanted["alt"])
        return found
    source = wanted.get("originalSource")
    if not source:
        raise Refused("Original source is required", *path, "originalSource", code="INVALID_INPUT")
    if (wanted.get("contentType") or wanted.get("mediaContentType") or "IMAGE") != "IMAGE":
        raise NotImitated("files that are no images")
    return _image(ctx.store, source, wanted)


def _image(store: Store, source: str, wanted: Args) -> Row:
    staged = next((row for row in store.rows("Staged") if row["_address"] == source), None)
    missing = staged is not None and staged["_bytes"] is None
    name = wanted.get("filename") or source.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    row = store.add(
        "MediaImage",
        {
            "alt": wanted.get("alt") or "",
            "mediaContentType": "IMAGE",
            "mimeType": mimetypes.guess_type(name)[0] or "image/jpeg",
            "status": "FAILED" if missing else "READY",
            "fileStatus": "FAILED" if missing else "READY",
            "mediaErrors": _failed(source) if missing else [],
            "fileErrors": _failed(source) if missing else [],
            "_source": source,
            "_bytes": staged["_bytes"] if staged else None,
            "_name": name,
        },
    )
    row["_url"] = f"https://cdn.shopify.com/s/files/1/0001/files/{row['_number']}_{name}"
    return row


def _failed(source: str) -> list[Row]:
    told = f"The file could not be fetched from {source}"
    return [{"code": "UNKNOWN", "details": told, "message": "Media processing failed"}]


def file_create(_root: Row, ctx: Context, args: Args) -> Row:
    made = [attach(ctx, one, "files", str(place)) for place, one in enumerate(args["files"])]
    return {"files": made, "userErrors": []}


def image(row: Row) -> Row | None:
    """The Image of a MediaImage."""
    if row["status"] != "READY":
        return None
    return {
        "__typename": "Image",
        "id": gid("ImageSource", row["_number"]),
        "url": row["_url"],
        "altText": row["alt"] or None,
        "width": 1024,
        "height": 1024,
        "_number": row["_number"],
    }


def media_of(ctx: Context, row: Row) -> list[Row]:
    """The files of a product, in order."""
    held = [ctx.store.get("MediaImage", one) for one in row.get("_media", ())]
    return [one for one in held if one is not None]


def _images(row: Row, ctx: Context, args: Args) -> Any:
    return plain([one for one in map(image, media_of(ctx, row)) if one], args)


def _first(row: Row, ctx: Context) -> Row | None:
    return next(iter(media_of(ctx, row)), None)


RESOLVERS: Resolvers = {
    "Mutation.stagedUploadsCreate": staged_uploads,
    "Mutation.fileCreate": file_create,
    "QueryRoot.files": lambda _, ctx, args: ctx.pages(
        "MediaImage", ctx.store.rows("MediaImage"), args
    ),
    "Product.media": lambda row, ctx, args: plain(
        ctx.found("Media", media_of(ctx, row), args.get("query")), args
    ),
    "Product.mediaCount": lambda row, _ctx, _args: {
        "count": len(row["_media"]),
        "precision": "EXACT",
    },
    "Product.featuredMedia": lambda row, ctx, _args: _first(row, ctx),
    "Product.images": _images,
    "Product.featuredImage": lambda row, ctx, _args: (
        image(one) if (one := _first(row, ctx)) else None
    ),
    "ProductVariant.media": lambda row, ctx, args: plain(media_of(ctx, row), args),
    "ProductVariant.image": lambda row, ctx, _args: (
        image(one) if (one := _first(row, ctx)) else None
    ),
    "MediaImage.image": lambda row, _ctx, _args: image(row),
    "MediaImage.preview": lambda row, _ctx, _args: {"image": image(row), "status": row["status"]},
    "MediaImage.originalSource": lambda row, _ctx, _args: {
        "url": row["_source"],
        "fileSize": len(row["_bytes"]) if row["_bytes"] else None,
    },
    "Image.url": lambda row, _ctx, _args: row["url"],
}
