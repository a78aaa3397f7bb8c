"""The paths of the API."""

from voices.althea.errors import GoneError
from voices.althea.types import is_voice_id

VOICES = "/api/voices"
ACCOUNT = "/api/accounts/me"
AGENTS = "/api/agents"
CALL_USAGE = "/api/accounts/me/usage/calls"
PROVIDER_KEYS = "/api/accounts/me/tts_api_keys"


def voice_path(voice_id: str) -> str:
    """Return the path of a voice. Raise GoneError for what cannot be the id of one."""
    if not is_voice_id(voice_id):
        raise GoneError("Althea has no such voice: this is not a voice ID.")
    return f"{VOICES}/{voice_id}"


def agent_path(agent_id: str) -> str:
    """Return the path of an agent. Raise GoneError for what cannot be the id of one."""
    if not is_voice_id(agent_id):
        raise GoneError("Althea has no such agent: this is not an agent ID.")
    return f"{AGENTS}/{agent_id}"
