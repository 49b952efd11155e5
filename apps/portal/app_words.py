"""An app and its plans in the reader's words. Nothing here has a price: clients see these."""

import dataclasses
import uuid

from babel.core import Locale, UnknownLocaleError
from django.utils.safestring import SafeString, mark_safe

from apps.catalog.models import App, Plan
from apps.catalog.selectors import app_profile, plan_text
from apps.core.formatting import reader_locale


@dataclasses.dataclass(frozen=True, slots=True)
class AppWords:
    """An app's name and store texts; ``language`` is the language that they are in."""

    uuid: uuid.UUID
    name: str
    vendor: str
    vendor_email: str
    language: str
    short_description: str
    long_description: SafeString
    categories: tuple[str, ...]
    languages: tuple[str, ...]
    scopes: tuple[str, ...]
    public_page: str
    terms_page: str
    privacy_page: str
    is_draft: bool
    is_in_beta: bool


@dataclasses.dataclass(frozen=True, slots=True)
class PlanWords:
    """A plan's texts; ``language`` is the language that they are in."""

    uuid: uuid.UUID
    name: str
    subtitle: str
    features: tuple[SafeString, ...]
    language: str
    plan_type: str
    is_hidden: bool


def app_words(app: App, language: str) -> AppWords:
    """Return the app's texts nearest to ``language``; prefetch ``profiles`` for lists."""
    profile = app_profile(app, language)
    return AppWords(
        uuid=app.uuid,
        name=profile.name if profile else app.name,
        vendor=app.vendor.name,
        vendor_email=app.vendor.contact_email,
        language=profile.language if profile else "",
        short_description=profile.short_description if profile else "",
        # Sanitised when it was written, to a small list of tags.
        long_description=mark_safe(profile.long_description if profile else ""),  # noqa: S308
        categories=tuple(str(each).replace("_", " ") for each in app.categories),
        languages=tuple(_language_name(str(tag)) for tag in app.supported_locales),
        scopes=tuple(str(each) for each in app.scopes),
        public_page=profile.public_page if profile else "",
        terms_page=profile.terms_of_service_page if profile else "",
        privacy_page=profile.privacy_note_page if profile else "",
        is_draft=app.status == App.Status.DRAFT,
        is_in_beta=app.is_in_beta,
    )


def plan_words(plan: Plan, language: str) -> PlanWords:
    """Return the plan's texts nearest to ``language``; prefetch ``profiles`` for lists."""
    text = plan_text(plan, language)
    return PlanWords(
        uuid=plan.uuid,
        name=text.name,
        subtitle=text.subtitle,
        # Sanitised when they were written, to a small list of tags.
        features=tuple(mark_safe(feature) for feature in text.features),  # noqa: S308
        language=text.language,
        plan_type=plan.plan_type,
        is_hidden=plan.is_hidden,
    )


def _language_name(tag: str) -> str:
    """Return a language's name in the reader's language, or the tag that nobody knows."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(reader_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return tag
