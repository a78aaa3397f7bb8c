"""The Althea Realtime voices API as a package of its own: `__all__` is everything that is public."""

from voices.althea.agents import Agent, CallUsage, DayOfCalls
from voices.althea.client import AltheaClient
from voices.althea.errors import (
    AltheaError,
    BlockedError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    LimitReachedError,
    NameTakenError,
    NoAllowanceError,
    NotAllowedError,
    NotSentError,
    Problem,
    ThrottledError,
    UnknownOutcomeError,
)
from voices.althea.transport import HttpClients, new_http
from voices.althea.types import Account, Preview, ProviderKeys, SampleFile, Voice, VoicePage
from voices.althea.url_policy import normalise_base
from voices.kit.addresses import Resolve

__all__ = [
    "Account",
    "Agent",
    "AltheaClient",
    "AltheaError",
    "BlockedError",
    "CallUsage",
    "DayOfCalls",
    "GarbledAnswerError",
    "GoneError",
    "HttpClients",
    "InvalidFieldsError",
    "KeyRefusedError",
    "LimitReachedError",
    "NameTakenError",
    "NoAllowanceError",
    "NotAllowedError",
    "NotSentError",
    "Preview",
    "Problem",
    "ProviderKeys",
    "Resolve",
    "SampleFile",
    "ThrottledError",
    "UnknownOutcomeError",
    "Voice",
    "VoicePage",
    "new_http",
    "normalise_base",
]
