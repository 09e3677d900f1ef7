"""Sign-in, members and mail in memory, with the names and signatures of the real services."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from contract.terms import Role
from desktop.domain.errors import InvalidInput
from desktop.domain.mail import (
    Letter,
    MailCounts,
    MailId,
    MailPicture,
    MailPurpose,
    MailServer,
    MailState,
    OutgoingMail,
    OwnerNoticesWanted,
)
from desktop.domain.members import (
    DeviceId,
    Invitation,
    Member,
    MemberDevice,
    MemberId,
    MembersPicture,
)
from desktop.domain.privacy.account_deletion import (
    AccountDeletion,
    DeletionPreview,
    DeletionState,
    DeletionStep,
    DeletionStepLine,
    PreviewFate,
    PreviewLine,
)
from desktop.domain.privacy.erasure import StepState
from desktop.domain.sign_in import (
    Correction,
    Profile,
    Provider,
    ProviderKind,
    SignedIn,
    SignedOut,
    SignInStart,
)
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from desktop.services.mail import keeping as mail
from desktop.services.mail.templates import sample
from desktop.services.privacy.account_end import service as account_end
from desktop.services.privacy.erasing.service import CertificateFiles
from desktop.services.sign_in import keeping, membership, profile

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROVIDER = Provider(ProviderKind.OTHER, "https://login.example.com", "desktop")
ANN = SignedIn(PROVIDER, "ann", "Ann", "ann@reader.example", NOON)
SIGN_IN_URL = "https://login.example.com/auth?state=s"
MEMBERS = MembersPicture(
    members=(
        Member(MemberId("mem_1"), "Ann", Role.OWNER, NOON - timedelta(days=30), 2, True),  # noqa: FBT003
        Member(MemberId("mem_2"), "Bob", Role.VIEWER, None, 0, False),  # noqa: FBT003
    ),
    devices=(
        MemberDevice(DeviceId("dev_1"), "Ann", "Studio", NOON, date(2026, 11, 23), True),  # noqa: FBT003
        MemberDevice(DeviceId("dev_2"), "Ann", "Laptop", NOON, date(2026, 11, 20), False),  # noqa: FBT003
    ),
    may_manage=True,
)
SERVER = MailServer(
    host="smtp.example.com", user="owner", sender_address="notices@example.com",
    sender_name="Weather API", has_password=True,
)  # fmt: skip


def letter(number, state, reason=""):
    purpose, at = MailPurpose.INVOICE_READY, NOON - timedelta(hours=number)
    return OutgoingMail(
        MailId(f"mail_{number}"), purpose, "reader@example.com", f"Invoice 2026-00{number}",
        state, reason, 1, at, at, None if state is MailState.QUEUED else at,
    )  # fmt: skip


LETTERS = (
    letter(1, MailState.QUEUED),
    letter(2, MailState.SENT),
    letter(3, MailState.REFUSED, "The mail server refused it: 550 no such user."),
    letter(4, MailState.UNKNOWN, "The connection broke before the server answered."),
)


class SignInService(keeping.SignInService):
    def __init__(self, controls):
        self.controls = controls
        controls.signed_in = SignedIn(PROVIDER)

    @callable_from_window
    def status(self) -> SignedIn:
        self.controls.enter("SignInService.status")
        return self.controls.signed_in

    @callable_from_window
    def set_provider(self, wanted: Provider, client_secret: str | None) -> SignedIn:
        self.controls.enter("SignInService.set_provider", wanted, client_secret)
        self.controls.signed_in = SignedIn(wanted)
        return self.controls.signed_in

    @callable_from_window
    def begin(self, declares_adult: bool) -> SignInStart:  # noqa: FBT001
        self.controls.enter("SignInService.begin", declares_adult)
        return SignInStart(SIGN_IN_URL)

    @callable_from_window
    def finish(self, report: Report) -> SignedIn:
        self.controls.enter("SignInService.finish")
        report(0)
        self.controls.signed_in = ANN
        return ANN


class MembershipService(membership.MembershipService):
    def __init__(self, controls):
        self.controls = controls
        controls.members = MEMBERS

    @callable_from_window
    def picture(self) -> MembersPicture:
        self.controls.enter("MembershipService.picture")
        return self.controls.members

    @callable_from_window
    def join(self, url: str) -> SignedIn:
        self.controls.enter("MembershipService.join", url)
        self.controls.signed_in = replace(ANN, device_id="dev_1")
        return self.controls.signed_in

    @callable_from_window
    def sign_out(self) -> SignedOut:
        self.controls.enter("MembershipService.sign_out")
        self.controls.signed_in = SignedIn(PROVIDER)
        return SignedOut(told_provider=True, told_service=True)

    @callable_from_window
    def invite(self, invitation: Invitation) -> MembersPicture:
        self.controls.enter("MembershipService.invite", invitation)
        if "@" not in invitation.address:
            raise InvalidInput("This is not an e-mail address.", field="address")
        return self.controls.members

    @callable_from_window
    def change_role(self, member_id: MemberId, role: Role) -> MembersPicture:
        self.controls.enter("MembershipService.change_role", member_id, role)
        return self.controls.members

    @callable_from_window
    def remove(self, member_id: MemberId) -> MembersPicture:
        self.controls.enter("MembershipService.remove", member_id)
        return self.controls.members

    @callable_from_window
    def sign_out_device(self, device_id: DeviceId) -> MembersPicture:
        self.controls.enter("MembershipService.sign_out_device", device_id)
        return self.controls.members


class ProfileService(profile.ProfileService):
    def __init__(self, controls):
        self.controls = controls
        controls.profile = Profile("Ann", "ann@reader.example", "", None)

    @callable_from_window
    def profile(self) -> Profile:
        return self.controls.profile

    @callable_from_window
    def correct(self, wanted: Profile) -> Profile:
        self.controls.enter("ProfileService.correct", wanted)
        self.controls.profile = wanted
        return wanted

    @callable_from_window
    def corrections(self) -> tuple[Correction, ...]:
        return (Correction(NOON, "company"),)


class MailService(mail.MailService):
    def __init__(self, controls):
        self.controls = controls
        controls.mail_server = SERVER
        controls.owner_notices = OwnerNoticesWanted()

    @callable_from_window
    def picture(self) -> MailPicture:
        self.controls.enter("MailService.picture")
        controls = self.controls
        return MailPicture(
            controls.mail_server, LETTERS, MailCounts(1, 1, 1), controls.owner_notices
        )

    @callable_from_window
    def set_notices(self, wanted: OwnerNoticesWanted) -> OwnerNoticesWanted:
        self.controls.enter("MailService.set_notices", wanted)
        self.controls.owner_notices = wanted
        return wanted

    @callable_from_window
    def set_server(self, wanted: MailServer, password: str | None) -> MailServer:
        self.controls.enter("MailService.set_server", wanted, password)
        if not wanted.port:
            raise InvalidInput("A port is a number.", field="port")
        self.controls.mail_server = wanted
        return wanted

    @callable_from_window
    def forget_server(self) -> MailServer:
        self.controls.enter("MailService.forget_server")
        return MailServer()

    @callable_from_window
    def send_test(self, recipient: str) -> str:
        self.controls.enter("MailService.send_test", recipient)
        return "notices@example.com"

    @callable_from_window
    def preview(self, purpose: MailPurpose) -> Letter:
        return sample(purpose, "reader@example.com")

    @callable_from_window
    def send_now(self) -> MailPicture:
        self.controls.enter("MailService.send_now")
        return self.picture()

    @callable_from_window
    def try_again(self, mail_id: MailId) -> MailPicture:
        self.controls.enter("MailService.try_again", mail_id)
        return self.picture()

    @callable_from_window
    def cancel(self, mail_id: MailId) -> MailPicture:
        self.controls.enter("MailService.cancel", mail_id)
        return self.picture()


PREVIEW = DeletionPreview(
    (
        PreviewLine("Vault", "Usage of customers", PreviewFate.DELETED, 18_240),
        PreviewLine("Service at https://service.example", "Calls, keys, tokens",
                    PreviewFate.DELETED),
        PreviewLine("Vault", "Books: 412 documents, reports and sums", PreviewFate.KEPT, 0,
                    "Tax law wants books to be kept.", "2036-12-31"),
        PreviewLine("Your API", "Address and key of the service", PreviewFate.NOT_REACHED, 0,
                    "They open nothing any more.", "you take them out"),
    ),
    date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 7),
)  # fmt: skip
ASKED = AccountDeletion(
    DeletionState.ASKED, date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 23)
)
RUNNING = replace(
    ASKED,
    state=DeletionState.RUNNING,
    steps=(
        DeletionStepLine(
            DeletionStep.CLOSE, StepState.FAILED,
            "The service at service.example cannot be reached. It is tried again by itself.",
        ),
        *(DeletionStepLine(step, StepState.WAITING, "") for step in list(DeletionStep)[1:]),
    ),
)  # fmt: skip
DELETED = replace(
    ASKED, state=DeletionState.DONE, finished_at=NOON, books=412, books_until=date(2036, 12, 31)
)


class AccountDeletionService(account_end.AccountDeletionService):
    def __init__(self, controls):
        self.controls = controls
        controls.deletion = AccountDeletion(DeletionState.NONE)

    @callable_from_window
    def status(self) -> AccountDeletion:
        self.controls.enter("AccountDeletionService.status")
        return self.controls.deletion

    @callable_from_window
    def preview(self, zone: str) -> DeletionPreview:
        self.controls.enter("AccountDeletionService.preview", zone)
        return PREVIEW

    @callable_from_window
    def ask(self, day: date, zone: str) -> AccountDeletion:
        self.controls.enter("AccountDeletionService.ask", day, zone)
        self.controls.deletion = replace(ASKED, day=day)
        return self.controls.deletion

    @callable_from_window
    def withdraw(self) -> AccountDeletion:
        self.controls.enter("AccountDeletionService.withdraw")
        self.controls.deletion = AccountDeletion(DeletionState.NONE)
        return self.controls.deletion

    @callable_from_window
    def go_on(self, report: Report) -> AccountDeletion:
        self.controls.enter("AccountDeletionService.go_on")
        report(1, 7)
        self.controls.deletion = RUNNING
        return RUNNING

    @callable_from_window
    def go_on_without_service(self, report: Report) -> AccountDeletion:
        self.controls.enter("AccountDeletionService.go_on_without_service")
        report(1, 7)
        self.controls.deletion = DELETED
        return DELETED

    @callable_from_window
    def certificate_text(self) -> tuple[str, ...]:
        return ("The owner asked for the deletion of this account.", "What was done")

    @callable_from_window
    def write_certificate(self, path: str) -> CertificateFiles:
        self.controls.enter("AccountDeletionService.write_certificate", path)
        return CertificateFiles(path, path, "", "")

    @callable_from_window
    def write_books(self, path: str) -> ExportReceipt:
        self.controls.enter("AccountDeletionService.write_books", path)
        return ExportReceipt(path, 1, "", 412)

    @callable_from_window
    def remove_workspace(self) -> None:
        self.controls.enter("AccountDeletionService.remove_workspace")


ACCOUNT_SERVICES = (
    AccountDeletionService,
    SignInService,
    MembershipService,
    ProfileService,
    MailService,
)
