"""Words in Shopify's search language."""

from collections.abc import Iterable, Iterator, Sequence

TOGETHER = 25
"""Words joined in one search."""


def exactly(field: str, value: str) -> str:
    """A search for this value. It may find what is only alike: look at what comes back."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{field}:'{escaped}'"


def any_of(field: str, values: Sequence[str]) -> str:
    """A search for one of the values."""
    return " OR ".join(exactly(field, value) for value in values)


def some(values: Iterable[str]) -> Iterator[list[str]]:
    """The values, as many at a time as a search takes."""
    every = list(values)
    for start in range(0, len(every), TOGETHER):
        yield every[start : start + TOGETHER]
