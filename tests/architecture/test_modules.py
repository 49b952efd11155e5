"""Habits that keep modules small and models plain; CONTRIBUTING's house style as code."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

APPS = Path(__file__).resolve().parents[2] / "apps"
VAGUE_NAMES = {"utils", "helpers", "common", "base", "constants", "misc", "shared"}


def modules() -> list[Path]:
    """Return the hand-written modules of the apps; an empty ``__init__`` is none."""
    return [
        path
        for path in sorted(APPS.rglob("*.py"))
        if "migrations" not in path.parts and path.read_text().strip()
    ]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def shown(path: Path) -> str:
    return str(path.relative_to(APPS.parent))


def test_no_module_is_longer_than_400_lines() -> None:
    assert {shown(path): lines(path) for path in modules() if lines(path) > 400} == {}


def test_the_median_module_is_shorter_than_100_lines() -> None:
    assert statistics.median(lines(path) for path in modules()) < 100


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        shown(path)
        for path in APPS.rglob("*")
        if path.stem in VAGUE_NAMES and "__pycache__" not in path.parts
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [shown(p) for p in modules() if ast.get_docstring(ast.parse(p.read_text())) is None]
    assert silent == []


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_app_listens_to_signals() -> None:
    signals = ("django.db.models.signals", "django.dispatch", "django.core.signals")
    found = [
        f"{shown(path)}: {name}"
        for path in modules()
        for name in imports(path)
        if name.startswith(signals)
    ]
    assert found == []


def test_no_generic_foreign_keys() -> None:
    found = [
        shown(path)
        for path in modules()
        if any(name.startswith("django.contrib.contenttypes.fields") for name in imports(path))
    ]
    assert found == []
