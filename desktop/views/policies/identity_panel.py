"""By what callers of an endpoint are told apart."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from contract.terms import IdentityLocation
from desktop.domain.policies import Advice, PolicyDraft
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.policies import words
from desktop.views.policies.advice_list import AdviceList
from desktop.views.scrolled import Scrolled

NOTE_HEIGHT_PX = 64


class IdentityPanel(Scrolled):
    """Place and name of the identity, a note, and what the SDKs make of it."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Identity"))
        self.location: ComboOf[IdentityLocation | None] = ComboOf(
            self.tr("Where"), words.LOCATIONS, words.say
        )
        self.name = QLineEdit()
        self.note = QPlainTextEdit()
        self.note.setFixedHeight(NOTE_HEIGHT_PX)
        self.note.setTabChangesFocus(True)
        self.fit_height(self.note)
        self.advice = AdviceList("identity", "url", "kind")
        self.fields = {
            "identity_location": FormField(self.tr("The caller's &identity is in"), self.location),
            "identity_name": FormField(self.tr("N&ame"), self.name),
            "note": FormField(self.tr("N&ote, for yourself"), self.note),
        }
        self.location.chosen.connect(self._choose)
        self.name.textEdited.connect(lambda _: self.edited.emit())
        self.note.textChanged.connect(self.edited)
        parts = (*self.fields.values(), self.advice)
        for place, part in enumerate(parts):
            self.column.insertWidget(place, part)

    def show_draft(self, draft: PolicyDraft) -> None:
        """Fill the fields, silently."""
        self.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.location.choose(draft.identity_location)
        self.name.setText(draft.identity_name)
        self.note.setPlainText(draft.note)
        self.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self._fit()

    def show_advice(self, advice: tuple[Advice, ...]) -> None:
        """Tell what the SDKs do with this identity."""
        self.advice.show_advice(advice)

    def _choose(self) -> None:
        self._fit()
        self.edited.emit()
        if self.name.isEnabled() and not self.name.text():
            self.name.setFocus()

    def _fit(self) -> None:
        location = self.location.value()
        examples = {
            IdentityLocation.HEADERS: "X-Customer-Id",
            IdentityLocation.BEARER: "sub",
            IdentityLocation.QUERY: "customer",
            IdentityLocation.PATH: "customer_id",
            IdentityLocation.BODY: "customer_id",
            IdentityLocation.COOKIE: "session",
        }
        self.name.setEnabled(location is not None)
        self.name.setPlaceholderText(examples[location] if location else "")
