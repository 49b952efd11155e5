"""The app's own work: installations appear, change plan and go. Each webhook-id works once."""

from collections.abc import Mapping
from typing import Any

from store import State

NOT_DONE = "Nothing was done"


def do_work(
    state: State, *, app: str, kind: str, webhook_id: str | None, body: Mapping[str, Any], now: str
) -> str:
    """Change `state` as the request asks and say what was done.

    A request whose webhook-id has done its work before changes nothing: the marketplace repeats
    one that it got no answer to. A request that was refused or failed has done no work, so its
    repeat counts.
    """
    done = state["done"].setdefault(app, [])
    if webhook_id is not None and webhook_id in done:
        return "A repeat: nothing was done again"
    outcome = _apply(state["installations"].setdefault(app, {}), kind, body, now)
    if webhook_id is not None:
        done.append(webhook_id)
    return outcome


def _apply(
    installations: dict[str, dict[str, Any]], kind: str, body: Mapping[str, Any], now: str
) -> str:
    if kind == "events":
        return "Noted"
    site_name = body["site_name"]
    if kind == "uninstall":
        known = installations.pop(site_name, None)
        return f"Removed from {site_name}" if known else f"{site_name} was not installed"
    if kind == "install":
        installations[site_name] = {
            "installed_at": now,
            "user_lang": body.get("user_lang"),
            "free": body.get("free"),
            "api_endpoint": body.get("api_endpoint"),
            "auth": body.get("auth"),
        }
        outcome = f"Installed on {site_name}"
    else:
        # A site that this copy of the app never met is taken over as it is told: a real app
        # would have it in its own database.
        installations.setdefault(site_name, {})
        outcome = f"Plan of {site_name} changed"
    installations[site_name] |= {
        "app_plan_uuid": body.get("app_plan_uuid"),
        "recurrency": body.get("recurrency"),
        "changed_at": now,
    }
    return outcome
