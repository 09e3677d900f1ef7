"""Texts: every plural has its forms, and the compiled file is the one of the source."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

import desktop.views
from desktop.views.translations import FOLDER, translate

VIEWS = Path(desktop.views.__file__).parent
MESSAGES = ET.parse(FOLDER / "usageflow_en.ts").getroot().iter("message")  # noqa: S314 (our own)
FORMS = {
    message.findtext("source"): [form.text for form in message.iter("numerusform")]
    for message in MESSAGES
}


def test_every_plural_of_the_views_has_both_forms():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in VIEWS.rglob("*.py"))
    plurals = set(re.findall(r'"([^"\n]*%n[^"\n]*)"', sources))
    assert plurals
    assert plurals == set(FORMS)
    assert all(len(forms) == 2 and all(forms) for forms in FORMS.values())


@pytest.mark.parametrize(("count", "text"), [(1, "1 change waiting"), (2, "2 changes waiting")])
def test_compiled_file_knows_the_forms(qapp, count, text):
    translator = QTranslator()
    assert translator.load("usageflow_en", str(FOLDER))
    said = translator.translate("StatusStrip", "%n change(s) waiting", "", count)
    assert said.replace("%n", str(count)) == text


def test_translation_is_installed_once(qapp):
    translate(qapp)
    translate(QCoreApplication.instance())
    assert len(qapp.findChildren(QTranslator, "usageflow")) == 1
