"""For authors of connectors: the contract every connector keeps, and a network that misbehaves."""

import pytest

pytest.register_assert_rewrite(
    *(f"qantara.testing.{name}" for name in ("contract", "bench", "summing"))
)

from qantara.testing.contract import ConnectorContract  # noqa: E402 - pytest must know before
from qantara.testing.faults import FaultProxy  # noqa: E402
from qantara.testing.system import Sample, System  # noqa: E402

__all__ = ["ConnectorContract", "FaultProxy", "Sample", "System"]
