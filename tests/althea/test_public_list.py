"""What other rooms may use of this one is a list, and the list is exact."""

import inspect

from voices import althea

PUBLIC = [
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
OPERATIONS = [
    "all_agents",
    "check_preview",
    "clone_voice",
    "create_voice",
    "delete_voice",
    "find_by_name",
    "get_account",
    "get_agent",
    "get_call_usage",
    "get_preview",
    "get_provider_keys",
    "get_voice",
    "list_agents",
    "list_voices",
    "preview_definition",
    "set_agent_voice",
    "set_provider_keys",
    "update_voice",
]


def test_the_public_list_is_exact() -> None:
    assert althea.__all__ == PUBLIC
    imported = {name for name, thing in vars(althea).items() if not name.startswith("_")}
    assert {name for name in imported if not inspect.ismodule(getattr(althea, name))} == set(PUBLIC)


def test_the_clients_operations_are_exact() -> None:
    assert sorted(name for name in vars(althea.AltheaClient) if not name.startswith("_")) == OPERATIONS


def test_every_error_has_a_problem_and_a_place_in_the_tree() -> None:
    errors = [
        thing
        for thing in vars(althea).values()
        if isinstance(thing, type)
        and issubclass(thing, althea.AltheaError)
        and thing is not althea.AltheaError
    ]
    assert {error.problem for error in errors} == set(althea.Problem)
    assert len(errors) == len(althea.Problem)
    assert all(error.__name__ in (inspect.getmodule(error).__doc__ or "") for error in errors)
