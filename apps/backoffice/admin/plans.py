"""Plans: flags and grades, texts per language, and the history of their prices."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from apps.backoffice.admin.prices import NewPriceForm, price_history
from apps.backoffice.attention import paid_plans_without_price
from apps.catalog.admin.profiles import PlanProfileForm, ProfileFormSet
from apps.catalog.models import Plan, PlanProfile
from apps.catalog.selectors import plan_text
from apps.catalog.services import set_price
from apps.core.admin import (
    ConfigurationAdmin,
    StaffRequest,
    WholeRowForm,
    badge,
    badge_html,
    column,
    related,
    step,
)
from apps.core.clock import current_time

TYPE_COLOURS = {Plan.PlanType.PAID: "accent", Plan.PlanType.TRIAL: "info"}


class PlanForm(WholeRowForm):
    """Edits what a plan is; what it is made of (app, UUID, SKU) never changes."""

    constraint_errors = {
        "catalog_plan_one_default": (
            "is_default",
            gettext_lazy("Another plan of this app is the default. Take it away there first."),
        ),
        "catalog_plan_default_costs_nothing": (
            "is_default",
            gettext_lazy("The default plan must be free or a trial: it is installed unpaid."),
        ),
        "catalog_plan_grade": (
            "grade",
            gettext_lazy("Another plan of this app has this grade."),
        ),
    }

    class Meta:
        model = Plan
        fields = ("plan_type", "grade", "is_hidden", "is_default")
        help_texts = {
            "grade": gettext_lazy("Upgrades go to a higher grade only."),
            "is_hidden": gettext_lazy("Sold only where an app or a link names it."),
            "is_default": gettext_lazy("Installed without plan selection; free or a trial."),
        }


class PlanProfileInline(StackedInline):
    """The texts of a plan, one block per language."""

    model = PlanProfile
    form = PlanProfileForm
    formset = ProfileFormSet
    extra = 0
    verbose_name = gettext_lazy("text")
    verbose_name_plural = gettext_lazy("texts per language")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each block needs."""
        return super().get_queryset(request).select_related("plan__app").order_by("pk")


class OfferFilter(DropdownFilter):
    """Plans that are retired, and paid ones that nobody can buy."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return [
            ("live", gettext_lazy("Live")),
            ("unpriced", gettext_lazy("Paid, without a price: not offered")),
            ("retired", gettext_lazy("Retired")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        if self.value() == "unpriced":
            return queryset.filter(pk__in=paid_plans_without_price(current_time()).values("pk"))
        if self.value() in ("live", "retired"):
            return queryset.filter(retired_at__isnull=self.value() == "live")
        return queryset


@admin.register(Plan)
class PlanAdmin(ConfigurationAdmin):
    """Plans. They are made and retired by their app's manifest."""

    form = PlanForm
    change_form_outer_before_template = "admin/catalog/plan/notices.html"
    change_form_outer_after_template = "admin/catalog/plan/prices.html"
    list_display = (
        "name",
        "app_link",
        "type_badge",
        "grade",
        "is_hidden",
        "is_default",
        "standing",
        "uuid",
    )
    list_filter = (
        ("app", AutocompleteSelectFilter),
        OfferFilter,
        ("plan_type", ChoicesDropdownFilter),
        ("is_hidden", BooleanRadioFilter),
        ("is_default", BooleanRadioFilter),
    )
    list_select_related = ("app", "sku")
    search_fields = ("uuid", "sku__slug", "app__name", "profiles__name")
    search_help_text = gettext_lazy("Name, UUID or app")
    ordering = ("app__name", "grade")
    readonly_fields = ("app_link", "uuid", "sku_link", "standing")
    inlines = (PlanProfileInline,)
    actions_detail = ("new_price",)
    export_fields = (
        "uuid",
        "app__slug",
        "sku__slug",
        "sku__number",
        "plan_type",
        "grade",
        "is_hidden",
        "is_default",
        "position",
        "retired_at",
    )
    fieldsets = (
        (None, {"fields": (("app_link", "uuid"), ("sku_link", "standing"))}),
        (
            gettext_lazy("What it is"),
            {"fields": (("plan_type", "grade"), ("is_hidden", "is_default"))},
        ),
    )

    app_link = staticmethod(related("app", description=gettext_lazy("app")))
    sku_link = staticmethod(related("sku", description=gettext_lazy("SKU")))
    type_badge = staticmethod(badge("plan_type", TYPE_COLOURS, description=gettext_lazy("type")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a plan is called by."""
        rows = super().get_queryset(request)
        return rows.select_related("app", "sku").prefetch_related("profiles")

    @column(gettext_lazy("plan"), ordering="sku__slug")
    def name(self, row: Plan) -> str:
        """Name it as buyers read it."""
        return plan_text(row, get_language() or "en").name

    @column(gettext_lazy("standing"))
    def standing(self, row: Plan) -> str:
        """Say whether it is sold."""
        return badge_html(_("Retired")) if row.is_retired else badge_html(_("Live"), "ok")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody here: a plan comes with its app's manifest."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        """Nobody: a plan that the manifest leaves out is retired."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the plan's prices below its texts."""
        context = dict(extra_context or {})
        plan = self.get_object(request, object_id) if object_id.isdigit() else None
        if plan is not None:
            now = current_time()
            context["prices"] = price_history(plan.sku, now)
            context["is_unsold"] = (
                plan.plan_type == Plan.PlanType.PAID
                and not plan.is_retired
                and not any(line.is_sold for line in context["prices"])
            )
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @step(
        gettext_lazy("New price from…"),
        gettext_lazy(
            "Adds a row to the price's history. Whoever bought before keeps the price they bought "
            "at; the new one is quoted from its start on."
        ),
        form=NewPriceForm,
        icon="sell",
        open_when=lambda plan: plan.plan_type == Plan.PlanType.PAID and not plan.is_retired,
    )
    def new_price(self, request: StaffRequest, plan: Plan, data: dict[str, Any]) -> str:
        """Set a price from a date on, or withdraw it."""
        price = set_price(
            actor=request.user,
            now=current_time(),
            sku=plan.sku,
            currency=data["currency"],
            recurrency=data["recurrency"],
            basis=data["basis"],
            unit_name=data["unit_name"],
            amount=data["amount"],
            starts_at=data["starts_at"],
        )
        if price.amount is None:
            return _("The price is withdrawn from its start on.")
        return _("The new price is set.")
