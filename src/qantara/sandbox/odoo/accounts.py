"""Users, keys, passwords and web sessions."""

import secrets
import time
from collections.abc import Mapping, Sequence

from qantara.sandbox.odoo.dispatch import User
from qantara.sandbox.odoo.errors import AccessDenied, SessionExpired

FAILURES_ALLOWED = 10
COOLDOWN = 60.0  # seconds
COOLING = "Too many login failures, please wait a bit before trying again."


class Accounts:
    """Keys work for RPC and JSON-2, passwords for RPC and web sessions."""

    def __init__(self) -> None:
        self.by_uid: dict[int, User] = {}
        self._sessions: dict[str, int] = {}
        self._failures: list[float] = []

    def add(
        self,
        uid: int,
        credentials: tuple[str, str, str | None],
        rights: Mapping[str, Sequence[str]] | None,
    ) -> None:
        """Credentials are login, key and password."""
        login, key, password = credentials
        self.by_uid[uid] = User(uid, login, key, password, allowed=rights)

    def login(self, login: str, secret: str) -> User | None:
        """`login` and `authenticate`: a wrong password is no error, just nobody."""
        user = next((each for each in self.by_uid.values() if each.login == login), None)
        return user if user and secret in self._secrets(user) else None

    def checked(self, uid: object, secret: object) -> User:
        """`execute_kw`: a wrong password is AccessDenied."""
        user = self.by_uid.get(uid) if isinstance(uid, int) else None
        if user is None or secret not in self._secrets(user):
            raise AccessDenied
        return user

    def by_key(self, key: str) -> User:
        """JSON-2: only keys, no passwords."""
        for user in self.by_uid.values():
            if secrets.compare_digest(user.key.encode(), key.encode()):
                return user
        raise AccessDenied("Invalid apikey")

    def open_session(self, login: str, password: str) -> tuple[User, str]:
        """Only the password; ten failures close the door for a minute."""
        now = time.monotonic()
        self._failures = [each for each in self._failures if now - each < COOLDOWN]
        if len(self._failures) >= FAILURES_ALLOWED:
            raise AccessDenied(COOLING)
        user = next((each for each in self.by_uid.values() if each.login == login), None)
        if user is None or user.password is None or password != user.password:
            self._failures.append(now)
            raise AccessDenied
        session = secrets.token_hex(20)
        self._sessions[session] = user.uid
        return user, session

    def of_session(self, session: str | None) -> User:
        """Raises SessionExpired."""
        if session not in self._sessions:
            raise SessionExpired
        return self.by_uid[self._sessions[session]]

    @staticmethod
    def _secrets(user: User) -> tuple[str, ...]:
        return (user.key,) if user.password is None else (user.key, user.password)
