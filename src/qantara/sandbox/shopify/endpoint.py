"""The HTTP side: GraphQL by version, uploads, downloads of bulk results."""

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from qantara.sandbox.kit import Call, with_fault
from qantara.sandbox.shopify.bulk import FILES
from qantara.sandbox.shopify.media import STAGED, receive
from qantara.sandbox.shopify.schema import VERSIONS
from qantara.sandbox.shopify.state import gid

if TYPE_CHECKING:
    from qantara.sandbox.shopify.server import ShopifyStandIn

PATH = "/admin/api/{version}/graphql.json"
UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class Endpoint:
    """All routes of one stand-in."""

    def __init__(self, stand: "ShopifyStandIn") -> None:
        self.stand = stand

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(PATH, self.graphql),
            web.put(f"{STAGED}{{tail:.*}}", self.upload),
            web.post(f"{STAGED}{{tail:.*}}", self.upload_form),
            web.get(f"{FILES}{{number}}.jsonl", self.download),
            web.route("*", "/admin/{tail:.*}", self.refuse),
        ]

    async def graphql(self, request: web.Request) -> web.Response:
        body = await request.read()
        version = request.match_info["version"]
        problem = self._barred(request, version)
        if problem is not None:
            return problem
        try:
            asked = msgspec.json.decode(body)
            query, variables = asked["query"], asked.get("variables") or {}
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        if not isinstance(query, str) or not isinstance(variables, dict):
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        kind, name = self.stand.named(query, asked.get("operationName"))
        fault = self.stand.struck(kind, name)

        async def serve() -> web.Response:
            force = fault.kind if fault else ""
            answer = self.stand.answer(
                query, variables, asked.get("operationName"), (version, force)
            )
            response = _json(answer)
            response.headers["X-Shopify-API-Version"] = version
            self._log(kind, name, body, response, answer)
            return response

        return await with_fault(request, fault, serve)

    def _barred(self, request: web.Request, version: str) -> web.Response | None:
        if request.headers.get("X-Shopify-Access-Token") != self.stand.token:
            return _json({"errors": UNAUTHORIZED}, 401)
        if version not in VERSIONS:
            return _json({"errors": "Not Found"}, 404)
        if request.content_type != "application/json":
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        return None

    def _log(self, kind: str, name: str, body: bytes, response: web.Response, answer: Any) -> None:
        errors = answer.get("errors")
        sent = response.body
        with self.stand.lock:
            self.stand.calls.append(
                Call(
                    protocol="graphql",
                    service=kind,
                    model=kind,
                    method=name,
                    records=_records(answer.get("data")),
                    request_bytes=len(body),
                    response_bytes=len(sent) if isinstance(sent, bytes) else 0,
                    error=str(errors[0]["message"]) if errors else None,
                )
            )

    async def upload(self, request: web.Request) -> web.Response:
        return self._keep(request, await request.read(), 200)

    async def upload_form(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            return web.Response(status=400, text="The form has no file")
        return self._keep(request, file.file.read(), 201)

    def _keep(self, request: web.Request, body: bytes, status: int) -> web.Response:
        with self.stand.lock:
            known = receive(self.stand.store, f"{self.stand.url}{request.path}", body)
        return web.Response(status=status if known else 403)

    async def download(self, request: web.Request) -> web.Response:
        with self.stand.lock:
            key = gid("BulkOperation", request.match_info["number"])
            row = self.stand.store.get("BulkOperation", key)
        if row is None or not row["_lines"]:
            return web.Response(status=404)
        return web.Response(body=row["_lines"], content_type="application/jsonl")

    async def refuse(self, request: web.Request) -> web.Response:
        told = f"The stand-in does not imitate {request.method} {request.path}."
        return _json({"errors": told}, 404 if request.method == "GET" else 501)


def _json(told: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(told), status=status, content_type="application/json"
    )


def _records(data: Any) -> int:
    """How many entries the answer's connections hold at the top."""
    if not isinstance(data, dict):
        return 0
    found = [one for one in data.values() if isinstance(one, dict)]
    return sum(len(one.get("nodes") or one.get("edges") or ()) for one in found)
