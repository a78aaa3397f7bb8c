"""A running sandbox for the pages that change voices at Althea; as for the actions."""

from tests.actions.conftest import living, running, sandbox

__all__ = ["living", "running", "sandbox"]
