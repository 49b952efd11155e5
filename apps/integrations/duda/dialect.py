"""Duda's dialect: how its apps are asked about installs and plan changes, and how they open."""

import datetime as dt
import json
from typing import Any

from django.conf import settings

from apps.catalog.models import App
from apps.integrations.duda.launch import sso_link
from apps.integrations.duda.payloads import (
    ChangeSnapshot,
    InstallSnapshot,
    UninstallSnapshot,
    change_body,
    encode,
    install_body,
    uninstall_body,
)
from apps.integrations.duda.signature import key_of, sign
from apps.subscriptions.launch import LaunchSnapshot
from apps.webhooks.asks import (
    AskSnapshot,
    ChangePlanAsk,
    InstallAsk,
    RenderedAsk,
    UninstallAsk,
)
from apps.webhooks.signing import standard_headers

API_PATH = "/integrations/duda"
_MASK = "••••••"


class DudaDialect:
    """An :class:`~apps.webhooks.asks.AskDialect` and a ``LaunchDialect`` of subscriptions."""

    # Each of the three callbacks sets a state (installed on this plan, on that plan, gone), so
    # an app that gets one twice ends where it would have been after the first.
    repeatable = True

    def render(self, snapshot: AskSnapshot) -> RenderedAsk:
        """Spell the ask in Duda's exact body for its endpoint in the manifest."""
        match snapshot:
            case InstallAsk():
                return _rendered(snapshot.app.install_url, _install(snapshot))
            case ChangePlanAsk():
                return _rendered(
                    snapshot.app.change_url,
                    change_body(
                        ChangeSnapshot(
                            app_plan_uuid=snapshot.plan_uuid,
                            recurrency=snapshot.recurrency,
                            site_name=snapshot.site_name,
                        )
                    ),
                )
            case UninstallAsk():
                return _rendered(
                    snapshot.app.uninstall_url,
                    uninstall_body(
                        UninstallSnapshot(site_name=snapshot.site_name, is_free=snapshot.is_free)
                    ),
                )

    def headers(self, app: App, *, ask_id: str, body: bytes, at: dt.datetime) -> dict[str, str]:
        """Sign with Duda's headers, and with the Standard Webhooks ones beside them."""
        return {
            **standard_headers(ask_id, body=body, secrets=[app.secret], at=at),
            **sign(body, key=key_of(app.secret), at=at),
        }

    def is_yes(self, status: int) -> bool:
        """Exactly 200 is yes, and no other 2xx."""
        return status == 200

    def launch_url(self, snapshot: LaunchSnapshot) -> str:
        """Sign a link to the address that the manifest calls ``base_sso_url``."""
        return sso_link(
            snapshot.app.launch_url,
            private_key=snapshot.app.private_key,
            site_name=snapshot.site_name,
            language=snapshot.language,
            is_white_label=snapshot.is_white_label,
            editor_origin=snapshot.editor_origin,
            sdk_url=snapshot.sdk_url,
            user_uuid=snapshot.user_uuid,
            at=snapshot.at,
        )


def _install(snapshot: InstallAsk) -> dict[str, Any]:
    return install_body(
        InstallSnapshot(
            authorization_code=snapshot.access_token,
            refresh_token=snapshot.refresh_token,
            expires_at=snapshot.token_expires_at,
            api_endpoint=settings.PUBLIC_BASE_URL.rstrip("/") + API_PATH,
            installer_account_uuid=snapshot.installer_uuid,
            account_owner_uuid=snapshot.owner_uuid,
            user_lang=snapshot.language,
            app_plan_uuid=snapshot.plan_uuid,
            recurrency=snapshot.recurrency,
            site_name=snapshot.site_name,
            is_free=snapshot.is_free,
        )
    )


def _rendered(url: str, body: dict[str, Any]) -> RenderedAsk:
    masked = dict(body)
    if "auth" in masked:
        masked["auth"] = {**masked["auth"], "authorization_code": _MASK, "refresh_token": _MASK}
    return RenderedAsk(
        url=url,
        body=encode(body),
        masked_body=json.dumps(masked, ensure_ascii=False, indent=2),
    )
