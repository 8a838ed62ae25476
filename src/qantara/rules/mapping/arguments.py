"""What a rule says of a transform: read and checked, each thing in one way."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qantara.rules.mapping.faults import Flawed, Unmappable, shown
from qantara.rules.mapping.values import number, text


def chosen(name: str, argument: Any, known: Mapping[str, Any]) -> Any:
    """One of the known words."""
    if not isinstance(argument, str) or argument not in known:
        raise Flawed(f"{name} cannot be {shown(argument)}.", f"Write {' or '.join(known)}.")
    return known[argument]


def nothing(name: str, argument: Any) -> None:
    """No argument."""
    if argument not in (None, True):
        raise Flawed(f"{name} takes nothing.", f"Write {name} alone.")


def positive(name: str, argument: Any) -> int:
    """A whole number from 1."""
    if not isinstance(argument, Decimal) or argument < 1 or argument != int(argument):
        raise Flawed(f"{name} takes a whole number, not {shown(argument)}.", f"Write {name}: 60.")
    return int(argument)


def sign_of(name: str, argument: Any) -> str:
    """A text with something in it."""
    if isinstance(argument, Decimal):
        return f"{argument:f}"
    if not isinstance(argument, str) or not argument:
        raise Flawed(f"{name} takes a text, not {shown(argument)}.", f'Write {name}: "…".')
    return argument


def factor_of(name: str, argument: Any) -> Decimal:
    """A number other than 0."""
    try:
        factor = number(argument)
    except Unmappable as error:
        raise Flawed(f"{name}: {error.reason}", "Write a number such as 3.75.") from None
    if factor == 0:
        raise Flawed(f"{name} by nothing makes everything nothing.", "Write another number.")
    return factor


def digits_of(given: Any, usual: int | None) -> int | None:
    """How many digits after the point; the usual number where nothing is said."""
    if given is None:
        return usual
    digits = int(number(given))
    if not 0 <= digits <= 12:
        raise Flawed(f"A number cannot have {digits} digits after the point.", "Write 0 to 12.")
    return digits


def options(name: str, argument: Any, known: set[str]) -> dict[str, Any]:
    """Named options."""
    if not isinstance(argument, dict):
        raise Flawed(f"{name} needs {', '.join(sorted(known))}.", f"Write {name}: {{…}}.")
    known_only(name, argument, known)
    return argument


def known_only(name: str, given: Mapping[str, Any], known: set[str]) -> None:
    """No option that there is not."""
    if unknown := sorted(given.keys() - known):
        raise Flawed(f"{name} has no {unknown[0]}.", f"It has {', '.join(sorted(known))}.")


def table_of(name: str, argument: Any) -> dict[str, str]:
    """Pairs of texts."""
    if not isinstance(argument, dict) or not argument:
        raise Flawed(f"{name} needs a table.", "Write pairs, such as Red: RD.")
    return {str(key): text(value) for key, value in argument.items()}
