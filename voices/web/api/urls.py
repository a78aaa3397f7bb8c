"""The API put together: its routers, what its errors look like, and its addresses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from voices.web.api import althea, clone, jobs, organise, provider_voices, voices
from voices.web.api.auth import BearerToken
from voices.web.api.document import openapi_document
from voices.web.api.problems import add_handlers, as_problem
from voices.web.api.rendering import Renderer
from voices.web.api.site import site_of
from voices.web.http import stateless

DESCRIPTION = (
    "A team's library of voices, and what you can do with them. Fields are named as in Althea's API. "
    "Errors are problem details (RFC 9457) whose `code` never changes."
)

api = NinjaAPI(
    title="Voice Studio API",
    version="1",
    description=DESCRIPTION,
    auth=BearerToken(),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    renderer=Renderer(),
)
api.add_router("/voices", voices.router)
api.add_router("/jobs", jobs.router)
for router in (clone.router, provider_voices.router, organise.router, althea.router):
    api.add_router("", router)
add_handlers(api)

View = Callable[..., HttpResponse]


def for_programs(view: View) -> View:
    """Let a view answer without session, person and CSRF token, and with a problem for every error."""

    @csrf_exempt
    @stateless
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return as_problem(view(request, *args, **kwargs))

    return answered


@for_programs
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document, which anybody may read."""
    response = JsonResponse(openapi_document(api, site=site_of(request)))
    response.headers["Cache-Control"] = "no-cache"
    return response


def _wrapped(one: Any) -> URLPattern:
    return URLPattern(one.pattern, for_programs(one.callback), one.default_args, one.name)


app_name = "api"
urlpatterns = [path("openapi.json", openapi, name="openapi"), *(_wrapped(one) for one in api.urls[0])]
