"""For authors of connectors: the contract every connector keeps, and a network that misbehaves."""

from qantara.testing.contract import ConnectorContract
from qantara.testing.faults import FaultProxy
from qantara.testing.system import Sample, System

__all__ = ["ConnectorContract", "FaultProxy", "Sample", "System"]
