"""Whether and where an installed app opens: what decides about an "Open" button."""

import dataclasses

from apps.catalog.models import App
from apps.subscriptions.launch import has_launch


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """``is_elsewhere`` says that the app has nothing to open here, whatever its state."""

    is_possible: bool
    in_new_tab: bool
    is_elsewhere: bool


def opening_of(app: App) -> Opening:
    """Return how an app that is on a site opens; for lists, select ``program`` with the app."""
    can_open = has_launch(app)
    return Opening(
        is_possible=can_open and app.status != App.Status.SUSPENDED,
        in_new_tab=app.window_type == App.WindowType.NEW_TAB,
        is_elsewhere=not can_open,
    )
