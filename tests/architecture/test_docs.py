"""What the docs say of the code is so: the table, the names, the commands, the examples."""

import base64
import datetime as dt
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from apps.catalog.keys import new_app_secret
from apps.core.clock import current_time
from apps.core.modes import Mode
from apps.ledger.models import Entry
from apps.ledger.services import Sale, SaleLine, post_sale
from apps.orders.models import Order
from apps.orders.schedule import ASK_AFTER
from apps.webhooks.delivery import RETRY_AFTER
from apps.webhooks.event_types import EventType
from apps.webhooks.signing import standard_headers
from scripts.saga_table import PAGE, rows, with_table
from tests.factories import AppFactory, OrganizationFactory

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
#: Names that other people's code writes into our logs.
FOREIGN_NAMES = {"ip", "request_id"}
LEDGER = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def codes(text: str) -> Iterator[str]:
    """Yield what stands between single backticks outside of blocks."""
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", outside)


def section(page: str, title: str) -> str:
    """Return what stands under a heading, up to the next one of any level."""
    match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE)
    assert match, title
    return match[1]


# --- The saga ------------------------------------------------------------------------------


def test_the_saga_page_has_the_table_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run: .venv/bin/python -m scripts.saga_table"


def test_the_table_reaches_every_end() -> None:
    targets = {target for _from, _story, _name, target in rows()}
    assert {"COMPLETED", "DECLINED", "the order's ending"} <= targets


def test_the_saga_page_names_every_status_and_when_the_app_is_asked() -> None:
    page = PAGE.read_text(encoding="utf-8")
    described = section(page, "The idea")
    rows_of = re.findall(r"^\| ([A-Z_]+) \|", described, re.MULTILINE)
    assert sorted(rows_of) == sorted(Order.Status.values)
    minutes = [round(wait.total_seconds() / 60) for wait in ASK_AFTER]
    *first, last = map(str, minutes)
    assert f"{', '.join(first)} and {last} minutes" in page


# --- Names, links, commands ----------------------------------------------------------------


@pytest.mark.parametrize("document", DOCS, ids=shown)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCS, ids=shown)
def test_paths_exist(document: Path) -> None:
    """A code that looks like a path is one, from the root or from ``apps/``."""
    wanted = [
        code.rstrip("/")
        for code in codes(document.read_text(encoding="utf-8"))
        if re.fullmatch(r"[a-z_][\w-]*(/[\w.-]+)*(/|\.(py|md|toml|json))", code)
        and not code.startswith(("var/", "build/"))
        and "/" in code.rstrip("/")
    ]
    bases = [ROOT, ROOT / "apps", ROOT / "apps" / "orders", ROOT / "apps" / "integrations" / "duda"]
    assert [code for code in wanted if not any((base / code).exists() for base in bases)] == []


def sources() -> str:
    """Return every line of code that a document may name something of."""
    folders = ("apps", "marketplace", "scripts", "examples", "tests")
    paths = [ROOT / "Makefile", ROOT / "requirements.in", ROOT / "scripts" / "bootstrap.sh"]
    paths += [path for name in folders for path in sorted((ROOT / name).rglob("*.py"))]
    paths.remove(Path(__file__))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_names_exist() -> None:
    """A code that looks like a Python name, dotted or not, is made of words of the code."""
    words = set(re.findall(r"\w+", sources())) | FOREIGN_NAMES
    missing = {
        f"{shown(path)}: {code}"
        for path in DOCS
        for code in codes(path.read_text(encoding="utf-8"))
        if re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z_]\w*)*", code) and not set(code.split(".")) <= words
    }
    assert missing == set()


@pytest.mark.parametrize("document", DOCS, ids=shown)
def test_a_name_behind_a_path_is_in_that_file(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    pairs = re.findall(r"`([\w/-]+\.py)` `([A-Za-z_]\w*)(?=[`.(])", text)
    wrong = [
        (path, name)
        for path, name in pairs
        if not any(
            (base / path).exists()
            and re.search(rf"\b{name}\b", (base / path).read_text(encoding="utf-8"))
            for base in (ROOT, ROOT / "apps", ROOT / "apps" / "orders")
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("document", DOCS, ids=shown)
def test_make_targets_and_commands_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named - targets == set()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert commands - set(get_commands()) == set()


def test_decisions_are_numbered_without_gaps_and_all_listed() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [name for name in names if f"]({name})" not in listed] == []
    for name in names:
        text = (ROOT / "docs" / "adr" / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {name[:4]}: ")
        for part in ("Context", "Decision", "Consequences", "Enforced by"):
            assert f"\n**{part}.**" in text, (name, part)


# --- Asks and events -----------------------------------------------------------------------


def test_the_webhooks_page_lists_every_event_type_and_no_other() -> None:
    table = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", WEBHOOKS, re.MULTILINE)
    assert sorted(table) == sorted(each.value for each in EventType)


def test_the_webhooks_page_has_the_waits_between_attempts() -> None:
    def words(wait: dt.timedelta) -> str:
        seconds = round(wait.total_seconds())
        if seconds < 60:
            return f"{seconds} s"
        return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"

    *first, last = map(words, RETRY_AFTER)
    assert f"after {', '.join(first)} and {last}," in WEBHOOKS


def snippet(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", WEBHOOKS, re.DOTALL | re.MULTILINE)
    return str(found)


def signed(body: bytes, *, at: dt.datetime | None = None) -> tuple[str, dict[str, str]]:
    secret = new_app_secret()
    headers = standard_headers("evt_1", body=body, secrets=[secret], at=at or current_time())
    return secret, headers


BODY = '{"type":"plan.changed","name":"Zahnärzte"}'.encode()


def python_verifier() -> Callable[..., bool]:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    found: Callable[..., bool] = names["is_genuine"]
    return found


def node_verifier() -> Callable[..., bool]:
    def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
        script = snippet("javascript") + (
            "\nconst [secret, headers, body] = JSON.parse(require('fs').readFileSync(0));"
            "\nprocess.stdout.write(String("
            "isGenuine(secret, headers, Buffer.from(body, 'base64'))));"
        )
        given = json.dumps([secret, headers, base64.b64encode(body).decode()])
        answer = subprocess.run(
            ["node", "-e", script], input=given, capture_output=True, check=True, text=True
        )
        return {"true": True, "false": False}[answer.stdout]

    return verify


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")


@pytest.mark.parametrize(
    "make_verifier", [python_verifier, pytest.param(node_verifier, marks=needs_node)]
)
def test_the_documented_verifiers_tell_ours_from_others(
    make_verifier: Callable[[], Callable[..., bool]],
) -> None:
    is_genuine = make_verifier()
    secret, headers = signed(BODY)
    assert is_genuine(secret, headers, BODY)
    assert is_genuine("whsec_" + secret, headers, BODY)
    rotating = headers | {"webhook-signature": f"v1,b2xk {headers['webhook-signature']}"}
    assert is_genuine(secret, rotating, BODY)
    assert not is_genuine(secret, headers, BODY + b" ")
    assert not is_genuine(new_app_secret(), headers, BODY)
    assert not is_genuine(secret, headers | {"webhook-id": "evt_2"}, BODY)
    old, stale = signed(BODY, at=current_time() - dt.timedelta(minutes=6))
    assert not is_genuine(old, stale, BODY)


# --- The ledger's worked examples ----------------------------------------------------------


def documented_entries(name: str) -> list[tuple[str, int]]:
    _before, mark, rest = LEDGER.partition(f"<!-- example: {name} -->\n")
    assert mark, name
    table = rest.partition("\n\n")[0]
    found = re.findall(r"^\| ([A-Z_]+) \| ([+−]\d+) \|", table, re.MULTILINE)
    return [(account, int(amount.replace("−", "-"))) for account, amount in found]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "charged", "kept", "lines"),
    [
        ("sale", 1900, 0, [1900]),
        ("upgrade", 3760, 0, [4900, -1140]),
        ("carried", 0, 7100, [9900, -17000]),
    ],
)
def test_the_ledgers_examples_are_what_is_posted(
    name: str, charged: int, kept: int, lines: list[int]
) -> None:
    app = AppFactory()
    post_sale(
        Sale(
            reference="order:1",
            mode=Mode.LIVE,
            app=app,
            organization=OrganizationFactory(),
            vendor=app.vendor,
            gateway="sandbox",
            currency="EUR",
            charged=charged,
            balance_used=0,
            balance_kept=kept,
            lines=[SaleLine(amount, "", Decimal("0.2000")) for amount in lines],
            commission_rate=Decimal("0.2000"),
            occurred_at=current_time(),
        )
    )
    posted = list(Entry.objects.order_by("pk").values_list("account__kind", "amount"))
    assert posted == documented_entries(name)
