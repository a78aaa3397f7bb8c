"""The guard between the network and Django: limits on connections, headers and bodies."""

from voices.web.guard.asgi_types import App, Message, Receive, Scope, Send
from voices.web.guard.body import UploadSpeed
from voices.web.guard.guard import ANONYMOUS_BYTES, PROBE_PATHS, Guard
from voices.web.guard.liveness import Liveness
from voices.web.guard.refusals import LINGER_BYTES, Refusal
from voices.web.guard.sessions import LiveSessions, RecentSessions, is_live_session
from voices.web.guard.uploads import UploadLimits

__all__ = [
    "ANONYMOUS_BYTES",
    "LINGER_BYTES",
    "PROBE_PATHS",
    "App",
    "Guard",
    "LiveSessions",
    "Liveness",
    "Message",
    "Receive",
    "RecentSessions",
    "Refusal",
    "Scope",
    "Send",
    "UploadLimits",
    "UploadSpeed",
    "is_live_session",
]
