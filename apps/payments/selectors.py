"""Reading payment methods."""

from django.db.models import QuerySet

from apps.accounts.models import Organization
from apps.payments.models import PaymentMethod


def cards_of(organization: Organization) -> QuerySet[PaymentMethod]:
    """Return the organization's cards, its default first."""
    return PaymentMethod.objects.filter(
        organization=organization, removed_at__isnull=True
    ).order_by("-is_default", "-created_at", "-pk")
