"""Each import contract is kept by the code and is broken by a seeded violation."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project.tree import ROOT

PACKAGES = (
    *("cli", "connectors", "engine", "flows", "model", "runtime", "sandbox", "storage"),
    *("testing", "transport", "web"),
)

MODULES = (
    *(
        "connectors/base",
        "transport/errors",
        "transport/http",
        "engine/pipeline",
        "testing/contract",
    ),
    *(
        "connectors/one/client",
        "connectors/one/connector",
        "connectors/one/mapping",
        "connectors/one/tables",
    ),
    *("connectors/two/client", "flows/one/catalogue", "flows/two/orders", "sandbox/server"),
)

ALLOWED = (
    ("connectors.one.mapping", "qantara.connectors.base"),
    ("connectors.one.mapping", "qantara.model"),
    ("connectors.one.mapping", "qantara.transport"),
    ("connectors.one.client", "qantara.transport.http"),
    ("connectors.base", "qantara.transport"),
    ("transport", "qantara.transport.errors"),
    ("transport.http", "aiohttp"),
    ("engine.pipeline", "qantara.connectors.base"),
    ("engine.pipeline", "qantara.storage"),
    ("flows.one.catalogue", "qantara.engine.pipeline"),
    ("cli", "qantara.sandbox.server"),
    ("testing.contract", "qantara.connectors.base"),
)

SEEDS = {
    "Layers": (("storage", "qantara.engine.pipeline"), ("model", "qantara.transport.errors")),
    "Connectors know nothing": (("connectors.one.client", "qantara.connectors.two.client"),),
    "Flows know nothing": (("flows.one.catalogue", "qantara.flows.two.orders"),),
    "Engine and flows name": (
        ("engine.pipeline", "qantara.connectors.one.connector"),
        ("flows.two.orders", "qantara.connectors.two"),
    ),
    "Mapping is pure": (
        ("connectors.one.mapping", "aiohttp"),
        ("connectors.one.mapping", "qantara.connectors.one.client"),
        ("connectors.one.mapping", "qantara.transport.http"),
        ("connectors.one.tables", "qantara.transport.http"),
    ),
    "Records, documents and rules": (("model", "sqlite3"),),
    "Stand-ins share": (("sandbox.server", "qantara.model"),),
    "What runs at the user's": (("runtime", "qantara.testing.contract"),),
    "Only the command line": (("runtime", "qantara.sandbox.server"),),
}


def test_the_contracts_allow_what_the_design_allows(tmp_path):
    _tree(tmp_path, ALLOWED)

    report = _lint(tmp_path)

    assert report.returncode == 0, report.stdout


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """What lint-imports says, by contract, of a tree in which every contract is broken."""
    folder = tmp_path_factory.mktemp("broken")
    indirect = ("connectors.one.mapping", "qantara.connectors.one.tables")
    _tree(folder, [indirect, *(seed for seeds in SEEDS.values() for seed in seeds)])
    _, *parts = re.split(r"^(\w.*)\n--+\n", _lint(folder).stdout, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(
    ("contract", "importer", "imported"),
    [(contract, *seed) for contract, seeds in SEEDS.items() for seed in seeds],
)
def test_a_seeded_violation_breaks(broken, contract, importer, imported):
    (told,) = (text for name, text in broken.items() if name.startswith(contract))

    assert f"qantara.{importer} -> {imported} (l." in told


def test_every_contract_has_a_seed():
    names = [each["name"] for each in _configuration()["contracts"]]

    assert [True] * len(names) == [any(map(name.startswith, SEEDS)) for name in names]


def _configuration():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def _tree(folder: Path, imports):
    """A tree with the project's shape, nothing in it but these imports."""
    for module in MODULES:
        path = folder / "src" / "qantara" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for package in ("", *PACKAGES, "connectors/one", "connectors/two", "flows/one", "flows/two"):
        (folder / "src" / "qantara" / package).mkdir(parents=True, exist_ok=True)
        (folder / "src" / "qantara" / package / "__init__.py").touch()
    for importer, imported in imports:
        with _file(folder, importer).open("a", encoding="utf-8") as file:
            file.write(f"import {imported}\n")
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())


def _file(folder: Path, module: str) -> Path:
    path = folder / "src" / "qantara" / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _lint(folder: Path):
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
