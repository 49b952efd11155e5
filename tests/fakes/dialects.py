"""A dialect whose asks add instead of setting a state, as LiveChat's upgrades do."""

from apps.integrations.duda.dialect import DudaDialect


class AddingDialect(DudaDialect):
    """Duda's words, but an app that gets one ask twice acts twice: it must not be repeated."""

    repeatable = False
