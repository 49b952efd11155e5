"""An app as somebody wants it to be, in nobody's spelling.

A dialect reads its own document into an :class:`AppDraft`; what is stored can be read as one too
(:mod:`apps.catalog.snapshots`), and then nothing in it is ``MISSING``. Comparing, checking and
exporting work on drafts alone and touch no database.
"""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

Value = TypeVar("Value")


class Missing(enum.Enum):
    """The type of :data:`MISSING`."""

    MISSING = "MISSING"


MISSING: Final = Missing.MISSING
"""Not said: what is stored stays. Not the same as empty, which clears."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlanProfileDraft:
    """A plan's texts in one language; ``features`` are HTML as the partner wrote them."""

    language: str
    name: str | Missing = MISSING
    subtitle: str | Missing = MISSING
    features: tuple[str, ...] | Missing = MISSING
    extras: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """A plan; without ``uuid`` it is a new one and gets a fresh UUID."""

    uuid: UUID | None = None
    plan_type: str | Missing = MISSING
    grade: int | Missing = MISSING
    is_hidden: bool | Missing = MISSING
    is_default: bool | Missing = MISSING
    profiles: tuple[PlanProfileDraft, ...] | Missing = MISSING
    extras: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AppProfileDraft:
    """The store's texts of an app in one language."""

    language: str
    name: str | Missing = MISSING
    logo_url: str | Missing = MISSING
    short_description: str | Missing = MISSING
    long_description: str | Missing = MISSING
    public_page: str | Missing = MISSING
    terms_of_service_page: str | Missing = MISSING
    privacy_note_page: str | Missing = MISSING
    screenshots: tuple[Mapping[str, Any], ...] | Missing = MISSING
    extras: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AppDraft:
    """A whole app. ``plans`` is all of them: a stored plan that it does not name is retired.

    Texts in a named group (``profiles``, ``white_label_profiles``, a plan's ``profiles``) are all
    of that group too; a group that is ``MISSING`` stays as it is.
    """

    uuid: UUID | None = None
    public_key: str | Missing = MISSING
    install_url: str | Missing = MISSING
    change_url: str | Missing = MISSING
    uninstall_url: str | Missing = MISSING
    launch_url: str | Missing = MISSING
    window_type: str | Missing = MISSING
    visible_to_clients: bool | Missing = MISSING
    is_in_beta: bool | Missing = MISSING
    supported_locales: tuple[str, ...] | Missing = MISSING
    scopes: tuple[str, ...] | Missing = MISSING
    required_fields: tuple[str, ...] | Missing = MISSING
    categories: tuple[str, ...] | Missing = MISSING
    site_webhook: Mapping[str, Any] | Missing = MISSING
    profiles: tuple[AppProfileDraft, ...] | Missing = MISSING
    white_label_profiles: tuple[AppProfileDraft, ...] | Missing = MISSING
    plans: tuple[PlanDraft, ...] = ()
    extras: Mapping[str, Any] = dataclasses.field(default_factory=dict)


#: The plain facts of each kind of draft, by the name that draft and table row share.
APP_FIELDS: Final = (
    "install_url",
    "change_url",
    "uninstall_url",
    "launch_url",
    "window_type",
    "visible_to_clients",
    "is_in_beta",
    "supported_locales",
    "scopes",
    "required_fields",
    "categories",
    "site_webhook",
)
APP_PROFILE_FIELDS: Final = (
    "name",
    "logo_url",
    "short_description",
    "long_description",
    "public_page",
    "terms_of_service_page",
    "privacy_note_page",
    "screenshots",
)
PLAN_FIELDS: Final = ("plan_type", "grade", "is_hidden", "is_default")
PLAN_PROFILE_FIELDS: Final = ("name", "subtitle", "features")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a draft something stands; a dialect turns it into a path of its document.

    ``plan`` and ``item`` count from 0. A stored plan that the draft leaves out has no position:
    it is named by ``plan_uuid``.
    """

    field: str = ""
    extra: str = ""
    plan: int | None = None
    plan_uuid: UUID | None = None
    language: str = ""
    is_white_label: bool = False
    item: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Remark:
    """A problem that refuses a draft, or a notice that does not, and where it is."""

    place: Place
    message: str


def given(value: Value | Missing) -> Value:
    """Return ``value``, which must not be missing: for drafts that are complete."""
    if isinstance(value, Missing):
        raise TypeError("the draft is not complete")
    return value
