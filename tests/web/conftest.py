"""A running sandbox for the pages that change voices at Althea."""

from tests.running_sandbox import living, running, sandbox

__all__ = ["living", "running", "sandbox"]
