"""The shape of Duda's manifest: types, lengths, addresses, languages.

Strict: ``"7"`` is no number and ``1`` is no flag. Unknown keys pass through. A key that is absent
stays out of ``model_fields_set``, which is how "not said" differs from "empty".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from apps.catalog.languages import is_language_tag
from apps.catalog.models import App, Plan
from apps.core.origins import is_allowed_origin

MAX_PLANS: Final = 1000
_UUID_LENGTH: Final = 36


def _address(value: str) -> str:
    """Accept an absolute https URL; plain http at an origin that the settings allow."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    is_clean = not any(character <= " " or character in '\\"<>' for character in value)
    if not host or port == 0 or not is_clean or parts.username is not None:
        raise PydanticCustomError("url", "not an address")
    if parts.scheme != "https" and not is_allowed_origin(value):
        raise PydanticCustomError("url_https", "not https")
    return value


def _language(value: str) -> str:
    if "_" in value or not is_language_tag(value):
        raise PydanticCustomError("language", "unknown language")
    return value


def _uuid(value: str) -> str:
    try:
        if len(value) == _UUID_LENGTH:
            return str(UUID(value))
    except ValueError:
        pass
    raise PydanticCustomError("uuid", "not a UUID")


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "blank")
    return value


def _one_of(choices: list[str]) -> BeforeValidator:
    def choose(value: Any) -> Any:
        if isinstance(value, str) and value.upper() in choices:
            return value.upper()
        if isinstance(value, str):
            raise PydanticCustomError("choice", "{choices}", {"choices": ", ".join(choices)})
        return value

    return BeforeValidator(choose)


def _empty_for_null(value: Any) -> Any:
    return "" if value is None else value


Address = Annotated[
    str, Field(max_length=2000), AfterValidator(_address), BeforeValidator(_empty_for_null)
]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
Identifier = Annotated[str, AfterValidator(_uuid)]
Name = Annotated[str, Field(max_length=100), AfterValidator(_not_blank)]
Text = Annotated[str, Field(max_length=300), BeforeValidator(_empty_for_null)]
LongText = Annotated[str, Field(max_length=10_000), BeforeValidator(_empty_for_null)]
Feature = Annotated[str, Field(max_length=2000)]
Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=500)]
PlanType = Annotated[str, _one_of(Plan.PlanType.values)]
WindowType = Annotated[str, _one_of(App.WindowType.values)]


class Wire(BaseModel):
    """An object of the manifest."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    def said(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return what the document says, by our names; ``names`` maps them to Duda's keys."""
        return {
            ours: getattr(self, key) for ours, key in names.items() if key in self.model_fields_set
        }

    @property
    def unknown(self) -> dict[str, Any]:
        """The keys that this schema does not know."""
        return dict(self.model_extra or {})


class PlanProfileWire(Wire):
    """A plan's texts in one language."""

    plan_name: Name = ""
    plan_subtitle: Text = ""
    plan_features: Annotated[list[Feature], Field(max_length=200)] = []


class PlanWire(Wire):
    """One plan."""

    plan_uuid: Identifier | None = None
    plan_type: PlanType = ""
    is_hidden: bool = False
    is_default: bool = False
    plan_grade: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    plan_profiles: dict[Language, PlanProfileWire] = {}


class ScreenshotWire(Wire):
    """A picture of the app on the store."""

    image_url: Address = ""
    alt_text: Text = ""


class AppProfileWire(Wire):
    """The store's texts in one language."""

    app_name: Name = ""
    app_logo: Address = ""
    app_short_description: Text = ""
    app_long_description: LongText = ""
    public_page: Address = ""
    terms_of_service_page: Address = ""
    privacy_note_page: Address = ""
    app_screenshots: Annotated[list[ScreenshotWire], Field(max_length=50)] = []


class WebhooksWire(Wire):
    """Where the app wants to hear of a site's events, and of which."""

    endpoint: Address = ""
    events: Words = []


class ManifestWire(Wire):
    """The whole document."""

    uuid: Identifier | None = None
    public_key: str = ""
    installation_endpoint: Address = ""
    uninstallation_endpoint: Address = ""
    updowngrade_installation_endpoint: Address = ""
    base_sso_url: Address = ""
    webhooks: WebhooksWire | None = None
    scopes: Words = []
    supported_locales: Annotated[list[Language], Field(max_length=500)] = []
    required_fields: Words = []
    visible_to_clients: bool = True
    is_in_beta: bool = False
    window_type: WindowType = ""
    categories: Words = []
    app_profile: dict[Language, AppProfileWire] = {}
    wl_app_profile: dict[Language, AppProfileWire] = {}
    app_plans: Annotated[list[PlanWire], Field(max_length=MAX_PLANS)] = []
    default_plan_uuid: Identifier | None = None
