"""Orders: a list to search, and each order's page as one story with its buttons."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    MultipleChoicesDropdownFilter,
)
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin import (
    MODE_COLOURS,
    DayRangeFilter,
    FactAdmin,
    ReasonForm,
    StaffRequest,
    badge,
    badge_html,
    column,
    money,
    related,
    step,
    timed,
)
from apps.core.clock import current_time
from apps.core.modes import Mode
from apps.orders.admin.story import chapters, money_facts
from apps.orders.models import Order
from apps.orders.saga import SETTLED_BY_HAND, WITHDRAWABLE
from apps.orders.selectors import order_story
from apps.orders.services import (
    park_order,
    refund_parked_order,
    retry_order_now,
    settle_parked_order,
    unpark_order,
    withdraw_order,
)
from apps.subscriptions.models import Subscription

STATUS_COLOURS = {
    Order.Status.COMPLETED: "ok",
    Order.Status.DECLINED: "bad",
    Order.Status.REJECTED: "bad",
    Order.Status.RELEASING: "warn",
    Order.Status.UNDOING: "warn",
    Order.Status.PAYER_ACTION: "warn",
    **dict.fromkeys(
        (
            Order.Status.PLACED,
            Order.Status.AUTHORIZED,
            Order.Status.WAITING,
            Order.Status.ACCEPTED,
            Order.Status.CAPTURED,
        ),
        "info",
    ),
}
#: Orders that ended because the app said no, or nothing.
NO_OF_THE_APP = Q(status=Order.Status.REJECTED) | Q(
    reason__in=[Order.Reason.NO_ANSWER, Order.Reason.APP_DOWN]
)


class AttentionFilter(DropdownFilter):
    """Orders that are open, and those of them that need a person."""

    title = gettext_lazy("attention")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return [
            ("parked", gettext_lazy("Parked: a person must look")),
            ("open", gettext_lazy("Open")),
            ("overdue", gettext_lazy("Open past its give-up time")),
            ("refused_by_app", gettext_lazy("Refused or not answered by the app")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        if self.value() == "parked":
            return queryset.filter(parked_at__isnull=False)
        if self.value() == "open":
            return queryset.filter(status__in=Order.OPEN)
        if self.value() == "overdue":
            return queryset.filter(status__in=Order.OPEN, give_up_at__lt=current_time())
        if self.value() == "refused_by_app":
            return queryset.filter(NO_OF_THE_APP)
        return queryset


class ParkForm(ReasonForm):
    """Asks why, for whoever looks next."""

    reason = forms.CharField(
        label=gettext_lazy("Why a person must look"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(Order)
class OrderAdmin(FactAdmin):
    """Orders. They move by the saga's table; staff park, hurry, cancel and refund."""

    read_only_because = gettext_lazy(
        "An order moves by its own steps. Use the buttons: they do what the pages of buyers do."
    )
    change_form_template = "admin/orders/order/change_form.html"
    change_form_outer_before_template = None
    list_display = (
        "number",
        "status_badges",
        "app_link",
        "plan_name",
        "site_link",
        "organization_link",
        "total_money",
        "placed",
    )
    list_filter = (
        AttentionFilter,
        ("status", MultipleChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("app", AutocompleteSelectFilter),
        ("organization", AutocompleteSelectFilter),
        ("placed_at", DayRangeFilter),
    )
    list_select_related = (
        "app",
        "organization",
        "installation__site",
        "quote__plan__sku",
    )
    search_fields = (
        "=number",
        "=public_id",
        "quote__code",
        "organization__name",
        "installation__site__label",
        "installation__site__site_name",
        "app__name",
        "refusal_text",
    )
    search_help_text = gettext_lazy("Number, quote, site, organization, app or the app's words")
    ordering = ("-placed_at", "-pk")
    actions_detail = ("retry_now", "park", "unpark", "withdraw", "refund", "settle")
    readonly_fields = ("number", "public_id", "ending", "second_undo_at", "lease_expires_at")
    fields = (
        "number",
        "public_id",
        "kind",
        "status",
        "reason",
        "ending",
        "mode",
        "organization",
        "app",
        "installation",
        "quote",
        "payment",
        "payment_method",
        "total",
        "currency",
        "actor",
        "placed_at",
        "give_up_at",
        "next_attempt_at",
        "finished_at",
        "withdrawn_at",
        "app_may_have_acted",
        "second_undo_at",
        "refusal_text",
        "parked_at",
        "parked_why",
        "lease_expires_at",
    )
    export_fields = (
        "number",
        "public_id",
        "kind",
        "status",
        "reason",
        "mode",
        "organization__slug",
        "installation__site__site_name",
        "app__slug",
        "quote__code",
        "quote__plan__sku__slug",
        "currency",
        "total",
        "actor__email",
        "placed_at",
        "finished_at",
        "refusal_text",
        "parked_at",
        "parked_why",
    )

    app_link = staticmethod(related("app", description=gettext_lazy("app")))
    plan_name = staticmethod(
        related("quote.plan", description=gettext_lazy("plan"), text=lambda plan: plan.sku.slug)
    )
    site_link = staticmethod(related("installation.site", description=gettext_lazy("site")))
    organization_link = staticmethod(related("organization", description=gettext_lazy("paid by")))
    total_money = staticmethod(money("total", description=gettext_lazy("total")))
    placed = staticmethod(timed("placed_at", description=gettext_lazy("placed at")))
    status_badge = staticmethod(badge("status", STATUS_COLOURS, description=gettext_lazy("status")))
    mode_badge = staticmethod(badge("mode", MODE_COLOURS, description=gettext_lazy("mode")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what lists and pages show."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                "app__vendor",
                "app__program",
                "organization",
                "installation__site",
                "installation__app",
                "quote__plan__sku",
                "quote__plan__app",
                "quote__from_plan__sku",
                "quote__actor",
                "payment__method",
                "payment_method",
                "actor",
            )
        )

    @column(gettext_lazy("status"), ordering="status")
    def status_badges(self, row: Order) -> str:
        """Write the status, and what else there is to know at a glance."""
        parts = [str(self.status_badge(row))]
        if row.parked_at:
            parts.append(badge_html(_("Parked"), "bad"))
        if row.mode != Mode.LIVE:
            parts.append(str(self.mode_badge(row)))
        return format_html("<span>{}</span>" * len(parts), *parts)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the order as one story, or raw with ``?view=raw``."""
        context = dict(extra_context or {})
        order = self.get_object(request, object_id)
        if order is not None and request.method == "GET":
            if self.has_view_permission(request, order):
                context |= self._story_context(order)
            context["is_raw"] = request.GET.get("view") == "raw"
            context["title"] = _("Order %(number)s") % {"number": order.number}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def _story_context(self, order: Order) -> dict[str, Any]:
        story = order_story(order)
        subscription = (
            Subscription.objects.filter(installation=order.installation_id)
            .only("pk", "number")
            .first()
        )
        return {
            "story": story,
            "chapters": chapters(story),
            "money": money_facts(story),
            "subscription": subscription,
            "status_badge": self.status_badge,
            "badges": self.status_badges(order),
            "tried_before": [(row, self.status_badge(row)) for row in story.tried_before],
        }

    @step(
        gettext_lazy("Try again now"),
        gettext_lazy("Takes the order's next step at once instead of at its time."),
        icon="bolt",
        open_when=lambda order: order.is_open and order.parked_at is None,
    )
    def retry_now(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """Take the next step now."""
        retry_order_now(actor=request.user, now=current_time(), order=order)
        return _("Order %(number)s takes its next step now.") % {"number": order.number}

    @step(
        gettext_lazy("Park"),
        gettext_lazy(
            "Stops the order where it is until a person lets it go on. What is held stays held."
        ),
        form=ParkForm,
        icon="pause",
        open_when=lambda order: order.is_open and order.parked_at is None,
    )
    def park(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """Stop the order where it is."""
        park_order(actor=request.user, now=current_time(), order=order, reason=data["reason"])
        return _("Order %(number)s is parked.") % {"number": order.number}

    @step(
        gettext_lazy("Let it go on"),
        gettext_lazy("The order goes on from where it was parked, at once."),
        icon="play_arrow",
        open_when=lambda order: order.parked_at is not None,
    )
    def unpark(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """Let a parked order go on."""
        unpark_order(actor=request.user, now=current_time(), order=order)
        return _("Order %(number)s goes on.") % {"number": order.number}

    @step(
        gettext_lazy("Cancel order"),
        gettext_lazy(
            "Frees the money first; an app that may have acted is then told to undo it. Possible "
            "until the app has accepted."
        ),
        form=ReasonForm,
        is_dangerous=True,
        open_when=lambda order: order.status in WITHDRAWABLE and order.withdrawn_at is None,
    )
    def withdraw(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """Call the order off."""
        withdraw_order(actor=request.user, now=current_time(), order=order)
        return _("Order %(number)s is being cancelled.") % {"number": order.number}

    @step(
        gettext_lazy("Refund"),
        gettext_lazy(
            "For an order that is paid and cannot be fulfilled: the money goes back and the app is "
            "told to undo it."
        ),
        form=ReasonForm,
        is_dangerous=True,
        open_when=lambda order: (
            order.status == Order.Status.CAPTURED and order.parked_at is not None
        ),
    )
    def refund(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """Give the money back."""
        refund_parked_order(
            actor=request.user, now=current_time(), order=order, reason=data["reason"]
        )
        return _("Order %(number)s is being refunded.") % {"number": order.number}

    @step(
        gettext_lazy("Settle by hand"),
        gettext_lazy(
            "For an app or a gateway that will never answer: the order ends here. Nothing more is "
            "asked of the app and no money is moved. Say who settled it and how."
        ),
        form=ReasonForm,
        is_dangerous=True,
        open_when=lambda order: order.status in SETTLED_BY_HAND and order.parked_at is not None,
    )
    def settle(self, request: StaffRequest, order: Order, data: dict[str, Any]) -> str:
        """End an order whose undoing or release was settled elsewhere."""
        settle_parked_order(
            actor=request.user, now=current_time(), order=order, reason=data["reason"]
        )
        return _("Order %(number)s is settled.") % {"number": order.number}
