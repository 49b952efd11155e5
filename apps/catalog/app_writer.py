"""Writing an app's own facts and texts as a draft wants them."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.catalog.drafts import APP_FIELDS, AppDraft, AppProfileDraft, Missing, given
from apps.catalog.features import DESCRIPTION_TAGS, sanitise
from apps.catalog.merging import app_name, by_language
from apps.catalog.models import App, AppProfile


def write_app(app: App, stored: AppDraft, wanted: AppDraft, actor: User | None) -> None:
    """Write what differs; the history credits it to ``actor``.

    The app's own name follows its texts for as long as nobody gave it another.
    """
    values: dict[str, Any] = {name: _as_json(getattr(wanted, name)) for name in APP_FIELDS}
    values["extras"] = dict(wanted.extras)
    if app_name(wanted) and app.name == (app_name(stored) or app.vendor.name[:100]):
        values["name"] = app_name(wanted)
    changed = [name for name, value in values.items() if getattr(app, name) != value]
    if changed:
        for name in changed:
            setattr(app, name, values[name])
        # How simple-history is told who did it, outside a request.
        app._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001
        app.save(update_fields=changed)
    _write_texts(app, wanted.profiles, is_white_label=False)
    _write_texts(app, wanted.white_label_profiles, is_white_label=True)


def _write_texts(
    app: App, profiles: tuple[AppProfileDraft, ...] | Missing, *, is_white_label: bool
) -> None:
    stored = {
        row.language.lower(): row
        for row in AppProfile.objects.filter(app=app, is_white_label=is_white_label)
    }
    wanted = by_language(profiles)
    for tag, row in stored.items():
        if tag not in wanted:
            row.delete()
    for tag, draft in wanted.items():
        row = stored.get(tag) or AppProfile(
            app=app, language=draft.language, is_white_label=is_white_label
        )
        values = _columns(draft)
        if row.pk and all(getattr(row, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _columns(draft: AppProfileDraft) -> dict[str, Any]:
    source = given(draft.long_description)
    return {
        "name": given(draft.name),
        "logo_url": given(draft.logo_url),
        "short_description": given(draft.short_description),
        "long_description": sanitise(source, DESCRIPTION_TAGS),
        "long_description_source": source,
        "public_page": given(draft.public_page),
        "terms_of_service_page": given(draft.terms_of_service_page),
        "privacy_note_page": given(draft.privacy_note_page),
        "screenshots": [dict(each) for each in given(draft.screenshots)],
        "extras": dict(draft.extras),
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
