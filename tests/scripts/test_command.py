"""The `usageflow` command and the package it comes in."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import usageflow_command

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory) -> set[str]:
    """Files of a wheel that was built from this tree."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(directory.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def test_wheel_holds_the_command(wheel_names):
    assert "usageflow_command.py" in wheel_names


@pytest.mark.parametrize("pattern", ["desktop/**/*.py", "hosted/**/*.py", "**/migrations/*.sql"])
def test_wheel_holds_code_and_migrations(wheel_names, pattern):
    packages = ("contract", "desktop", "hosted")
    expected = {p.relative_to(ROOT) for top in packages for p in ROOT.glob(f"{top}/**/*")}
    wanted = {path.as_posix() for path in expected if path.match(pattern)}
    assert wanted
    assert wanted <= wheel_names


def test_wheel_holds_the_resources_but_no_tests(wheel_names):
    assert "resources/tokens.json" in wheel_names
    assert not [name for name in wheel_names if name.startswith(("tests/", "benchmarks/"))]


def run_with_missing(monkeypatch, module: str, *arguments: str) -> int:
    """Run the command as if a library were not installed."""

    def part(_: list[str]) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr(usageflow_command, "_part", part)
    return usageflow_command.main()


def test_missing_extra_is_explained_in_words(monkeypatch, capsys):
    assert run_with_missing(monkeypatch, "PySide6.QtCore") == 1
    assert "lacks PySide6" in capsys.readouterr().err


def test_missing_module_of_our_own_is_a_bug(monkeypatch):
    with pytest.raises(ModuleNotFoundError):
        run_with_missing(monkeypatch, "desktop.nowhere")


@pytest.mark.parametrize(("word", "heavy"), [("desktop", "typer"), ("serve", "PySide6")])
def test_each_part_is_told_apart_before_anything_else_is_imported(word, heavy):
    code = (
        f"import sys, usageflow_command as c; c._part([{word!r}]); print({heavy!r} in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
