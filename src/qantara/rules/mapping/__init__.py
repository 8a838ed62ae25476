"""Field mapping for users: rules as data, compiled to closures, with a way back where there is one."""

from qantara.rules.mapping.faults import Flaw, FlawedMapping, Unmappable
from qantara.rules.mapping.mapping import FieldMapping, compile_mapping

__all__ = ["FieldMapping", "Flaw", "FlawedMapping", "Unmappable", "compile_mapping"]
