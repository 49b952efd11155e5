"""People, memberships, sites and tokens. Organizations are in the back office."""

from apps.accounts.admin import memberships, people, sites, tokens

__all__ = ["memberships", "people", "sites", "tokens"]
