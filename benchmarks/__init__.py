"""Measurements: each module without an underscore is one, and runs with ``python -m``."""
