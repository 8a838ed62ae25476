"""The project's own files, as the gates look at them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("src", "tests", "bench")
WRITTEN = (*CODE, "docs", "changelog.d", ".ci")
"""Folders that hold what people wrote; everything else below the root is made by tools."""


def code() -> Iterator[Path]:
    """Every Python file."""
    return (path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")))


def pages() -> Iterator[Path]:
    """Every Markdown page."""
    return (path for path in texts() if path.suffix == ".md")


def texts() -> Iterator[Path]:
    """Every file that people wrote."""
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and _is_written(path))
    for folder in WRITTEN:
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if _is_written(path))


def name(path: Path) -> str:
    """The path as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


def _is_written(path: Path) -> bool:
    made = {"__pycache__", ".git", ".coverage", ".DS_Store"}
    return path.is_file() and not made.intersection(path.parts) and "sqlite3" not in path.suffix
