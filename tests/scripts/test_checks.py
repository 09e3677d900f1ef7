"""The project's own checks: each finds what it is there to find, and passes what is right."""

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def _scripts_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield
    for name in ("check_shape", "check_places", "check_licences"):
        sys.modules.pop(name, None)


def problems_of(root: Path, **files: str) -> str:
    """Write files below `desktop/` and return what the shape check says of them."""
    import check_shape

    package = root / "desktop"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)
    return "\n".join(check_shape.measure(root).problems)


def test_shape_passes_ordinary_code(tmp_path):
    assert problems_of(tmp_path, values='def one() -> int:\n    """One."""\n    return 1\n') == ""


def test_shape_names_a_function_that_is_too_long(tmp_path):
    body = "\n".join(f"    x{n} = {n}" for n in range(70))
    assert "values.py:1 long: 71 lines" in problems_of(
        tmp_path, values=f"def long() -> None:\n{body}\n"
    )


def test_shape_leaves_docstrings_out_of_a_functions_length(tmp_path):
    lines = "\n".join(f"    line {n}" for n in range(80))
    text = f'def short() -> None:\n    """Many words.\n\n{lines}\n    """\n'
    assert problems_of(tmp_path, values=text) == ""


def test_shape_finds_a_file_that_is_too_long(tmp_path):
    assert "longest file is 701" in problems_of(tmp_path, values="x = 1\n" * 701)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x) -> None: ...",
        "def f(x: int): ...",
        "class A:\n    def f(self, *x) -> None: ...",
        "class A:\n    @staticmethod\n    def f(x) -> None: ...",
    ],
)
def test_shape_finds_a_missing_annotation(tmp_path, text):
    assert "f: not fully annotated" in problems_of(tmp_path, values=text)


def test_shape_finds_an_import_cycle_hidden_in_a_function(tmp_path):
    found = problems_of(
        tmp_path,
        one="from desktop import two\n",
        two="def f() -> None:\n    from desktop.one import x\n",
    )
    assert "import cycle" in found
    assert "desktop.one" in found


def test_shape_finds_an_import_cycle_for_annotations_only(tmp_path):
    deferred = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import one\n"
    assert "import cycle" in problems_of(tmp_path, one="from desktop import two\n", two=deferred)


def test_shape_finds_widgets_beside_a_database(tmp_path):
    text = "from PySide6.QtWidgets import QWidget\nimport sqlite3\n"
    assert "page.py: widgets beside sqlite3" in problems_of(tmp_path, page=text)


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept Exception:\n    pass\n",
        "try:\n    f()\nexcept (ValueError, BaseException):\n    ...\n",
        "for x in y:\n    try:\n        f()\n    except:\n        continue\n",
        "import contextlib\nwith contextlib.suppress(Exception):\n    f()\n",
    ],
)
def test_shape_finds_a_swallowed_exception(tmp_path, text):
    assert "a broad exception" in problems_of(tmp_path, values=text)


@pytest.mark.parametrize(
    "line",
    [
        "see https://pypi" + ".org/simple",
        "pip install --index" + "-url https://example.test/simple x",
        "cd /home" + "/ann/checkout",
        f"cd {SCRIPTS.parent}",
    ],
)
def test_places_finds_an_index_and_a_folder_of_one_machine(tmp_path, line):
    import check_places

    page = tmp_path / "page.md"
    page.write_text(f"first\n{line}\n")
    found = list(check_places.violations(page, check_places.forbidden_text(SCRIPTS.parent)))
    assert len(found) == 1
    assert ":2: names" in found[0]


def test_places_passes_routes_and_system_folders(tmp_path):
    import check_places

    page = tmp_path / "page.md"
    page.write_text("GET /v1/home\n/etc/usageflow\n/var/lib/usageflow\nhttps://example.test/x\n")
    assert not list(check_places.violations(page, check_places.forbidden_text(SCRIPTS.parent)))


class Metadata:
    """A distribution with the licence fields a test gives."""

    def __init__(self, **fields: list[str]) -> None:
        self.metadata = self
        self._fields = fields

    def get_all(self, name: str) -> list[str] | None:
        return self._fields.get(name.replace("-", "_"))


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"License_Expression": ["GPL-3.0-only"]}, True),
        ({"License": ["AGPL-3.0"]}, True),
        (
            {
                "Classifier": [
                    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
                ]
            },
            True,
        ),
        ({"License_Expression": ["LGPL-3.0-only OR GPL-2.0-only"]}, False),
        (
            {
                "Classifier": [
                    "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"
                ]
            },
            False,
        ),
        ({"License": ["MIT"]}, False),
        ({}, False),
    ],
)
def test_licences_refuses_what_is_gpl_only(monkeypatch, tmp_path, capsys, fields, refused):
    import check_licences

    lock = tmp_path / "some.lock"
    lock.write_text("thing==1.0 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(check_licences, "distribution", lambda _: Metadata(**fields))
    assert check_licences.main([str(lock)]) == int(refused)
    assert ("thing" in capsys.readouterr().err) == refused


def test_places_looks_through_an_archive_without_git(tmp_path):
    import check_places

    (tmp_path / ".venv").mkdir()
    for name in (".venv/installed.txt", "page.md", "cache.pyc"):
        (tmp_path / name).touch()
    assert check_places.project_files(tmp_path) == [tmp_path / "page.md"]
