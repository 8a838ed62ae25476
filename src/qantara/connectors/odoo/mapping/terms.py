"""Says in words how two sides would trade differently."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from qantara.model import OrderLine, Terms


def differences(held: Terms, offered: Terms) -> list[str]:
    """One phrase for each difference, from what is held to what is offered; none when they agree."""
    left = list(held.lines)
    found: list[str] = []
    new: list[OrderLine] = []
    for line in _exact_first(offered.lines, left):
        known = _counterpart(line, left)
        if known is None:
            new.append(line)
            continue
        left.remove(known)
        found += _changes(known, line, held.currency)
    found += [_added(line, offered.currency) for line in new]
    found += [f"{titled(line)}: taken out (was {_quantity(line)})" for line in left]
    if held.currency != offered.currency:
        found.append(f"currency: {held.currency} → {offered.currency}")
    if offered.due and held.due and offered.due != held.due:
        found.append(f"date: {_date(held.due)} → {_date(offered.due)}")
    return found


def titled(line: OrderLine) -> str:
    """What the line is called, in a word or two."""
    return line.description.partition("\n")[0].strip() or "A line"


def net(line: OrderLine) -> Decimal:
    """The price of one unit after discount."""
    price = line.price.amount if line.price else Decimal(0)
    return (price * (100 - line.discount) / 100).normalize()


def _exact_first(lines: Sequence[OrderLine], held: Sequence[OrderLine]) -> list[OrderLine]:
    """Those that are held as they are come first, so that nobody else takes their counterpart."""
    return sorted(lines, key=lambda line: not any(_equal(line, other) for other in held))


def _counterpart(line: OrderLine, left: Sequence[OrderLine]) -> OrderLine | None:
    same = [one for one in left if one.product == line.product]
    return next((one for one in same if _equal(one, line)), same[0] if same else None)


def _equal(one: OrderLine, other: OrderLine) -> bool:
    alike = one.product == other.product and _size(one) == _size(other)
    return alike and one.quantity == other.quantity and net(one) == net(other)


def _changes(held: OrderLine, offered: OrderLine, currency: str) -> Iterator[str]:
    title = titled(held)
    if (held.quantity, _size(held)) != (offered.quantity, _size(offered)):
        yield f"{title}: quantity {_quantity(held)} → {_quantity(offered)}"
    if net(held) == net(offered):
        return
    plain = not held.discount and not offered.discount
    word = "price" if plain else "price less discount"
    yield f"{title}: {word} {_amount(held, currency)} → {_amount(offered, currency)}"


def _added(line: OrderLine, currency: str) -> str:
    return f"{titled(line)}: new, {_quantity(line)} at {_amount(line, currency)}"


def _amount(line: OrderLine, currency: str) -> str:
    return f"{net(line):,f} {line.price.currency if line.price else currency}"


def _quantity(line: OrderLine) -> str:
    return f"{line.quantity:,f} {line.unit.name}" if line.unit else f"{line.quantity:,f}"


def _size(line: OrderLine) -> Decimal:
    return line.unit.factor if line.unit else Decimal(1)


def _date(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
