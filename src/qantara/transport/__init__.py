"""HTTP as every connector needs it (`transport.http`) and one vocabulary of failures (here)."""

from qantara.transport.errors import (
    AuthFailed,
    ConnectorError,
    NotFound,
    NotYet,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Undecided,
    Unsupported,
)

__all__ = [
    "AuthFailed",
    "ConnectorError",
    "NotFound",
    "NotYet",
    "OutcomeUnknown",
    "Rejected",
    "RetryLater",
    "Undecided",
    "Unsupported",
]
