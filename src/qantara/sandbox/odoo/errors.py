"""The errors a real Odoo raises, by the name its answer carries, and the one that only we raise."""


class OdooError(Exception):
    """Carries what every protocol needs to tell the error in its own shape."""

    name = "odoo.exceptions.UserError"
    fault_code: int | None = 2  # XML-RPC; None stands for 1 with a traceback
    http_status = 422  # JSON-2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def in_import(self, model: str, version: int) -> dict[str, str]:
        """What a message of `load` says of it."""
        del model, version
        return {"message": self.message}


class UserError(OdooError):
    """A business rule said no."""


class ValidationError(OdooError):
    """A constraint said no."""

    name = "odoo.exceptions.ValidationError"


class NotNullError(ValidationError):
    """A required column is empty; load() tells it in other words than create()."""

    def __init__(self, message: str, *, model: str, field: str, label: str) -> None:
        super().__init__(message)
        self.model = model
        self.field = field
        self.label = label

    def in_import(self, model: str, version: int) -> dict[str, str]:
        """Of another model's column only the name is known."""
        if self.model == model:
            text = f"Missing required value for the field '{self.label}' ({self.field})"
            return {"message": text, "field": self.field}
        table = self.model.replace(".", "_")
        where = f" on a linked model [{table}]" if version > 17 else ""
        return {"message": f"Missing required value for the field '{self.field}'{where}"}


class UniqueError(ValidationError):
    """Two rows would have the same value; load() names the field."""

    def __init__(self, message: str, *, field: str, label: str) -> None:
        super().__init__(f"The operation cannot be completed: {message}")
        self.field = field
        self.label = label

    def in_import(self, model: str, version: int) -> dict[str, str]:
        del model, version
        text = f"The value for the field '{self.field}' already exists"
        text += f" (this is probably '{self.label}' in the current model)."
        return {"message": text, "field": self.field}


class CheckError(ValidationError):
    """A condition of the table does not hold."""

    def __init__(self, message: str) -> None:
        super().__init__(f"The operation cannot be completed: {message}")
        self.bare = message

    def in_import(self, model: str, version: int) -> dict[str, str]:
        del model
        return {"message": self.bare if version >= 19 else f"'{self.bare}'"}


class MissingError(OdooError):
    """A record that does not exist was written or deleted."""

    name = "odoo.exceptions.MissingError"
    http_status = 404


class MissingModel(OdooError):
    """`Object x doesn't exist`: a UserError, but 404 in JSON-2."""

    http_status = 404


class AccessError(OdooError):
    """The user may not do this to this model."""

    name = "odoo.exceptions.AccessError"
    fault_code = 4
    http_status = 403


class AccessDenied(OdooError):
    """Wrong password or key."""

    name = "odoo.exceptions.AccessDenied"
    fault_code = 3
    http_status = 401

    def __init__(self, message: str = "Access Denied") -> None:
        super().__init__(message)


class SessionExpired(OdooError):
    """No session, or one that the server has forgotten; JSON-RPC code 100."""

    name = "odoo.http.SessionExpiredException"
    http_status = 403

    def __init__(self) -> None:
        super().__init__("Session expired")


class PythonError(OdooError):
    """An unhandled exception of the server's own code, such as builtins.ValueError."""

    fault_code = None
    http_status = 500

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.name = kind if "." in kind else f"builtins.{kind}"


class MissingMethod(PythonError):
    """An AttributeError, but 404 in JSON-2."""

    http_status = 404


class BadArguments(PythonError):
    """A TypeError, but 422 in JSON-2."""

    http_status = 422


class SerializationFailure(PythonError):
    """The database lost a race; load() turns it into a message."""

    TEXT = "could not serialize access due to concurrent update"

    def __init__(self) -> None:
        super().__init__("psycopg2.errors.SerializationFailure", f"{self.TEXT}\n")


class NotImitated(PythonError):
    """Ours alone: the real server can do this, the stand-in cannot."""

    http_status = 501

    def __init__(self, what: str) -> None:
        super().__init__("qantara.sandbox.NotImitated", f"The stand-in does not imitate {what}")


def out_of_range() -> PythonError:
    """A number too big for its column."""
    return PythonError("psycopg2.errors.NumericValueOutOfRange", "integer out of range\n")


def not_a_number(value: object) -> PythonError:
    """Text where the database expects an id or another integer."""
    text = f'invalid input syntax for type integer: "{value}"\n'
    return PythonError("psycopg2.errors.InvalidTextRepresentation", text)


def value_error(message: str) -> PythonError:
    """What most bad input becomes."""
    return PythonError("ValueError", message)
