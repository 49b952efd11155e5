"""What is stored of an app, read as a complete draft: nothing in it is missing."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from apps.catalog.drafts import AppDraft, AppProfileDraft, PlanDraft, PlanProfileDraft
from apps.catalog.features import DESCRIPTION_TAGS, sanitise
from apps.catalog.models import App, AppProfile, Plan, PlanProfile


def snapshot(app: App) -> AppDraft:
    """Return the app with its live plans, in the order in which the plans were given."""
    profiles = list(AppProfile.objects.filter(app=app).order_by("pk"))
    return AppDraft(
        uuid=app.uuid,
        public_key=app.public_key,
        install_url=app.install_url,
        change_url=app.change_url,
        uninstall_url=app.uninstall_url,
        launch_url=app.launch_url,
        window_type=app.window_type,
        visible_to_clients=app.visible_to_clients,
        is_in_beta=app.is_in_beta,
        supported_locales=tuple(app.supported_locales),
        scopes=tuple(app.scopes),
        required_fields=tuple(app.required_fields),
        categories=tuple(app.categories),
        site_webhook=app.site_webhook,
        profiles=_app_profiles(profiles, is_white_label=False),
        white_label_profiles=_app_profiles(profiles, is_white_label=True),
        plans=_plans(Plan.objects.filter(app=app, retired_at__isnull=True)),
        extras=app.extras,
    )


def retired_plans(app: App, uuids: Iterable[UUID]) -> dict[UUID, PlanDraft]:
    """Return those retired plans of the app that ``uuids`` name: they can be taken up again."""
    plans = _plans(Plan.objects.filter(app=app, retired_at__isnull=False, uuid__in=list(uuids)))
    return {plan.uuid: plan for plan in plans if plan.uuid}


def _plans(plans: QuerySet[Plan]) -> tuple[PlanDraft, ...]:
    rows = plans.prefetch_related("profiles").order_by("position")
    return tuple(
        PlanDraft(
            uuid=plan.uuid,
            plan_type=plan.plan_type,
            grade=plan.grade,
            is_hidden=plan.is_hidden,
            is_default=plan.is_default,
            profiles=tuple(
                _plan_profile(row) for row in sorted(plan.profiles.all(), key=lambda row: row.pk)
            ),
            extras=plan.extras,
        )
        for plan in rows
    )


def _plan_profile(row: PlanProfile) -> PlanProfileDraft:
    return PlanProfileDraft(
        language=row.language,
        name=row.name,
        subtitle=row.subtitle,
        features=_source(row.features_source, row.features, sanitise),
        extras=row.extras,
    )


def _app_profiles(
    rows: Iterable[AppProfile], *, is_white_label: bool
) -> tuple[AppProfileDraft, ...]:
    return tuple(
        AppProfileDraft(
            language=row.language,
            name=row.name,
            logo_url=row.logo_url,
            short_description=row.short_description,
            long_description=_source(
                [row.long_description_source],
                [row.long_description],
                lambda source: sanitise(source, DESCRIPTION_TAGS),
            )[0],
            public_page=row.public_page,
            terms_of_service_page=row.terms_of_service_page,
            privacy_note_page=row.privacy_note_page,
            screenshots=tuple(row.screenshots),
            extras=row.extras,
        )
        for row in rows
        if row.is_white_label == is_white_label
    )


def _source(
    source: Sequence[str], shown: Sequence[str], sanitised: Callable[[str], str]
) -> tuple[str, ...]:
    """Return the partner's HTML, or what is shown where somebody edited that since."""
    if [sanitised(line) for line in source] == list(shown):
        return tuple(source)
    return tuple(shown)
