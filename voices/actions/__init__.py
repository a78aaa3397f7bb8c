"""Actions: each is one change, with its permission check and its audit entry, in one transaction.

Arguments are keyword-only. Every action is told the time, so that tests set it: `now` is a datetime where one
moment is enough, and a callable (`Now`, by default `timezone.now`) only where time passes inside, as in a call to
Althea or the examination of a file. Network calls are never inside a transaction.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Now: TypeAlias = Callable[[], datetime]


class NotPossibleError(Exception):
    """The request cannot be done (any longer); the message is for the person."""
