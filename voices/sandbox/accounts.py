"""The account and the provider keys that it stores."""

from typing import Any

from voices.sandbox.context import SandboxContext
from voices.sandbox.fields import clean, text
from voices.sandbox.messages import Request, Response, json_response
from voices.sandbox.state import Account

PROVIDER_KEYS = {
    name: text(nullable=True, limit=500)
    for name in ("elevenLabs", "cartesia", "lmnt", "google", "inworld", "respeecher")
}


async def get_account(context: SandboxContext, account: Account, request: Request) -> Response:
    """GET /api/accounts/me."""
    await request.ready()
    return json_response(_account_json(context, account, request.origin))


def _account_json(context: SandboxContext, account: Account, origin: str) -> dict[str, Any]:
    return {
        "accountId": account.id,
        "name": account.name,
        "billingUrl": f"{origin}/_sandbox/",
        "freeTimeUsed": "0s",
        "freeTimeRemaining": "1800s",
        "hasActiveSubscription": True,
        "subscriptionTier": "sandbox",
        "subscriptionCadence": None,
        "subscriptionExpiration": None,
        "subscriptionScheduledUpdate": None,
        "subscriptionRenewal": None,
        "activeCalls": 0,
        "allowedConcurrentCalls": 5,
        "allowedVoices": context.setting("allowedVoices"),
        "allowedCorpora": None,
    }


async def get_provider_keys(context: SandboxContext, account: Account, request: Request) -> Response:
    """GET /api/accounts/me/tts_api_keys: prefixes only."""
    await request.ready()
    return json_response(context.state.provider_keys(account))


async def set_provider_keys(context: SandboxContext, account: Account, request: Request) -> Response:
    """PATCH /api/accounts/me/tts_api_keys: a string stores, null removes."""
    values = clean(await request.json(), PROVIDER_KEYS)
    for engine, key in values.items():
        context.state.set_provider_key(account, engine, key)
    return json_response(context.state.provider_keys(account))
