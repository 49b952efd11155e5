"""Duda's app manifest, in and out: a document to a neutral draft, an app to a document."""

import copy
import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic import ValidationError

from apps.catalog.drafts import AppDraft, AppProfileDraft, PlanDraft, given
from apps.catalog.models import App
from apps.catalog.snapshots import snapshot
from apps.integrations.duda.manifest_drafts import app_draft, default_disagreements
from apps.integrations.duda.manifest_errors import path_of_error, remark_of
from apps.integrations.duda.manifest_keys import (
    APP_KEYS,
    APP_PROFILE_KEYS,
    DEFAULT_PLAN_KEY,
    PLAN_KEYS,
    PLAN_PROFILE_KEYS,
    Path,
    path_text,
)
from apps.integrations.duda.manifest_schema import ManifestWire, Wire
from apps.integrations.duda.manifest_text import DocumentRemark, parse_text, unstorable

_ROUNDS: Final = 5
"""What is wrong is taken out and the rest read again; a few rounds leave nothing wrong."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document says.

    ``draft`` is ``None`` where it says nothing at all. With ``errors`` the draft holds the rest
    of the document: good for finding more errors, not for applying.
    """

    draft: AppDraft | None
    document: Mapping[str, Any]
    errors: tuple[DocumentRemark, ...] = ()
    unknown_keys: tuple[str, ...] = ()


def read_manifest(document: bytes | Mapping[str, Any]) -> Reading:
    """Read a manifest, from its bytes or already parsed, with all its errors at once."""
    parsed: Any = document
    errors: list[DocumentRemark] = []
    if isinstance(document, bytes):
        parsed, errors = parse_text(document)
    if errors:
        return Reading(draft=None, document={}, errors=tuple(errors))
    if not isinstance(parsed, dict):
        message = _("A manifest is an object: { … } with app_plans in it.")
        return Reading(draft=None, document={}, errors=(DocumentRemark("", message),))
    errors = unstorable(parsed)
    if any(not error.path for error in errors):
        return Reading(draft=None, document={}, errors=tuple(errors))
    wire, misfits = _validated(parsed)
    known = {error.path for error in errors}
    errors += [error for error in misfits if error.path not in known]
    if wire is None:
        return Reading(draft=None, document=parsed, errors=tuple(errors))
    errors += default_disagreements(wire)
    return Reading(
        draft=app_draft(wire),
        document=parsed,
        errors=tuple(errors),
        unknown_keys=tuple(path_text(path) for path in _unknown_paths(wire, ())),
    )


def write_manifest(app: App) -> dict[str, Any]:
    """Return the app's whole manifest: everything stored, with the keys that we do not know.

    Groups that are empty (texts of the store, the webhook) are left out; the default plan is told
    in both of its spellings. Reading it again changes nothing.
    """
    stored = snapshot(app)
    defaults = [str(plan.uuid) for plan in stored.plans if plan.is_default]
    document = _object(
        dataclasses.replace(stored, extras={}),
        APP_KEYS,
        uuid=str(app.uuid),
        profiles=_app_texts(given(stored.profiles)),
        white_label_profiles=_app_texts(given(stored.white_label_profiles)),
        plans=[_plan(plan) for plan in stored.plans],
        site_webhook=_in_order(given(stored.site_webhook), ("endpoint", "events")),
    )
    for name in ("site_webhook", "profiles", "white_label_profiles"):
        if not document[APP_KEYS[name]]:
            del document[APP_KEYS[name]]
    document[DEFAULT_PLAN_KEY] = defaults[0] if defaults else None
    return _with_extras(document, stored.extras)


def _validated(document: dict[str, Any]) -> tuple[ManifestWire | None, list[DocumentRemark]]:
    """Return the document's shape without what is misshapen in it, and what that was."""
    misfits: list[DocumentRemark] = []
    for _round in range(_ROUNDS):
        try:
            return ManifestWire.model_validate(document), misfits
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        # Of later rounds nothing is told: it is about what was taken out.
        misfits = misfits or [remark_of(detail) for detail in details]
        document = copy.deepcopy(document)
        for detail in details:
            _take_out(document, path_of_error(detail))
    return None, misfits


def _take_out(document: Any, path: Path) -> None:
    """Remove what ``path`` names; in a list, the whole list, so that no position moves.

    A plan is emptied instead: the paths of the other plans must stay.
    """
    if len(path) == 2 and path[0] == "app_plans" and isinstance(path[1], int):
        if isinstance(plans := document.get("app_plans"), list):
            plans[path[1]] = {}
        return
    holder, key = document, path[0]
    for part, after in itertools.pairwise(path):
        if isinstance(after, int) and part != "app_plans":
            break
        inner = holder.get(part) if isinstance(holder, dict) else holder[part]
        if inner is None:
            return
        holder, key = inner, after
    if isinstance(holder, dict):
        holder.pop(key, None)


def _unknown_paths(wire: Wire, path: tuple[str | int, ...]) -> Iterator[Path]:
    """Yield the path of each key that the schema does not know, at any depth of it."""
    for key in type(wire).model_fields:
        yield from _unknown_below(getattr(wire, key), (*path, key))
    for key in wire.unknown:
        yield (*path, key)


def _unknown_below(value: Any, path: tuple[str | int, ...]) -> Iterator[Path]:
    if isinstance(value, Wire):
        yield from _unknown_paths(value, path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unknown_below(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _unknown_below(inner, (*path, position))


def _app_texts(profiles: tuple[AppProfileDraft, ...]) -> dict[str, Any]:
    return {
        row.language: _object(
            row,
            APP_PROFILE_KEYS,
            screenshots=[
                _in_order(each, ("image_url", "alt_text")) for each in given(row.screenshots)
            ],
        )
        for row in profiles
    }


def _plan(plan: PlanDraft) -> dict[str, Any]:
    texts = {row.language: _object(row, PLAN_PROFILE_KEYS) for row in given(plan.profiles)}
    return _object(plan, PLAN_KEYS, uuid=str(plan.uuid), profiles=texts)


def _object(draft: Any, keys: Mapping[str, str], **values: Any) -> dict[str, Any]:
    """Return a draft's fields by Duda's keys, then the keys that we do not know."""
    known = {key: _plain(values.get(name, getattr(draft, name))) for name, key in keys.items()}
    return _with_extras(known, draft.extras)


def _with_extras(known: dict[str, Any], extras: Mapping[str, Any]) -> dict[str, Any]:
    return known | {key: value for key, value in _in_order(extras).items() if key not in known}


def _in_order(value: Any, first: tuple[str, ...] = ()) -> Any:
    """Return JSON with its keys sorted, ``first`` before the others.

    PostgreSQL's jsonb forgets the order of keys, and a document is the same on both databases.
    """
    if isinstance(value, Mapping):
        rest = sorted(value.keys() - set(first))
        return {key: _in_order(value[key]) for key in (*first, *rest) if key in value}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
