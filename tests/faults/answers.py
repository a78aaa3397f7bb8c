"""What /readyz says."""

from typing import Any


def detail(answer: Any, name: str) -> str:
    """What the check of that name has found, "" if nothing is wrong."""
    return str(next(one["detail"] for one in answer.json()["checks"] if one["name"] == name))
