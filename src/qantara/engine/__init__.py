"""The engine takes each change from its source to its target; read `pipeline.py` first."""
