"""The demo app, as its own process: signatures, instructions, repeats, and what it remembers."""

import base64
import datetime as dt
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from apps.integrations.duda.payloads import encode
from apps.integrations.duda.signature import sign
from tests.demo.conftest import DemoApp, Reply, StartDemoApp

KEY = b"an-ascii-key-of-32-characters-ok"
SECRET = base64.b64encode(KEY).decode()
GROWTH = "bd50e369-e7d4-4246-83d4-e190038e7f07"
SCALE = "332653a3-df51-45ce-a873-fbb0b1ccb49f"
INSTALL = {
    "auth": {
        "type": "bearer",
        "authorization_code": "code_very_secret",
        "refresh_token": "refresh_very_secret",
        "expiration_date": 1795223331456,
    },
    "app_plan_uuid": GROWTH,
    "recurrency": "MONTHLY",
    "site_name": "harbor-dental",
    "free": False,
}
CHANGE = {"app_plan_uuid": SCALE, "recurrency": "ANNUAL", "site_name": "harbor-dental"}
UNINSTALL = {"site_name": "harbor-dental", "free": False}


@pytest.fixture
def app(start_demo_app: StartDemoApp) -> DemoApp:
    return start_demo_app("--secret", SECRET)


def send(
    app: DemoApp,
    path: str,
    body: dict[str, Any],
    *,
    webhook_id: str = "",
    key: bytes = KEY,
    at: dt.datetime | None = None,
    timeout: float = 10,
) -> Reply:
    """Send as the marketplace does: with both signatures."""
    at = at or dt.datetime.now(dt.UTC)
    raw = encode(body)
    webhook_id = webhook_id or f"msg_{time.monotonic_ns()}"
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(
            "whsec_" + base64.b64encode(key).decode()
        ).sign(webhook_id, at, raw.decode()),
    }
    return app.call(path, raw, headers | sign(raw, key=key, at=at), timeout)


def test_an_installation_comes_changes_its_plan_and_goes(app: DemoApp) -> None:
    assert send(app, "/install", INSTALL).status == 200
    assert app.state()["installations"]["demo"]["harbor-dental"]["app_plan_uuid"] == GROWTH
    assert send(app, "/change", CHANGE).status == 200
    installation = app.state()["installations"]["demo"]["harbor-dental"]
    assert (installation["app_plan_uuid"], installation["recurrency"]) == (SCALE, "ANNUAL")
    assert send(app, "/uninstall", UNINSTALL).status == 200
    assert app.state()["installations"] == {"demo": {}}


def test_it_shows_what_came_in_newest_first_and_no_token(app: DemoApp) -> None:
    send(app, "/install", INSTALL)
    send(app, "/change", CHANGE | {"site_name": "<script>alert(1)</script>"})
    first, second = app.state()["requests"]
    assert (first["kind"], second["kind"]) == ("change", "install")
    assert second["signed"] == {"duda": "VALID", "standard": "VALID"}
    assert second["answer"]["status"] == 200
    page = app.call("/").text
    assert "harbor-dental" in page
    assert "<script" not in page
    assert "very_secret" not in page + app.call("/state.json").text


@pytest.mark.parametrize("path", ["/install", "/change", "/uninstall", "/events"])
@pytest.mark.parametrize(
    "spoiled",
    [
        {"key": b"another-ascii-key-of-32-letters!"},
        {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_a_wrong_or_old_signature_is_refused_and_changes_nothing(
    app: DemoApp, path: str, spoiled: dict[str, Any]
) -> None:
    assert send(app, path, INSTALL, **spoiled).status == 401
    assert app.state()["installations"] == {}


def test_one_right_signature_does_not_make_up_for_a_wrong_one(app: DemoApp) -> None:
    raw = encode(INSTALL)
    headers = sign(raw, key=KEY, at=dt.datetime.now(dt.UTC))
    wrong = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    assert app.call("/install", raw, headers | wrong).status == 401
    assert app.call("/install", raw, headers).status == 200


def test_an_event_needs_the_standard_signature(app: DemoApp) -> None:
    raw = b'{"type":"order.completed"}'
    only_duda = sign(raw, key=KEY, at=dt.datetime.now(dt.UTC))
    assert app.call("/events", raw, only_duda).status == 401
    assert send(app, "/events", {"type": "order.completed"}).status == 200


def test_what_cannot_be_read_is_refused(app: DemoApp) -> None:
    for raw in (b"", b"[]", b"{", b'{"site_name":7}', b"[" * 10_000):
        signed = sign(raw, key=KEY, at=dt.datetime.now(dt.UTC))
        assert app.call("/install", raw, signed).status == 400
    assert app.state()["installations"] == {}


def test_a_webhook_id_does_its_work_once(app: DemoApp) -> None:
    send(app, "/install", INSTALL, webhook_id="msg_1")
    send(app, "/change", CHANGE, webhook_id="msg_2")
    assert send(app, "/install", INSTALL, webhook_id="msg_1").status == 200
    state = app.state()
    assert state["installations"]["demo"]["harbor-dental"]["app_plan_uuid"] == SCALE
    assert state["requests"][0]["is_repeat"] is True


def test_a_refusal_is_sent_word_for_word_and_its_repeat_counts(app: DemoApp) -> None:
    app.control(do="refuse", status=402, text="Erst den Arbeitsbereich freigeben, bitte.")
    refusal = send(app, "/install", INSTALL, webhook_id="msg_1")
    assert (refusal.status, refusal.text) == (402, "Erst den Arbeitsbereich freigeben, bitte.")
    assert app.state()["installations"] == {}
    assert send(app, "/install", INSTALL, webhook_id="msg_1").status == 200
    assert list(app.state()["installations"]["demo"]) == ["harbor-dental"]


@pytest.mark.parametrize(
    ("instruction", "status", "does_work"),
    [
        ({"do": "fail"}, 500, False),
        ({"do": "fail", "status": 503, "work": "at_once"}, 503, True),
        ({"do": "no_content"}, 204, True),
        ({"do": "redirect"}, 302, False),
        ({"do": "refuse", "work": "at_once"}, 409, True),
        ({"do": "yes", "work": "never"}, 200, False),
    ],
)
def test_other_answers(
    app: DemoApp, instruction: dict[str, Any], status: int, does_work: bool
) -> None:
    assert app.control(**instruction).status == 200
    assert send(app, "/install", INSTALL).status == status
    assert ("demo" in app.state()["installations"]) is does_work


def test_a_slow_app_works_on_after_the_caller_gave_up(app: DemoApp) -> None:
    app.control(do="slow", seconds=30)
    assert send(app, "/install", INSTALL, timeout=0.3).status == 0
    wait_until(lambda: app.state()["requests"][0]["client_waited"] is False)
    assert list(app.state()["installations"]["demo"]) == ["harbor-dental"]


def test_a_slow_app_answers_who_waits(app: DemoApp) -> None:
    app.control(do="slow", seconds=0.5)
    began = time.monotonic()
    assert send(app, "/install", INSTALL).status == 200
    assert 0.5 <= time.monotonic() - began < 5


def test_a_hanging_app_never_answers_and_others_are_served_meanwhile(app: DemoApp) -> None:
    app.control(do="hang", site_name="harbor-dental", once=False)
    assert send(app, "/install", INSTALL, timeout=0.3).status == 0
    assert send(app, "/install", INSTALL | {"site_name": "oak-street"}).status == 200
    wait_until(lambda: app.state()["requests"][1]["answer"] == {"status": 0, "text": ""})
    assert list(app.state()["installations"]["demo"]) == ["oak-street"]


def test_one_time_instructions_go_first_and_the_narrowest_lasting_one_counts(
    app: DemoApp,
) -> None:
    app.control(do="refuse", status=402, kind="change", site_name="harbor-dental", once=False)
    app.control(do="fail", once=False)
    app.control(do="no_content")
    statuses = [send(app, "/change", CHANGE).status for _ in range(3)]
    assert statuses == [204, 402, 402]
    assert send(app, "/install", INSTALL).status == 500
    assert send(app, "/events", {"type": "order.completed"}).status == 200
    app.control(do="reset")
    assert send(app, "/change", CHANGE).status == 200


def test_the_form_of_the_page_gives_instructions(app: DemoApp) -> None:
    form = b"do=refuse&once=true&app=&kind=&site_name=&work=&status=&seconds=&text=No"
    assert app.call("/control", form).status == 303
    assert send(app, "/install", INSTALL).text == "No"


@pytest.mark.parametrize(
    ("instruction", "complaint"),
    [
        ({"do": "dance"}, "do must be one of: yes"),
        ({"do": "refuse", "status": 500}, "status of refuse must be 400 to 499"),
        ({"do": "slow", "seconds": "nan"}, "seconds must be 0 to 3600"),
        ({"do": "yes", "sitename": "x"}, "unknown: sitename"),
        ({"do": "yes", "once": 3}, "once must be one of: true, false"),
    ],
)
def test_an_instruction_that_cannot_be_followed_is_refused(
    app: DemoApp, instruction: dict[str, Any], complaint: str
) -> None:
    answer = app.control(**instruction)
    assert answer.status == 400
    assert complaint in answer.text
    assert app.state()["rules"] == []


def test_a_page_of_another_site_cannot_give_instructions(app: DemoApp) -> None:
    answer = app.call("/control", b'{"do":"fail"}', {"origin": "https://evil.example"})
    assert answer.status == 403
    assert app.state()["rules"] == []


def test_named_apps_have_their_own_secrets_and_installations(
    start_demo_app: StartDemoApp, tmp_path: Path
) -> None:
    app = start_demo_app(state_dir=tmp_path)
    assert send(app, "/bookwell/install", INSTALL).status == 401
    (tmp_path / "secrets.json").write_text(json.dumps({"bookwell": SECRET}))
    assert send(app, "/bookwell/install", INSTALL).status == 200
    assert send(app, "/lumen-seo/install", INSTALL).status == 401
    assert list(app.state()["installations"]) == ["bookwell"]


def test_the_opened_app_names_the_plan(start_demo_app: StartDemoApp, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"bookwell": SECRET}))
    profile = {"bookwell": {"name": "Bookwell", "plans": {GROWTH: "Growth"}}}
    (tmp_path / "apps.json").write_text(json.dumps(profile))
    app = start_demo_app(state_dir=tmp_path)
    opened = "/bookwell/launch?site_name=harbor-dental"
    assert "Bookwell is not installed on this site" in app.call(opened).text
    send(app, "/bookwell/install", INSTALL)
    assert "Bookwell is on: Growth monthly" in app.call(opened).text


def test_it_remembers_over_a_restart(start_demo_app: StartDemoApp) -> None:
    first = start_demo_app("--secret", SECRET)
    send(first, "/install", INSTALL, webhook_id="msg_1")
    first.control(do="refuse", text="Not now", once=False)
    before = first.state()
    assert first.stop() == 0
    second = start_demo_app("--secret", SECRET)
    assert second.state() == before
    assert send(second, "/change", CHANGE).text == "Not now"


def test_it_ends_with_whoever_started_it(start_demo_app: StartDemoApp) -> None:
    app = start_demo_app("--until-input-ends", stdin=subprocess.PIPE)
    assert app.call("/health").status == 200
    assert app.process.stdin is not None
    app.process.stdin.close()
    assert app.process.wait(timeout=10) == 0


def test_many_requests_at_once_are_all_kept(app: DemoApp) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def install(number: int) -> int:
        return send(app, "/install", INSTALL | {"site_name": f"site-{number}"}).status

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(install, range(64))) == [200] * 64
    state = app.state()
    assert len(state["installations"]["demo"]) == 64
    assert [entry["number"] for entry in state["requests"]] == list(range(64, 0, -1))


def wait_until(is_so: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)
