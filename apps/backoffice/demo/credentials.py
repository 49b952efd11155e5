"""What a client program needs to try the demo: logins, and tokens minted for the asking."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Case, When

from apps.accounts.services import issue_token
from apps.backoffice.demo.catalogue import demo_apps
from apps.backoffice.demo.people import (
    AGENCY_STAFF_EMAIL,
    CLIENT_EMAIL,
    DEVELOPER_EMAIL,
    PASSWORD,
    STAFF_EMAIL,
    organization,
    person,
)
from apps.catalog.models import App
from apps.catalog.services import issue_basic_credential
from apps.integrations.duda.dialect import API_PATH
from apps.subscriptions.models import Installation, InstallationToken
from apps.subscriptions.tokens import issue_installation_token

APP, SITE_NAME = "bookwell", "harbor-dental"
AGENCY, VENDOR = "northlight-studio", "fernhill-software"
TOKENS_LAST = dt.timedelta(days=30)


def mint_credentials(*, now: dt.datetime) -> dict[str, Any]:
    """Return everything as plain JSON values. Earlier tokens stay as good as they were."""
    return {
        "base_url": settings.PUBLIC_BASE_URL,
        "demo_app_url": settings.DEMO_APP_URL,
        "staff": _login(STAFF_EMAIL),
        "agency_staff": _login(AGENCY_STAFF_EMAIL),
        "client": _login(CLIENT_EMAIL),
        "developer": _login(DEVELOPER_EMAIL),
        "vendor_slug": organization(VENDOR).slug,
        "api_tokens": {
            "agency_staff": _token(AGENCY_STAFF_EMAIL, AGENCY, now),
            "client": _token(CLIENT_EMAIL, AGENCY, now),
            "developer": _token(DEVELOPER_EMAIL, VENDOR, now),
        },
        "duda": _duda(demo_apps()[APP], now),
    }


def _duda(app: App, now: dt.datetime) -> dict[str, Any]:
    basic = issue_basic_credential(app=app)
    return {
        "base_url": settings.PUBLIC_BASE_URL.rstrip("/") + API_PATH,
        "user": basic.row.identifier,
        "password": basic.password,
        "app_uuid": str(app.uuid),
        **_site_tokens(app, now),
        "secret": app.secret,
        "public_key": app.public_key,
    }


def _site_tokens(app: App, now: dt.datetime) -> dict[str, str | None]:
    """A fresh pair for the demo's site, or for another that has the app while that one has not."""
    installation = (
        Installation.objects.filter(app=app, status=Installation.Status.ACTIVE)
        .exclude(site=None)
        .select_related("site")
        .order_by(Case(When(site__site_name=SITE_NAME, then=0), default=1), "pk")
        .first()
    )
    if installation is None or installation.site is None:
        return {"site_name": SITE_NAME, "authorization_code": None, "refresh_token": None}
    pair = issue_installation_token(installation=installation, now=now)
    # Its readable copy is for asks that are sent again; here it was read, so it goes.
    InstallationToken.objects.filter(pk=pair.pk).update(access_sealed="", refresh_sealed="")
    return {
        "site_name": installation.site.site_name,
        "authorization_code": pair.access_sealed,
        "refresh_token": pair.refresh_sealed,
    }


def _login(email: str) -> dict[str, str]:
    return {"email": person(email).email, "password": PASSWORD}


def _token(email: str, organization_slug: str, now: dt.datetime) -> str:
    return issue_token(
        user=person(email),
        organization=organization(organization_slug),
        name="Demo",
        expires_at=now + TOKENS_LAST,
    ).secret
