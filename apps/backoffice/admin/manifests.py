"""Importing a manifest with a preview, and giving it back: pages of the app list and of an app."""

import dataclasses
import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from apps.accounts.models import Organization
from apps.catalog.models import App, Program
from apps.catalog.presets import DEFAULT_PROGRAM
from apps.core.admin import StaffRequest, button
from apps.core.clock import current_time
from apps.integrations.duda.manifest import write_manifest
from apps.integrations.duda.manifest_services import (
    ManifestResult,
    import_manifest,
    preview_manifest,
)
from apps.integrations.duda.manifest_text import DocumentRemark

#: 200 plans in five languages have 1 MB. Below Django's limit for a form's body, because the
#: document comes back in the form that confirms its preview.
MAX_MEGABYTES = 2
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024


class ManifestForm(forms.Form):
    """Takes a document as a file or as text; ``confirmed`` is the preview that was agreed to."""

    vendor = forms.ModelChoiceField(
        label=gettext_lazy("Vendor"),
        queryset=Organization.objects.none(),
        widget=UnfoldAdminSelectWidget(),
        help_text=gettext_lazy("Whose app it is, or will be."),
    )
    program = forms.ModelChoiceField(
        label=gettext_lazy("Program of a new app"),
        queryset=Program.objects.none(),
        widget=UnfoldAdminSelectWidget(),
        help_text=gettext_lazy("An app that exists keeps its own."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 14, "class": "staff-mono", "dir": "ltr"}),
    )
    as_partner = forms.BooleanField(
        label=gettext_lazy("With a partner's rights"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=gettext_lazy(
            "Shows what the partner could change alone; everything else “needs staff”."
        ),
    )
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput())  # by a button

    def __init__(self, *args: Any, app: App | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if app is not None:
            del self.fields["vendor"], self.fields["program"]
            return
        self.fields["vendor"].queryset = (  # type: ignore[attr-defined]
            Organization.objects.filter(is_vendor=True).order_by("name")
        )
        programs = Program.objects.order_by("name")
        self.fields["program"].queryset = programs  # type: ignore[attr-defined]
        self.fields["program"].initial = programs.filter(slug=DEFAULT_PROGRAM).first()

    def clean(self) -> dict[str, Any]:
        """Take the file, or else the text, as ``document``."""
        data: dict[str, Any] = super().clean() or {}
        upload = data.get("file")
        if upload is not None and upload.size > MAX_BYTES:
            raise _too_large()
        data["document"] = upload.read() if upload else (data.get("text") or "").encode()
        if not data["document"].strip():
            raise ValidationError(_("Choose a file or paste the manifest's text."))
        if len(data["document"]) > MAX_BYTES:
            raise _too_large()
        return data


def _too_large() -> ValidationError:
    return ValidationError(
        _(
            "This manifest is larger than %(limit)s MB, the most that a page takes. Import it "
            "with the command “manage.py import_manifest”."
        ),
        params={"limit": MAX_MEGABYTES},
    )


class ManifestPages:
    """The manifest's buttons and pages of the app admin, mixed into it."""

    @button(gettext_lazy("Import manifest"), icon="upload", permissions=("add", "step"))
    def import_manifest(self, request: StaffRequest) -> HttpResponse:
        """Import the manifest of a new app, or of one that its uuid names."""
        return self._import(request, None)

    @button(gettext_lazy("Import"), icon="upload", permissions=("step",))
    def import_manifest_of_app(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Import a newer manifest of one app."""
        return self._import(request, self._app(request, object_id))

    @button(gettext_lazy("Download"), icon="download", permissions=("view",))
    def export_manifest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the app's manifest back as a file."""
        app = self._app(request, object_id)
        document = json.dumps(write_manifest(app), indent=2, ensure_ascii=False)
        response = HttpResponse(document, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{app.slug}.json"'
        return response

    def _app(self: Any, request: HttpRequest, object_id: str) -> App:
        app: App | None = self.get_object(request, object_id)
        if app is None:
            raise Http404
        return app

    def _import(self: Any, request: StaffRequest, app: App | None) -> HttpResponse:
        form = ManifestForm(app=app)
        result = None
        if request.method == "POST":
            form = ManifestForm(request.POST, request.FILES, app=app)
            if form.is_valid():
                result = self._run(request, form, app)
                if result.applied:
                    done: HttpResponse = self._done(request, result)
                    return done
                form = self._form_for(form, app)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import manifest"),
            "row": app,
            "form": form,
            "media": self.media + form.media,
            "result": result,
            "back": self._back(app),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/catalog/app/import_manifest.html", context)

    def _run(
        self: Any, request: StaffRequest, form: ManifestForm, app: App | None
    ) -> ManifestResult:
        data = form.cleaned_data
        wanted = {
            "now": current_time(),
            "vendor": app.vendor if app else data["vendor"],
            "document": data["document"],
            "as_partner": data["as_partner"],
            "program": app.program if app else data["program"],
        }
        preview = preview_manifest(**wanted)
        if app is not None and preview.app != app and not preview.errors:
            message = _("This is not the manifest of %(app)s: its uuid must be %(uuid)s.")
            remark = DocumentRemark("uuid", message % {"app": app, "uuid": app.uuid})
            return dataclasses.replace(preview, changes=(), errors=(remark,))
        if not data["confirmed"]:
            return preview
        return import_manifest(actor=request.user, confirmed=data["confirmed"], **wanted)

    def _form_for(self: Any, form: ManifestForm, app: App | None) -> ManifestForm:
        """Return a form that carries the document on, so that what was seen is what is applied."""
        data = {name: form.data.get(name, "") for name in ("vendor", "program", "as_partner")}
        data["text"] = form.cleaned_data["document"].decode("utf-8", errors="replace")
        return ManifestForm(initial=data, app=app)

    def _done(self: Any, request: HttpRequest, result: ManifestResult) -> HttpResponse:
        self.log_change(request, result.app, _("Manifest imported"))
        self.message_user(
            request,
            _("The manifest of %(app)s is applied: %(count)s changes.")
            % {"app": result.app, "count": len(result.changes)},
            messages.SUCCESS,
        )
        return HttpResponseRedirect(self._back(result.app))

    def _back(self, app: App | None) -> str:
        if app is None:
            return reverse("admin:catalog_app_changelist")
        return reverse("admin:catalog_app_change", args=(app.pk,))
