"""What the imitated API says when it refuses: whole answers, fields, or inputs."""

from typing import Any

from graphql import GraphQLError

USAGE = "https://shopify.dev/api/usage"


class NotImitated(GraphQLError):
    """The real one can do this, the stand-in cannot: nobody shall mistake it for an answer."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The stand-in does not imitate {what}.", extensions={"code": "NOT_IMITATED"}
        )


def bad_request(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def access_denied(what: str, scopes: list[str]) -> GraphQLError:
    """Said of one field; the rest of the answer is given."""
    needed = " or ".join(f"`{scope}`" for scope in scopes) + " access scope"
    return GraphQLError(
        f"Access denied for {what} field. Required access: {needed}.",
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": f"{USAGE}/access-scopes",
            "requiredAccess": f"{needed}.",
        },
    )


def user_error(message: str, *field: str, code: str | None = None) -> dict[str, Any]:
    """One entry of `userErrors`; the input's path in its parts."""
    return {"message": message, "field": list(field) or None, "code": code, "elementIndex": None}


class Refused(Exception):
    """A mutation ends with `userErrors` and changes nothing."""

    def __init__(self, message: str, *field: str, code: str | None = None) -> None:
        super().__init__(message)
        self.errors = [user_error(message, *field, code=code)]
