"""The only exceptions a connector raises. Each one tells the engine what to do next."""

from qantara.model.doubts import Doubt


class ConnectorError(Exception):
    """What happened (`reason`) and what a person can do about it (`remedy`), both sentences.

    Neither ever holds a secret, a traceback or the vendor's raw answer. `connection` names whose
    system it was; its client says so.
    """

    connection = ""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class RetryLater(ConnectorError):
    """The system is busy or away and nothing was done: again, not before `after` seconds."""

    def __init__(self, reason: str, *, remedy: str = "", after: float = 1.0) -> None:
        super().__init__(reason, remedy=remedy)
        self.after = after


class OutcomeUnknown(ConnectorError):
    """The request was sent and no answer came: look the record up by its key before anything else."""


class AuthFailed(ConnectorError):
    """Credentials were refused, or the user lacks a right: stop and ask the connection's owner."""


class Rejected(ConnectorError):
    """The system understood and said no: a person must look (dead letter)."""

    def __init__(self, reason: str, *, remedy: str = "", field: str = "") -> None:
        super().__init__(reason, remedy=remedy)
        self.field = field


class Undecided(Rejected):
    """It may be several things, and none is surely right: a person must say which (`doubt`)."""

    def __init__(self, reason: str, *, doubt: Doubt, remedy: str = "", field: str = "") -> None:
        super().__init__(reason, remedy=remedy, field=field)
        self.doubt = doubt


class NotYet(ConnectorError):
    """Something else must happen there first: nothing was done, and it is tried again by itself."""


class NotFound(ConnectorError):
    """The record is not there any more."""


class Unsupported(ConnectorError):
    """The connection cannot do this: a missing module, model, field, method or capability."""
