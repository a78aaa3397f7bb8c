"""Disconnecting the company's login from an account that has a password."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from voices.actions.people import disconnect_company_login
from voices.web.accounts.reauthentication import PersonRequest, ask_to_confirm
from voices.web.http import redirect_after_post


@require_POST
def remove(request: PersonRequest) -> HttpResponse:
    """Disconnect it, unless the person has no other way to log in."""
    back = reverse("mfa_index")
    if asked := ask_to_confirm(request, back=back):
        return asked
    if disconnect_company_login(user=request.user):
        messages.success(request, "Disconnected. Log in with your password from now on.")
    else:
        messages.error(request, "Nothing was disconnected: set a password first, or you couldn't log in.")
    return redirect_after_post(request, back)
