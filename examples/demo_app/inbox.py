"""What happens to a request from the marketplace: check, remember, work, answer."""

import datetime as dt
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import signatures
from behavior import Rule, take_rule
from store import State, Store
from work import NOT_DONE, do_work

# How long a request that is never answered is held if the marketplace does not give up.
HANG_SECONDS = 3_600

SHOWN_HEADERS = (
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-duda-signature",
    "x-duda-signature-timestamp",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One POST as it came in; header names in lower case."""

    app: str
    kind: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to send back. Status 0 is no answer: the connection is just closed."""

    status: int
    text: str = ""
    content_type: str = "text/plain; charset=utf-8"
    location: str = ""


def receive(store: Store, request: Request, *, wait: Callable[[float], bool]) -> Answer:
    """Answer one request as the rules say, and keep everything about it in the store.

    `wait(seconds)` sleeps, and returns False early if the client is gone.
    """
    started = time.monotonic()
    body = _parsed(request.body)
    secret = store.secrets().get(request.app)
    duda = signatures.check_duda(request.headers, request.body, secret)
    standard = signatures.check_standard(request.headers, request.body, secret)
    refused = _refused_unread(request.kind, body, duda, standard)

    with store.changing() as state:
        rule = None
        if refused is None:
            rule = take_rule(
                state["rules"], app=request.app, kind=request.kind, site_name=_site_name(body)
            )
        number = _write_down(state, request, body, rule, {"duda": duda, "standard": standard})

    outcome, client_waited = NOT_DONE, True
    if rule is not None:
        outcome, client_waited = _follow(store, request, body, rule, wait)
    answer = refused or _answer(rule or Rule(), request, body)

    with store.changing() as state:
        for entry in state["requests"]:
            if entry["number"] == number:
                entry["answer"] = {"status": answer.status, "text": answer.text}
                entry["outcome"] = outcome
                entry["seconds"] = round(time.monotonic() - started, 3)
                entry["client_waited"] = client_waited
    return answer


def _follow(
    store: Store,
    request: Request,
    body: dict[str, Any],
    rule: Rule,
    wait: Callable[[float], bool],
) -> tuple[str, bool]:
    def work() -> str:
        with store.changing() as state:
            return do_work(
                state,
                app=request.app,
                kind=request.kind,
                webhook_id=request.headers.get("webhook-id"),
                body=body,
                now=_now(),
            )

    outcome, client_waited = NOT_DONE, True
    if rule.when_to_work == "at_once":
        outcome = work()
    if rule.do == "slow":
        client_waited = wait(rule.seconds)
    elif rule.do == "hang":
        client_waited = wait(HANG_SECONDS)
    if rule.when_to_work == "late":
        # Whether the client still listens or not: so does an app that is merely slow.
        outcome = work()
    return outcome, client_waited


def _answer(rule: Rule, request: Request, body: dict[str, Any]) -> Answer:
    match rule.do:
        case "refuse" | "fail":
            return Answer(status=rule.status, text=rule.text)
        case "hang":
            return Answer(status=0)
        case "no_content":
            return Answer(status=204)
        case "redirect":
            return Answer(status=302, location=f"{request.path}/elsewhere")
    told = {key: body[key] for key in ("site_name", "app_plan_uuid") if key in body}
    return Answer(status=200, text=json.dumps(told), content_type="application/json")


def _refused_unread(kind: str, body: dict[str, Any], duda: str, standard: str) -> Answer | None:
    """The app's own no, before any rule: to what is not signed or cannot be read."""
    needed, other = (standard, duda) if kind == "events" else (duda, standard)
    if needed != signatures.VALID or other not in (signatures.VALID, signatures.ABSENT):
        return Answer(status=401, text="The signature of this request is not valid.")
    if not body:
        return Answer(status=400, text="The body is not a JSON object.")
    if kind != "events" and not _site_name(body):
        return Answer(status=400, text="The body names no site.")
    return None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _site_name(body: Mapping[str, Any]) -> str:
    site_name = body.get("site_name")
    return site_name if isinstance(site_name, str) else ""


def _write_down(
    state: State,
    request: Request,
    body: dict[str, Any],
    rule: Rule | None,
    signed: dict[str, str],
) -> int:
    number: int = state["next_number"]
    state["next_number"] += 1
    webhook_id = request.headers.get("webhook-id")
    state["requests"].insert(
        0,
        {
            "number": number,
            "received_at": _now(),
            "app": request.app,
            "kind": request.kind,
            "path": request.path,
            "subject": _site_name(body) or str(body.get("type", "")),
            "webhook_id": webhook_id,
            "is_repeat": webhook_id in state["done"].get(request.app, []),
            "signed": signed,
            "headers": {
                name: request.headers[name] for name in SHOWN_HEADERS if name in request.headers
            },
            "body": _without_tokens(request.body, body),
            "rule": asdict(rule) if rule else None,
            "answer": None,
            "outcome": None,
            "seconds": None,
            "client_waited": None,
        },
    )
    return number


def _without_tokens(raw: bytes, body: dict[str, Any]) -> str:
    """The body as text, its tokens cut: they are kept with the installation, not shown."""
    text = raw.decode("utf-8", "replace")
    auth = body.get("auth")
    for name in ("authorization_code", "refresh_token"):
        token = auth.get(name) if isinstance(auth, dict) else None
        if isinstance(token, str) and token:
            text = text.replace(token, f"{token[:4]}…")
    return text


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
