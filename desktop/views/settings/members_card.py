"""Who may sign in at the service, in which role; and the devices that are signed in."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QLineEdit

from contract.terms import Role
from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.members import Invitation, Member, MemberDevice, MembersPicture
from desktop.services.sign_in.membership import MembershipService
from desktop.views import figures
from desktop.views.access import words
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.jobs import Jobs

LIST_HEIGHT_PX: Final = 150


class MembersCard(Card):
    """Two lists with their actions; the first is for owners of the service."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Members"), role="heading"))
        self._jobs = jobs
        self.message = MessageBar()
        self.members: DataTable[Member] = DataTable(
            self.tr("Members"), self._member_columns(), key=lambda one: one.member_id
        )
        self.devices: DataTable[MemberDevice] = DataTable(
            self.tr("Devices that are signed in"),
            self._device_columns(),
            key=lambda one: one.device_id,
        )
        for table, widths_px in ((self.members, (130, 150, 80)), (self.devices, (180, 120))):
            for column, width_px in enumerate(widths_px, start=1):
                table.setColumnWidth(column, width_px)
            table.setMinimumHeight(LIST_HEIGHT_PX)
            table.row_chosen.connect(self._show_buttons)
        self.name = FormField(self.tr("Na&me"), QLineEdit())
        self.address = FormField(self.tr("Address they sign in wit&h"), QLineEdit())
        self.role: ComboOf[Role] = ComboOf(self.tr("Role"), words.ROLES, words.say)
        self.invite = Button(self.tr("In&vite"), icon_name="plus")
        self.change = Button(self.tr("&Give this role"), icon_name="pencil")
        self.remove = Button(self.tr("Remo&ve"), icon_name="trash-2")
        self.sign_out = Button(self.tr("Sign the de&vice out"), icon_name="lock")
        self.invite.clicked.connect(self._invite)
        self.change.clicked.connect(self._change)
        self.remove.clicked.connect(self._remove)
        self.sign_out.clicked.connect(self._sign_out)
        self._arrange()
        self._show_buttons()

    def _arrange(self) -> None:
        self.column.addWidget(self.message)
        self.column.addWidget(self.members)
        self.column.addLayout(
            row_of(self.name, self.address, FormField(self.tr("Ro&le"), self.role))
        )
        self.column.addLayout(row_of(self.invite, self.change, self.remove, None))
        self.column.addWidget(PlainLabel(self.tr("Signed-in devices"), role="heading"))
        self.column.addWidget(self.devices)
        self.column.addLayout(row_of(self.sign_out, None))

    def _member_columns(self) -> tuple[Column[Member], ...]:
        return (
            Column(self.tr("Name"), lambda one: one.name),
            Column(self.tr("Role"), lambda one: words.say(words.ROLES[one.role])),
            Column(
                self.tr("Joined"),
                lambda one: (
                    self.tr("Invited") if one.joined_at is None else figures.moment(one.joined_at)
                ),
            ),
            Column(self.tr("Devices"), lambda one: str(one.devices), is_number=True),
        )

    def _device_columns(self) -> tuple[Column[MemberDevice], ...]:
        return (
            Column(
                self.tr("Device"),
                lambda one: (
                    self.tr("{name} (this one)").format(name=one.name)
                    if one.is_current
                    else one.name
                ),
            ),
            Column(self.tr("Member"), lambda one: one.member_name or figures.NOTHING),
            Column(
                self.tr("Last seen"),
                lambda one: (
                    figures.NOTHING if one.last_seen_on is None else figures.day(one.last_seen_on)
                ),
            ),
        )

    def load(self) -> None:
        """Ask the service for members and devices."""
        self._start(MembershipService.picture)

    def _show(self, picture: MembersPicture) -> None:
        self.message.dismiss()
        self.members.show_rows(picture.members)
        self.devices.show_rows(picture.devices)
        for part in (self.members, self.name, self.address, self.role, self.invite):
            part.setVisible(picture.may_manage)
        for part in (self.change, self.remove):
            part.setVisible(picture.may_manage)
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.change, self.remove):
            button.setEnabled(self.members.chosen() is not None)
        self.sign_out.setEnabled(self.devices.chosen() is not None)

    def _invite(self) -> None:
        wanted = Invitation(
            text_of(self.name.control), self.role.value(), text_of(self.address.control)
        )
        self._start(MembershipService.invite, wanted)

    def _change(self) -> None:
        member = self.members.chosen()
        if member is not None:
            self._start(MembershipService.change_role, member.member_id, self.role.value())

    def _remove(self) -> None:
        member = self.members.chosen()
        if member is not None:
            self._start(MembershipService.remove, member.member_id)

    def _sign_out(self) -> None:
        device = self.devices.chosen()
        if device is not None:
            self._start(MembershipService.sign_out_device, device.device_id)

    def _start(self, method: "Callable[..., MembersPicture]", *arguments: object) -> None:
        for field in (self.name, self.address):
            field.explain("")
        self._jobs.start(method, *arguments, done=self._show, failed=self._explain, owner=self)

    def _explain(self, error: AppError) -> None:
        field = {"name": self.name, "address": self.address}.get(error.field or "")
        if field is not None:
            field.explain(str(error))
            field.control.setFocus()
        else:
            tone = Tone.INFO if isinstance(error, InvalidInput) else Tone.WARN
            self.message.say(tone, str(error))
