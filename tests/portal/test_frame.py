"""What all pages share: sign-in, error pages, and a policy that allows nothing foreign."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from tests.portal.conftest import World, text_of

TEMPLATES = sorted(
    path
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    if "admin" not in path.parts
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_has_inline_style_or_script_or_a_foreign_host(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", source)
    assert not re.search(r"<script(?![^>]* src=)", source)
    assert not re.search(r"(src|href)=\"(https?:)?//", source)


def test_style_sheets_and_scripts_load_nothing_foreign() -> None:
    folder = Path(settings.BASE_DIR) / "static"
    for path in [*folder.glob("css/*.css"), *folder.glob("js/*.js")]:
        assert not re.search(r"(url\(|@import|fetch\()\s*[\"']?(https?:)?//", path.read_text()), (
            path
        )


def test_every_file_that_the_style_sheets_name_exists() -> None:
    folder = Path(settings.BASE_DIR) / "static" / "css"
    for path in folder.glob("*.css"):
        for name in re.findall(r'url\("([^"]+)"\)', path.read_text()):
            assert (folder / name).resolve().is_file(), (path, name)


def test_the_fonts_carry_their_licence() -> None:
    for name in ("inter", "jetbrains-mono"):
        found = finders.find(f"fonts/{name}-LICENSE.txt")
        assert found is not None
        assert "SIL Open Font License" in Path(found).read_text()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"]
)
def test_the_way_in_is_in_our_look_and_calls_nobody(url: str) -> None:
    page = Client().get(url).content.decode()
    assert "/static/css/tokens.css" in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_signing_in_leads_to_the_page_that_was_asked_for(world: World) -> None:
    world.owner.set_password("a plain password")
    world.owner.save()
    browser = Client()
    sites = reverse("portal:sites")
    sign_in = browser.get(sites)["Location"]
    data = {"login": world.owner.email, "password": "a plain password", "next": sites}
    assert browser.post(sign_in, data)["Location"] == sites
    assert "Harbor Dental" in text_of(browser.get(sites))


def test_a_wrong_password_is_said_and_the_address_is_kept(world: World) -> None:
    response = Client().post("/accounts/login/", {"login": world.owner.email, "password": "wrong"})
    page = response.content.decode()
    assert 'role="alert"' in page
    assert f'value="{world.owner.email}"' in page


def test_a_password_is_reset_by_mail(world: World) -> None:
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": world.owner.email})
    link = re.search(
        r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body)
    )
    assert link is not None
    form = browser.get(link.group(1), follow=True)
    assert "Set a new password" in text_of(form)
    new = "another plain password"
    done = browser.post(
        form.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True
    )
    assert "Your password is changed" in text_of(done)
    assert browser.login(email=world.owner.email, password=new)
    again = Client().get(link.group(1), follow=True)
    assert "This link has ended" in text_of(again)


def test_pages_of_the_account_are_in_our_look(world: World) -> None:
    browser = world.browser(world.owner)
    for url in ("/accounts/logout/", "/accounts/password/change/", "/accounts/2fa/"):
        response = browser.get(url, follow=True)
        assert response.status_code == 200
        page = response.content.decode()
        assert "/static/css/tokens.css" in page, url
        assert not re.search(r'(src|href)="(https?:)?//', page), url


def test_a_page_that_does_not_exist_is_in_our_look(world: World) -> None:
    response = world.browser(world.owner).get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert "/static/css/tokens.css" in response.content.decode()


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_render_without_a_request(code: int) -> None:
    """Django renders 400 and 500 with no context at all."""
    assert "<h1>" in get_template(f"{code}.html").render()


def test_the_policy_is_strict_on_agency_pages(world: World) -> None:
    response = world.browser(world.owner).get(reverse("portal:sites"))
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
