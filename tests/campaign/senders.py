"""Senders of webhooks: several threads, each of which brings what it has until it is acknowledged."""

import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PAUSE = 0.02
"""Seconds until one that was not acknowledged is brought again."""


@dataclass(frozen=True, slots=True)
class News:
    """One event about a record."""

    event: str
    id: str

    @property
    def body(self) -> str:
        return json.dumps({"event": self.event, "id": self.id})


@dataclass(slots=True)
class Senders:
    """Bring to `address`; `acknowledged` counts the answers of 200."""

    address: str
    acknowledged: int = 0
    attempts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bring(self, shares: Sequence[Sequence[News]]) -> None:
        """Each share by a thread of its own; returns when all is acknowledged."""
        threads = [threading.Thread(target=self._bring, args=(share,)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _bring(self, share: Sequence[News]) -> None:
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(place.netloc, timeout=20)
        for news in share:
            while not self._is_taken(connection, place.path, news):
                connection.close()
                time.sleep(PAUSE)
        connection.close()

    def _is_taken(self, connection: http.client.HTTPConnection, path: str, news: News) -> bool:
        try:
            connection.request("POST", path, news.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            taken = False
        else:
            taken = answer.status == http.client.OK
        with self._lock:
            self.attempts += 1
            self.acknowledged += taken
        return taken


def repeated(every: Iterable[News], threads: int, seed: int) -> list[list[News]]:
    """Each one to five times, in any order, dealt out to so many threads."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    deliveries = [news for news in every for _ in range(chance.randint(1, 5))]
    chance.shuffle(deliveries)
    return [deliveries[number::threads] for number in range(threads)]


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
