"""Whether a thing is real business, a test install or play money."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """Carried by installation, subscription, order, entitlement and ledger transaction alike."""

    LIVE = "LIVE", _("Live")
    """Real business: charged, posted to the live book, paid out."""
    TEST = "TEST", _("Test")
    """Marketplace staff's test install: never billed, told to the app as ``free``."""
    SANDBOX = "SANDBOX", _("Sandbox")
    """A sandbox organization or a draft listing: play money, its own ledger book."""
