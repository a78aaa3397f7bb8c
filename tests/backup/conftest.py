"""The committed cast of the fault tests: other processes see it."""

from tests.faults.conftest import stage

__all__ = ["stage"]
