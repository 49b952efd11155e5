"""The content security policy, and who may sign in where."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import UserFactory


def policy(response: object) -> dict[str, list[str]]:
    """Return the policy of a response: directive -> sources."""
    header = response["Content-Security-Policy"]  # type: ignore[index]
    parts = (part.split() for part in header.split(";"))
    return {name: sources for name, *sources in parts}


STRICT = {
    "default-src": ["'self'"],
    "base-uri": ["'self'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}


@pytest.mark.django_db
def test_pages_may_load_from_their_own_origin_only(client: Client) -> None:
    assert policy(client.get(reverse("account_login"))) == STRICT


def test_errors_are_as_strict_as_pages(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert policy(response) == STRICT


@pytest.mark.django_db
def test_the_admin_may_evaluate_its_attributes_and_run_no_inline_script(client: Client) -> None:
    client.force_login(UserFactory(staff=True, is_superuser=True))
    response = client.get("/admin/")
    assert response.status_code == 200
    assert policy(response) == {
        **STRICT,
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
    }


@pytest.mark.django_db
def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login") + "?next=")


@pytest.mark.django_db
def test_a_person_who_is_not_marketplace_staff_is_refused_by_the_admin(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.django_db
def test_strangers_cannot_make_an_account_unless_a_setting_opens_it(
    client: Client, settings: Settings
) -> None:
    form = {"email": "new@example.com", "password1": "a-Long-one-42", "password2": "a-Long-one-42"}
    url = reverse("account_signup")
    response = client.post(url, form)
    assert "account/signup_closed.html" in [template.name for template in response.templates]
    settings.OPEN_SIGN_UP = True
    assert client.get(url).context["form"] is not None


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: Client) -> None:
    UserFactory(email="known@example.com")
    url = reverse("account_login")
    answers = [
        client.post(url, {"login": address, "password": "wrong"}).context["form"].errors
        for address in ("known@example.com", "unknown@example.com")
    ]
    assert answers[0] == answers[1] != {}
