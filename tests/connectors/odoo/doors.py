"""An address that takes webhooks, in a thread of its own."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from qantara.connectors.base import Delivery


@contextmanager
def receiver():
    """An address that takes webhooks, and what came there."""
    came = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(Delivery(headers={}, body=body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Nothing on the screen."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/factory/t0ken", came
    finally:
        server.shutdown()
        server.server_close()
