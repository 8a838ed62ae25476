"""The outside client of the stand-in shop, and a picture and webhook receiver for it."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from woocommerce import API  # type: ignore[import-untyped]

from qantara.sandbox.woocommerce import WooCommerceStandIn

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Client:
    """`woocommerce` from PyPI, which tells status and body together."""

    def __init__(self, shop: WooCommerceStandIn, **options: Any) -> None:
        keys = {"consumer_key": shop.key, "consumer_secret": shop.secret, **options}
        self.api = API(url=shop.url, timeout=30, **keys)
        self.headers: dict[str, str] = {}

    def get(self, path: str, **query: Any) -> Any:
        return self._told(self.api.get(path, params=query))

    def post(self, path: str, body: Any) -> Any:
        return self._told(self.api.post(path, body))

    def put(self, path: str, body: Any) -> Any:
        return self._told(self.api.put(path, body))

    def delete(self, path: str, **query: Any) -> Any:
        return self._told(self.api.delete(path, params=query))

    def _told(self, response: Any) -> Any:
        self.headers = response.headers
        self.status = response.status_code
        return response.json()


@dataclass
class Heard:
    """What came: path, headers, body."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listener() -> Iterator[Heard]:
    """Serves a picture at `/lab.png`, nothing else by GET, and hears what is posted."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.endswith("lab.png")
            self._answer(200 if found else 404, PICTURE if found else b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard.calls.append((self.path, dict(self.headers), body))
            self._answer(heard.status, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()
