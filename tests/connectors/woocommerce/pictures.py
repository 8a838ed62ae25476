"""A server of pictures by their hash, as a store finds them at a public address."""

import base64
import hashlib

from aiohttp import web

from qantara.sandbox.kit import StandIn

PICTURES = {
    hashlib.sha1(picture, usedforsecurity=False).hexdigest(): picture
    for text in (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    )
    for picture in [base64.b64decode(text)]
}
"""The bytes of two pictures by their hashes."""


class Pictures(StandIn):
    """Serves `/<hash>.png`, and the same as `/plain/<hash number>` under a name that tells nothing."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{name}", self._named), web.get("/plain/{number}.png", self._plain)]

    @property
    def base(self) -> str:
        """Where a picture is by its hash."""
        return f"{self.url}/{{sha1}}.png"

    async def _named(self, request: web.Request) -> web.Response:
        return _told(PICTURES.get(request.match_info["name"].removesuffix(".png")))

    async def _plain(self, request: web.Request) -> web.Response:
        return _told(list(PICTURES.values())[int(request.match_info["number"])])


def _told(picture: bytes | None) -> web.Response:
    if picture is None:
        return web.Response(status=404)
    return web.Response(body=picture, content_type="image/png")
