"""A command waits for nothing that only others need."""

import subprocess
import sys

import pytest

HEAVY = ("aiohttp", "procrastinate", "qantara.sandbox", "qantara.connectors.odoo", "uvicorn")


@pytest.mark.parametrize("command", ["status", "dead-letters"])
def test_a_command_that_reaches_no_system_loads_no_connector(command):
    asked = f"import sys; from qantara.cli import app; app(['{command}', '--help'], standalone_mode=False); "
    told = f"print([one for one in {HEAVY} if one in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", asked + told], capture_output=True, text=True, check=True
    )

    assert done.stderr.splitlines()[-1] == "[]"
