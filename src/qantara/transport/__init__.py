"""HTTP as every connector needs it: one client, one vocabulary of failures."""

from qantara.transport.errors import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)

__all__ = [
    "AuthFailed",
    "ConnectorError",
    "NotFound",
    "OutcomeUnknown",
    "Rejected",
    "RetryLater",
    "Unsupported",
]
