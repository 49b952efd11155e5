"""Addresses of the agency pages. A client uses the same ones and sees them without prices."""

from django.urls import path

from apps.portal.posted import posted
from apps.portal.views import (
    account,
    bank,
    checkout,
    launch,
    orders,
    plans,
    site_app,
    sites,
    store,
)

app_name = "portal"

urlpatterns = [
    path("", store.home, name="home"),
    path("apps/", store.apps, name="apps"),
    path("apps/<uuid:app_uuid>/", store.app, name="app"),
    path("sites/", sites.sites, name="sites"),
    path("sites/<str:site_name>/", sites.site, name="site"),
    path("sites/<str:site_name>/apps/<uuid:app_uuid>/", site_app.site_app, name="site_app"),
    path("sites/<str:site_name>/apps/<uuid:app_uuid>/plans/", plans.plans, name="plans"),
    path(
        "sites/<str:site_name>/apps/<uuid:app_uuid>/install/",
        posted("portal:plans", plans.install),
        name="install",
    ),
    path("sites/<str:site_name>/apps/<uuid:app_uuid>/open/", launch.launch, name="launch"),
    path("sdk/v1/sdk.js", launch.sdk, name="sdk"),
    path("quotes/<uuid:public_id>/", checkout.quote, name="quote"),
    path("quotes/<uuid:public_id>/card/", checkout.new_card, name="new_card"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:public_id>/", orders.order, name="order"),
    path("orders/<uuid:public_id>/progress/", orders.progress, name="progress"),
    path(
        "orders/<uuid:public_id>/cancel/",
        posted("portal:order", orders.cancel),
        name="cancel",
    ),
    path("orders/<uuid:public_id>/receipt/", orders.receipt, name="receipt"),
    path("bank/<str:reference>/", bank.bank, name="bank"),
    path(
        "organization/",
        posted("portal:home", account.choose_organization),
        name="choose_organization",
    ),
    path("preferences/", account.preferences, name="preferences"),
]
