"""The app's pages: what came in and how to answer next, and the page that its users see."""

import json
from html import escape
from typing import Any

from behavior import ANSWERS, KINDS, WORK, Rule
from signatures import ABSENT, VALID
from store import State, Store

Entry = dict[str, Any]


def overview(store: Store, app: str) -> str:
    """Everything, or what concerns one app."""
    state, apps = store.read(), list(store.secrets())
    requests = [entry for entry in state["requests"] if app in ("", entry["app"])]
    title = _name(store, app) if app else "Demo app"
    return _page(
        title,
        f"""
        <header class="top"><strong>{escape(title)}</strong>{_tabs(store, apps, app)}</header>
        <main>
          <div class="columns">
            <div>{_instructions(state, apps, app)}</div>
            <div>{_installations(store, state, app)}</div>
          </div>
          <section class="card">
            <h2>Received <span class="count">{len(requests)}</span>
              <a class="button small" href="">Reload</a></h2>
            {"".join(map(_request, requests)) or _empty("Nothing has come in yet.")}
          </section>
        </main>""",
    )


def launch(store: Store, app: str, site_name: str) -> str:
    """What a person sees who opens the app from the marketplace."""
    installation = store.read()["installations"].get(app, {}).get(site_name)
    name = escape(_name(store, app))
    if installation is None:
        text = f"{name} is not installed on this site."
    else:
        text = f"{name} is on: {_plan(store, app, installation)}."
    return _page(
        _name(store, app),
        f"""
        <main><section class="card opened">
          <h1>{escape(site_name) or name}</h1>
          <p>{text}</p>
        </section></main>""",
    )


def public_state(store: Store) -> State:
    """The state without the installations' tokens and the list of finished webhook-ids."""
    state = store.read()
    del state["done"]
    for installations in state["installations"].values():
        for installation in installations.values():
            installation.pop("auth", None)
    return state


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">'
        f"<title>{escape(title)}</title></head><body>{content}</body></html>"
    )


def _tabs(store: Store, apps: list[str], current: str) -> str:
    links = "".join(
        f'<a href="/{app}/"{_current(app == current)}>{escape(_name(store, app))}</a>'
        for app in apps
    )
    return f'<nav><a href="/"{_current(current == "")}>All apps</a>{links}</nav>'


def _instructions(state: State, apps: list[str], app: str) -> str:
    rules = [Rule(**stored) for stored in state["rules"]]
    shown = "".join(
        f"<li>{_rule(rule)}</li>" for rule in rules if app in ("", rule.app) or not rule.app
    )
    waiting = f"<ul class='rules'>{shown}</ul>" if shown else "<p>It says yes to everything.</p>"
    reset = (
        '<form method="post"><button class="button small" formaction="/control" name="do" '
        'value="reset">Forget all of these</button></form>'
        if shown
        else ""
    )
    return f"""
    <section class="card"><h2>How it answers</h2>{waiting}{reset}
      <form class="grid" method="post" action="{f"/{app}" if app else ""}/control">
        {_select("do", "Next answer", ANSWERS, "refuse")}
        {_select("once", "For", {"true": "The next request", "false": "Until changed"})}
        {"" if app else _select("app", "App", {"": "Any"} | {slug: slug for slug in apps})}
        {_select("kind", "Request", {"": "Any ask"} | {kind: kind for kind in KINDS})}
        <label>Site<input name="site_name" placeholder="any"></label>
        {_select("work", "Do the work", {"": "As usual"} | WORK)}
        <label>Status<input name="status" inputmode="numeric" placeholder="409 or 500"></label>
        <label>Seconds<input name="seconds" inputmode="decimal" placeholder="5"></label>
        <label class="wide">Text<input name="text" placeholder="what the buyer will read"></label>
        <button class="button primary">Set the answer</button>
      </form>
    </section>"""


def _installations(store: Store, state: State, only: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(site_name)}<small>{escape(_name(store, app))}</small></td>"
        f"<td>{_plan(store, app, installation)}</td></tr>"
        for app, installations in state["installations"].items()
        if only in ("", app)
        for site_name, installation in installations.items()
    )
    table = f"<table><tr><th>Site</th><th>Plan</th></tr>{rows}</table>"
    return f"""
    <section class="card"><h2>Installations</h2>
      {table if rows else _empty("No site has this app.")}
    </section>"""


def _request(entry: Entry) -> str:
    answer = entry["answer"]
    repeat = '<span class="badge info">Repeat</span>' if entry["is_repeat"] else ""
    gave_up = (
        '<span class="badge warning">Caller gave up</span>'
        if entry["client_waited"] is False
        else ""
    )
    seconds = "" if entry["seconds"] is None else f"{entry['seconds']:.3f} s"
    rule = f"<p>Told to: {_rule(Rule(**entry['rule']))}</p>" if entry["rule"] else ""
    headers = "\n".join(f"{name}: {value}" for name, value in entry["headers"].items())
    return f"""
    <details><summary>
      <span class="number">{entry["number"]}</span>
      <span class="what"><strong>{escape(entry["kind"])}</strong> {escape(entry["subject"])}
        <small>{escape(entry["app"])}</small></span>
      {_verified(entry["signed"])}{repeat}{gave_up}{_answered(answer)}
      <time datetime="{entry["received_at"]}">{entry["received_at"][11:19]} UTC</time>
    </summary>
    <p>{escape(entry["outcome"] or "In work")} {seconds}</p>{rule}
    <dl><dt>Duda signature</dt><dd>{escape(entry["signed"]["duda"])}</dd>
    <dt>Standard Webhooks signature</dt><dd>{escape(entry["signed"]["standard"])}</dd></dl>
    <pre>POST {escape(entry["path"])}\n{escape(headers)}\n\n{escape(_pretty(entry["body"]))}</pre>
    <pre>{escape(_said(answer))}</pre></details>"""


def _verified(signed: dict[str, str]) -> str:
    states = set(signed.values())
    if VALID in states and states <= {VALID, ABSENT}:
        return '<span class="badge success">Verified</span>'
    return '<span class="badge danger">Not verified</span>'


def _answered(answer: Entry | None) -> str:
    if answer is None:
        return '<span class="badge info">No answer yet</span>'
    if answer["status"] == 0:
        return '<span class="badge warning">No answer</span>'
    tone = "success" if answer["status"] == 200 else "danger"
    return f'<span class="badge {tone}">{answer["status"]}</span>'


def _said(answer: Entry | None) -> str:
    if answer is None or answer["status"] == 0:
        return "(nothing was answered)"
    return f"{answer['status']}\n{_pretty(answer['text'])}".strip()


def _rule(rule: Rule) -> str:
    parts = [ANSWERS[rule.do]]
    if rule.do in ("refuse", "fail"):
        parts.append(f"{rule.status}: {rule.text}")
    if rule.do == "slow":
        parts.append(f"{rule.seconds:g} s")
    if rule.work:
        parts.append(f"work {WORK[rule.work].lower()}")
    about = " ".join(filter(None, (rule.app, rule.kind, rule.site_name)))
    parts.append(f"{'next request' if rule.once else 'until changed'}{about and f', {about}'}")
    return escape(" · ".join(parts))


def _plan(store: Store, app: str, installation: Entry) -> str:
    uuid = installation.get("app_plan_uuid") or "no plan"
    name = store.profile_of(app).get("plans", {}).get(uuid, uuid)
    recurrency = (installation.get("recurrency") or "").lower()
    free = '<span class="badge info">Not billed</span>' if installation.get("free") else ""
    return f"{escape(name)} {escape(recurrency)} {free}".strip()


def _name(store: Store, app: str) -> str:
    return str(store.profile_of(app).get("name") or app)


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _select(name: str, label: str, choices: dict[str, str], chosen: str = "") -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(text)}</option>"
        for value, text in choices.items()
    )
    return f'<label>{label}<select name="{name}">{options}</select></label>'


def _current(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def _empty(text: str) -> str:
    return f'<p class="empty">{text}</p>'
