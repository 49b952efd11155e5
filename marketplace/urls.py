"""Root URLs: staff under /admin/, sign-in under /accounts/, agencies at the root."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One sign-in for everybody, with its rate limits and second factor; the admin has no other.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("apps.api.urls")),
    path("", include("apps.portal.urls")),
]
