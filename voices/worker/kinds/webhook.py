"""Webhook deliveries: each is signed and sent once, one at a time per endpoint."""

from django.conf import settings

from voices.actions.notices import deliveries
from voices.models import WebhookDelivery
from voices.webhooks.sending import send
from voices.webhooks.signing import signed_headers
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(delivery: WebhookDelivery, runtime: Runtime) -> None:
    """Send one message and store the outcome."""
    message = await in_orm_thread(deliveries.begin, delivery, runtime.context)
    if message is None:
        return
    answer = await send(
        runtime.http.plain,
        url=message.url,
        headers=signed_headers(
            message.secrets, message_id=message.message_id, at=message.at, body=message.body
        ),
        body=message.body,
        allows_loopback=settings.WEBHOOKS_LOOPBACK,
    )
    await in_orm_thread(deliveries.store_answer, delivery, runtime.context, answer)


KIND = JobKind(
    model=WebhookDelivery,
    load=lambda: WebhookDelivery.objects.select_related("endpoint__team", "notice"),
    run=run,
    crashed=deliveries.crashed,
    slots=16,
)
