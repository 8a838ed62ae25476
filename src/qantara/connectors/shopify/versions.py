"""The versions of the interface that every operation here was held against."""

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")

DEFAULT = VERSIONS[-1]
