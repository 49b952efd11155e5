"""What an order asks of the app, and what would take it back."""

from apps.catalog.models import Price
from apps.core.modes import Mode
from apps.orders.models import Order, Quote
from apps.subscriptions.models import InstallationToken
from apps.webhooks.asks import AskSnapshot, ChangePlanAsk, InstallAsk, UninstallAsk


def question_of(order: Order) -> AskSnapshot:
    """Return the ask of an order, from what was frozen when it was placed."""
    quote = order.quote
    if order.kind == Order.Kind.CHANGE_PLAN:
        return ChangePlanAsk(
            app=order.app,
            site_name=_site_name(order),
            plan_uuid=quote.plan.uuid,
            recurrency=_recurrency(quote.price),
        )
    token = InstallationToken.objects.filter(
        installation=order.installation, revoked_at__isnull=True
    ).latest("created_at")
    installer = order.actor or order.organization.owner
    return InstallAsk(
        app=order.app,
        site_name=_site_name(order),
        plan_uuid=quote.plan.uuid,
        recurrency=_recurrency(quote.price),
        is_free=order.mode == Mode.TEST,
        access_token=token.access_sealed,
        refresh_token=token.refresh_sealed,
        token_expires_at=token.expires_at,
        installer_uuid=installer.public_id,
        owner_uuid=order.organization.owner.public_id,
        language=installer.language,
    )


def undo_of(order: Order) -> AskSnapshot | None:
    """Return the ask that takes an order back, or ``None`` when nothing does."""
    quote: Quote = order.quote
    if order.kind == Order.Kind.INSTALL:
        return UninstallAsk(
            app=order.app, site_name=_site_name(order), is_free=order.mode == Mode.TEST
        )
    if quote.from_plan is None:
        return None
    return ChangePlanAsk(
        app=order.app,
        site_name=_site_name(order),
        plan_uuid=quote.from_plan.uuid,
        recurrency=_recurrency(quote.from_price),
    )


def _site_name(order: Order) -> str:
    site = order.installation.site
    if site is None:
        raise ValueError(f"order {order.number}: asks about plans are for sites")
    return site.site_name


def _recurrency(price: Price | None) -> str | None:
    return price.recurrency if price is not None else None
