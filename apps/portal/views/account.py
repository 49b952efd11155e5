"""What a reader sets for themselves: organization, language and look."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.services import choose_language
from apps.portal.forms import PreferencesForm
from apps.portal.reader import SESSION_KEY, PortalRequest, portal_page

_THEME_COOKIE = "theme"
_YEAR = 365 * 86_400


@require_POST
@portal_page
def choose_organization(request: PortalRequest) -> HttpResponse:
    """Work for another of the reader's organizations from now on; unknown ones are ignored."""
    wanted = request.POST.get("organization", "")
    if any(str(each.public_id) == wanted for each in request.reader.other_organizations):
        request.session[SESSION_KEY] = wanted
    return redirect("portal:home")


@require_http_methods(["GET", "POST"])
@portal_page
def preferences(request: PortalRequest) -> HttpResponse:
    """Set language and look. The look is the browser's, so it is kept in a cookie."""
    current = {
        "language": request.user.language,
        "theme": request.COOKIES.get(_THEME_COOKIE, "system"),
    }
    form = PreferencesForm(request.POST or None, initial=current)
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/preferences.html", {"form": form})
    choose_language(user=request.user, language=form.cleaned_data["language"])
    with override(form.cleaned_data["language"]):
        messages.success(request, _("Saved."))
    response = HttpResponseRedirect(request.path)
    if form.cleaned_data["theme"] == "system":
        response.delete_cookie(_THEME_COOKIE)
    else:
        response.set_cookie(
            _THEME_COOKIE, form.cleaned_data["theme"], max_age=_YEAR, samesite="Lax", httponly=True
        )
    return response
