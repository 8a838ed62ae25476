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
from qantara.transport.http import HttpClient, Request, Response, TimeoutClass
from qantara.transport.limits import TokenBucket

__all__ = [
    "AuthFailed",
    "ConnectorError",
    "HttpClient",
    "NotFound",
    "OutcomeUnknown",
    "Rejected",
    "Request",
    "Response",
    "RetryLater",
    "TimeoutClass",
    "TokenBucket",
    "Unsupported",
]
