"""The page of the team's consent statements: everybody reads them, admins edit them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from voices.access import Verb, may, require
from voices.actions.consents.statements import (
    MAX_STATEMENT,
    StatementError,
    read_statement,
    write_statement,
)
from voices.kit import languages
from voices.library.consents import statement_versions
from voices.models import ConsentStatement
from voices.web.http import StudioRequest, redirect_after_post, team_page

FIRST = "en"


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the statement in the language of `?language=`, or save a new version of it."""
    if request.method == "POST":
        return _save(request)
    typed = request.GET.get("language", "")
    return _show(
        request, languages.read(typed) or FIRST, is_unknown=bool(typed) and not languages.read(typed)
    )


def _save(request: StudioRequest) -> HttpResponse:
    require(request.member, Verb.CHANGE_TEAM)
    language, typed = languages.read(request.POST.get("language", "")), request.POST.get("text", "")
    if not language:
        return _show(request, FIRST, is_unknown=True, status=422)
    seen = request.POST.get("seen", "")
    try:
        text = read_statement(typed)
    except StatementError as problem:
        return _show(request, language, typed=typed, problem=str(problem), status=422)
    written = write_statement(
        member=request.member, language=language, text=text,
        seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else 0, now=timezone.now(),
    )  # fmt: skip
    if written is None:
        return _show(request, language, typed=typed, has_conflict=True, status=422)
    messages.success(request, f"Saved. New consents refer to version {written.version}.")
    return redirect_after_post(request, f"{reverse('voices:statements')}?language={language}")


def _show(
    request: StudioRequest,
    language: str,
    *,
    typed: str | None = None,
    problem: str = "",
    has_conflict: bool = False,
    is_unknown: bool = False,
    status: int = 200,
) -> HttpResponse:
    known = ConsentStatement.objects.current(request.member.team)
    current = known.get(language)
    shown = current.text if current else ""
    context = {
        "page": "consents",
        "language": language,
        "known": known.values(),
        "current": current,
        "seen": current.version if current else 0,
        "text": shown if typed is None else typed[: MAX_STATEMENT * 2],
        "problem": problem,
        "has_conflict": has_conflict,
        "is_unknown": is_unknown,
        "versions": statement_versions(request.member, language),
        "may_edit": may(request.member, Verb.CHANGE_TEAM),
        "others": [one for one in languages.choices() if one.tag not in known],
        "most": MAX_STATEMENT,
    }
    return render(request, "consents/statements.html", context, status=status)
