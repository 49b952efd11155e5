"""Buttons that ask before they act.

A step is one domain call behind a button of a page: a GET says what will happen and asks for
what is needed, a POST does it, and the log says who did it. Nothing happens on a GET, and
nothing runs inside the transaction that the admin opens around its own forms.
"""

import dataclasses
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.columns import Text
from apps.core.errors import DomainError


class StaffRequest(HttpRequest):
    """A request of a signed-in member of staff: the admin has made sure of that."""

    user: Any


class StepForm(forms.Form):
    """Asks for nothing but the click. ``target`` is the row that the button belongs to."""

    def __init__(self, *args: Any, target: models.Model | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.target = target


class ReasonForm(StepForm):
    """Asks why: the reason is kept with what was done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=100,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Kept with your name and the time. Up to 100 characters."),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class StepText:
    """How a step is written on its button and on its page."""

    title: Text
    #: What will happen, in a sentence or two.
    explanation: Text
    icon: str = ""
    is_dangerous: bool = False


Act = Callable[..., Any]
OpenWhen = Callable[[Any], bool]


def step(
    title: Text,
    explanation: Text,
    *,
    form: type[StepForm] = StepForm,
    icon: str = "",
    is_dangerous: bool = False,
    open_when: OpenWhen | None = None,
) -> Callable[[Act], Any]:
    """Make a button of one row out of ``act(self, request, row, data)``.

    ``act`` returns the sentence that is shown afterwards, or a response of its own. A
    :class:`DomainError` it raises is shown on the form. ``open_when(row)`` says whether the
    button is shown; whether the step may be taken is the service's decision alone.
    """
    text = StepText(title, explanation, icon, is_dangerous)

    def decorate(act: Act) -> Any:
        @wraps(act)
        def view(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.get_object(request, object_id)
            if not self.may_take_steps(request):
                raise PermissionDenied
            if row is None:
                raise Http404
            back = reverse(
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change",
                args=(row.pk,),
            )
            return _ask(self, request, act, text, form, row=row, back=back)

        view.__doc__ = act.__doc__
        made = _as_action(view, text)
        made.open_when = open_when
        return made

    return decorate


def list_step(
    title: Text, explanation: Text, *, form: type[StepForm], icon: str = ""
) -> Callable[[Act], Any]:
    """Make a button of a list out of ``act(self, request, data)``; see :func:`step`."""
    text = StepText(title, explanation, icon)

    def decorate(act: Act) -> Any:
        @wraps(act)
        def view(self: Any, request: HttpRequest) -> HttpResponse:
            if not self.may_take_steps(request):
                raise PermissionDenied
            back = reverse(
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"
            )
            return _ask(self, request, act, text, form, row=None, back=back)

        return _as_action(view, text)

    return decorate


def button(title: Text, *, icon: str = "", permissions: tuple[str, ...]) -> Callable[[Act], Any]:
    """Make a button that leads to a page of its own out of a view; a GET must change nothing."""

    def decorate(view: Act) -> Any:
        return action(description=title, icon=icon or None, permissions=permissions)(view)

    return decorate


def _as_action(view: Callable[..., HttpResponse], text: StepText) -> Any:
    return action(
        description=text.title,
        icon=text.icon or None,
        variant=ActionVariant.DANGER if text.is_dangerous else ActionVariant.DEFAULT,
        permissions=["step"],
    )(view)


def _ask(
    admin: Any,
    request: HttpRequest,
    act: Act,
    text: StepText,
    form_class: type[StepForm],
    *,
    row: models.Model | None,
    back: str,
) -> HttpResponse:
    form = form_class(target=row)
    if request.method == "POST":
        form = form_class(request.POST, request.FILES, target=row)
        if form.is_valid():
            try:
                rows = () if row is None else (row,)
                done = act(admin, request, *rows, form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                if row is not None:
                    reason = form.cleaned_data.get("reason", "")
                    admin.log_change(request, row, f"{text.title}: {reason}".removesuffix(": "))
                if isinstance(done, HttpResponse):
                    return done
                messages.success(request, done)
                return HttpResponseRedirect(back)
    request.current_app = admin.admin_site.name
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": text.title,
        "row": row,
        "step": text,
        "form": form,
        "media": admin.media + form.media,
        "back": back,
    }
    return TemplateResponse(request, "admin/step.html", context)


def shown_once(
    admin: Any,
    request: HttpRequest,
    *,
    title: Text,
    secrets: list[tuple[Text, str]],
    back: str,
) -> HttpResponse:
    """Answer a step with secrets that are readable this once; browsers must not keep the page."""
    response = TemplateResponse(
        request,
        "admin/shown_once.html",
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "title": title,
            "secrets": secrets,
            "back": back,
        },
    )
    response["Cache-Control"] = "no-store"
    return response
