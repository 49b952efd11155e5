"""How people sign in: allauth's rules, where the marketplace's differ."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes the sign-up page unless ``OPEN_SIGN_UP`` opens it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether a stranger may make an account."""
        return bool(settings.OPEN_SIGN_UP)
