"""Ways to call a stand-in that share nothing with our own client."""

import json
import urllib.error
import urllib.request
from typing import Any

from qantara.sandbox.odoo import OdooStandIn


class Refused(Exception):
    """The server answered with an error; `name` is its data.name."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["data"]["message"])
        self.code = error["code"]
        self.name = error["data"]["name"]
        self.message = error["data"]["message"]
        self.debug = error["data"]["debug"]


class Rpc:
    """JSON-RPC as the documentation shows it, over urllib."""

    def __init__(self, stand: OdooStandIn, login: str = "hub@example.com", key: str = "hub-key"):
        self.stand = stand
        self.key = key
        self.uid = self.service("common", "login", stand.settings.database, login, key)

    def __call__(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        database = self.stand.settings.database
        given = [database, self.uid, self.key, model, method, list(args), kwargs]
        return self.service("object", "execute_kw", *given)

    def service(self, service: str, method: str, *args: Any) -> Any:
        params = {"service": service, "method": method, "args": list(args)}
        envelope = {"jsonrpc": "2.0", "method": "call", "id": 7, "params": params}
        status, _, body = posted(f"{self.stand.url}/jsonrpc", envelope)
        assert status == 200
        answer = json.loads(body)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer.get("result")


def posted(
    url: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a POST of JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, sent)  # noqa: S310 - only 127.0.0.1
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def goods(version: int, **vals: Any) -> dict[str, Any]:
    """Values of a storable product, as the version says it."""
    if version >= 18:
        return {"type": "consu", "is_storable": True, **vals}
    return {"detailed_type": "product", **vals}
