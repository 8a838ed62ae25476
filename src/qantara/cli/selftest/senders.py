"""The two systems as senders of webhooks: they bring each one until it is acknowledged."""

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qantara.cli.selftest.acts import Told

PAUSE = 0.05
"""Seconds until a sender tries again."""


@dataclass(slots=True, kw_only=True)
class Senders:
    """Send to the entrance at `port`; each connection has its token."""

    port: int
    tokens: Mapping[str, str] = field(repr=False)
    left: list[Told] = field(default_factory=list)

    def send(self, told: Sequence[Told]) -> None:
        """In the background and in this order; `left` is what is not acknowledged yet."""
        self.left = list(told)
        if self.left:
            threading.Thread(target=self._send, daemon=True).start()

    def _send(self) -> None:
        while self.left:
            if self._is_taken(self.left[0]):
                self.left.pop(0)
            else:
                time.sleep(PAUSE)

    def _is_taken(self, told: Told) -> bool:
        body = json.dumps({"_model": told.model, "_id": told.one, "write_date": told.key})
        path = f"/hooks/{told.connection}/{self.tokens[told.connection]}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
