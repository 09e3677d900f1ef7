"""The tabs Account and Mail of the settings."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QDesktopServices

from contract.terms import Role
from desktop.domain.errors import InvalidInput, SignInFailed
from desktop.domain.mail import MailId
from desktop.domain.sign_in import ProviderKind
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.settings_page import SettingsPage, Tab
from tests.gui.fake_account import ANN, SIGN_IN_URL
from tests.gui.looking import click, type_into, visible_texts, wait_for


@pytest.fixture
def page(qtbot, jobs, theme):
    page = SettingsPage(jobs, Activities(jobs), SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 1700)
    page.show()
    return page


@pytest.fixture
def account(qtbot, page):
    return turned(qtbot, page, Tab.ACCOUNT).account


@pytest.fixture
def mail(qtbot, page):
    return turned(qtbot, page, Tab.MAIL).mail


def turned(qtbot, page, tab):
    click(qtbot, page.tab.buttons[tab])
    settled(qtbot, page)
    return page


def settled(qtbot, page):
    wait_for(qtbot, lambda: not page.jobs.running)


def told(card):
    return " ".join(visible_texts(card))


def test_signing_in_opens_the_browser_and_then_the_service_is_joined(
    qtbot, page, account, controls, monkeypatch
):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    card = account.sign_in
    assert "Nobody is signed in" in told(card)
    click(qtbot, card.adult)
    click(qtbot, card.sign_in)
    settled(qtbot, page)
    assert [url.toString() for url in opened] == [SIGN_IN_URL]
    assert controls.arguments["SignInService.begin"] == (True,)
    assert "ann@reader.example is signed in" in told(card)
    click(qtbot, card.join)
    settled(qtbot, page)
    assert "The service is used with this account" in told(card)
    assert not card.join.isVisible()
    click(qtbot, card.sign_out)
    settled(qtbot, page)
    assert "Nobody is signed in" in told(card)


def test_waiting_for_the_browser_can_be_stopped(qtbot, page, account, controls, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
    controls.hold("SignInService.finish")
    card = account.sign_in
    click(qtbot, card.sign_in)
    wait_for(qtbot, card.stop.isVisible)
    click(qtbot, card.stop)
    controls.release("SignInService.finish")
    settled(qtbot, page)
    wait_for(qtbot, lambda: not card.stop.isVisible())
    assert "Nobody is signed in" in told(card)


def test_sign_in_that_failed_says_why(qtbot, page, account, controls):
    controls.fail_with("SignInService.begin", SignInFailed("The sign-in was declined."))
    click(qtbot, account.sign_in.sign_in)
    settled(qtbot, page)
    assert "declined" in told(account.sign_in)


def test_provider_is_chosen_with_its_fields(qtbot, page, account, controls):
    card = account.sign_in
    type_into(qtbot, card.fields["client_id"].control, "another")
    type_into(qtbot, card.fields["further_hosts"].control, "keys.example.com, x.example.com")
    click(qtbot, card.choose)
    settled(qtbot, page)
    wanted, secret = controls.arguments["SignInService.set_provider"]
    assert (wanted.kind, wanted.client_id, secret) == (ProviderKind.OTHER, "another", None)
    assert wanted.further_hosts == ("keys.example.com", "x.example.com")
    card.kind.choose(ProviderKind.GOOGLE)
    card._show_kind()
    assert not card.fields["issuer"].isVisible()


def test_ended_sign_in_is_told_where_the_owner_looks(qtbot, page, controls):
    controls.signed_in = replace(ANN, ended="The provider wants a new sign-in.")
    turned(qtbot, page, Tab.ACCOUNT)
    assert "wants a new sign-in" in told(page.account.sign_in)


def test_profile_is_corrected(qtbot, page, account, controls):
    card = account.profile
    assert "Last corrected" in told(card)
    type_into(qtbot, card.fields["company"].control, "Reader Ltd")
    click(qtbot, card.correct)
    settled(qtbot, page)
    (wanted,) = controls.arguments["ProfileService.correct"]
    assert (wanted.name, wanted.company) == ("Ann", "Reader Ltd")
    assert "Corrected." in told(card)


def test_members_are_invited_changed_and_removed(qtbot, page, account, controls):
    card = account.members
    type_into(qtbot, card.name.control, "Cy")
    click(qtbot, card.invite)
    settled(qtbot, page)
    assert "not an e-mail address" in told(card)
    type_into(qtbot, card.address.control, "cy@reader.example")
    click(qtbot, card.invite)
    settled(qtbot, page)
    assert controls.arguments["MembershipService.invite"][0].name == "Cy"
    assert not card.change.isEnabled()
    card.members.selectRow(1)
    card.role.choose(Role.EDITOR)
    click(qtbot, card.change)
    settled(qtbot, page)
    assert controls.arguments["MembershipService.change_role"] == ("mem_2", Role.EDITOR)
    card.members.selectRow(1)
    click(qtbot, card.remove)
    settled(qtbot, page)
    assert controls.arguments["MembershipService.remove"] == ("mem_2",)


def test_device_is_signed_out(qtbot, page, account, controls):
    card = account.members
    card.devices.selectRow(1)
    click(qtbot, card.sign_out)
    settled(qtbot, page)
    assert controls.arguments["MembershipService.sign_out_device"] == ("dev_2",)


def test_those_who_may_not_manage_see_their_devices_only(qtbot, page, controls):
    controls.members = replace(controls.members, members=(), may_manage=False)
    turned(qtbot, page, Tab.ACCOUNT)
    card = page.account.members
    assert not card.invite.isVisible()
    assert card.devices.isVisible()


def test_mail_server_is_saved_and_tried(qtbot, page, mail, controls):
    card = mail.server
    assert "A password is stored." in told(card)
    type_into(qtbot, card.fields["port"].control, "no")
    click(qtbot, card.save)
    settled(qtbot, page)
    assert "A port is a number" in told(card)
    type_into(qtbot, card.fields["port"].control, "465")
    type_into(qtbot, card.password.field, "secret-of-mail")
    click(qtbot, card.save)
    settled(qtbot, page)
    wanted, password = controls.arguments["MailService.set_server"]
    assert (wanted.port, password) == (465, "secret-of-mail")
    assert card.password.text() == ""
    click(qtbot, card.test)
    settled(qtbot, page)
    assert "took a test message for notices@example.com" in told(card)


def test_problem_of_the_mail_server_is_on_show(qtbot, page, controls):
    controls.mail_server = replace(controls.mail_server, problem="The password is wrong.")
    turned(qtbot, page, Tab.MAIL)
    assert "The password is wrong." in told(page.mail.server)


def test_letters_are_sent_again_or_cancelled_where_that_means_something(
    qtbot, page, mail, controls
):
    card = mail.outbox
    for row, (again, cancel) in enumerate(
        ((False, True), (False, False), (True, False), (True, False))
    ):
        card.table.selectRow(row)
        assert (card.again.isEnabled(), card.cancel.isEnabled()) == (again, cancel)
    assert "it may arrive twice" in told(card)
    click(qtbot, card.again)
    settled(qtbot, page)
    assert controls.arguments["MailService.try_again"] == (MailId("mail_4"),)
    card.table.selectRow(0)
    click(qtbot, card.cancel)
    settled(qtbot, page)
    assert controls.arguments["MailService.cancel"] == (MailId("mail_1"),)


def test_owner_ticks_which_notices_they_want_and_a_failed_tick_is_taken_back(
    qtbot, page, mail, controls
):
    card = mail.notices
    assert not card.limits.isChecked()
    assert not card.invoices.isChecked()
    click(qtbot, card.invoices)
    settled(qtbot, page)
    (wanted,) = controls.arguments["MailService.set_notices"]
    assert (wanted.limits, wanted.invoices) == (False, True)
    controls.fail_with("MailService.set_notices", InvalidInput("The disk is full."))
    click(qtbot, card.limits)
    settled(qtbot, page)
    assert "The disk is full." in told(card)
    assert (card.limits.isChecked(), card.invoices.isChecked()) == (False, True)
    click(qtbot, mail.server.forget)
    settled(qtbot, page)
    assert not card.limits.isEnabled()


def test_notices_are_previewed_as_text(qtbot, page, mail):
    assert "Limit" in mail.outbox.preview.toPlainText() or "limit" in (
        mail.outbox.preview.toPlainText()
    )


def test_typed_password_does_not_wait_on_a_page_nobody_looks_at(qtbot, page, mail):
    type_into(qtbot, mail.server.password.field, "secret-of-mail")
    page.hide()
    assert mail.server.password.text() == ""
