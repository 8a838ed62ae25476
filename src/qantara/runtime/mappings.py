"""The mappings that a user has written, as files in the home: `mappings/FLOW.LINK.yaml`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from qantara.engine.link import Link
from qantara.rules.mapping import FieldMapping, FlawedMapping, compile_mapping
from qantara.runtime.complaints import unknown
from qantara.runtime.configuration import ConfigurationError, Problem
from qantara.runtime.home import Home, HomeError

FOLDER = "mappings"
ENDING = ".yaml"


def file_of(home: Home, link: str) -> Path:
    """Where the mapping of the link with this name is, or would be."""
    return home.path / FOLDER / f"{link}{ENDING}"


def mapped(link: Link, home: Home, excluded: Iterable[str] = ()) -> Link:
    """The link with what its user wrote for it; raises ConfigurationError."""
    file = file_of(home, link.name)
    if not file.exists():
        return link
    mapping = compiled(link, file, text_of(file), excluded)
    return replace(link, mapping=mapping if mapping.rules else None)


def compiled(link: Link, file: Path, text: str, excluded: Iterable[str] = ()) -> FieldMapping:
    """What the text of the link's file means; raises ConfigurationError with every flaw's line."""
    carried = link.fields - frozenset(excluded)
    try:
        return compile_mapping(text, f"{FOLDER}/{file.name}", link.record_type, carried)
    except FlawedMapping as error:
        raise problems(error, file) from None


def problems(error: FlawedMapping, file: Path) -> ConfigurationError:
    """The flaws as problems of a file."""
    return ConfigurationError(
        [
            Problem(
                file=file,
                line=flaw.line,
                what=f"{flaw.field}: {flaw.what}" if flaw.field else flaw.what,
                remedy=flaw.remedy,
            )
            for flaw in error.flaws
        ]
    )


def refuse_strays(home: Home, flow: str, links: Sequence[Link]) -> None:
    """A file for a link that the flow does not have would be read by nobody."""
    known = {link.name for link in links}
    found = sorted((home.path / FOLDER).glob(f"{flow}.*{ENDING}"))
    strays = [file for file in found if file.name.removesuffix(ENDING) not in known]
    if strays:
        file = strays[0]
        said = file.name.removesuffix(ENDING).rpartition(".")[2]
        told = unknown(said, [name.rpartition(".")[2] for name in sorted(known)], "link")
        raise ConfigurationError([Problem(file=file, line=1, what=told.what, remedy=told.remedy)])


def text_of(file: Path) -> str:
    """The file's text, "" where there is none."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        what = "The file is not UTF-8 text, or may not be read."
        problem = Problem(file=file, line=1, what=what, remedy="Save it again as UTF-8.")
        raise ConfigurationError([problem]) from error


def write(file: Path, text: str) -> None:
    """The file with this text, all of it or none; only its owner may read it."""
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.chmod(0o600)
        new.replace(file)
    except OSError as error:
        raise HomeError(
            f"{file} cannot be written: {error.strerror}.",
            remedy="Give the user Qantara runs as the right to write there.",
        ) from error
