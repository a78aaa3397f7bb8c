"""Notice emails: all notices that are due for a person, in one email."""

import asyncio
import logging

from voices.actions.notices import mails
from voices.models import Mailbox
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread

logger = logging.getLogger(__name__)


async def run(box: Mailbox, runtime: Runtime) -> None:
    """Send the email that is due, or put it off if the mail server does not take it."""
    email = await in_orm_thread(mails.next_email, box, runtime.context)
    if email is None:
        return
    try:
        await asyncio.to_thread(mails.send_email, email.message)
    except OSError as problem:  # SMTPException is one
        logger.warning("An email of notices could not be sent: %s", type(problem).__name__)
        await in_orm_thread(mails.put_off, box, runtime.context)
        return
    await in_orm_thread(mails.close, box, runtime.context, email.covers)


KIND = JobKind(
    model=Mailbox,
    load=lambda: Mailbox.objects.select_related("user"),
    run=run,
    crashed=mails.put_off,
    slots=2,
)
