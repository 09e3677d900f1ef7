"""What runs by itself from unlock on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from desktop import paths
from desktop.services.alerts.service import AlertService
from desktop.services.billing.build import BillingGround, BillingServices, build_billing
from desktop.services.billing.webhooks import EventFeed
from desktop.services.blocks import BlockService
from desktop.services.compose.ground import Ground, build_editors
from desktop.services.compose.watching import build_after_sync, build_alerts
from desktop.services.connection import ConnectionService
from desktop.services.customers.edits import CustomerEditService
from desktop.services.daily_backup import DailyBackup
from desktop.services.embedded import CODE_HOME, EmbeddedService
from desktop.services.keeper import EmbeddedKeeper
from desktop.services.limit_history import LimitHistory
from desktop.services.live_updates import LiveUpdates
from desktop.services.login_item import LoginItem, unit_name
from desktop.services.mail.building import Mail, build_mail
from desktop.services.privacy.account_end.build import AccountEndGround, build_account_end
from desktop.services.privacy.account_end.service import AccountDeletionService
from desktop.services.privacy.build import PrivacyGround, PrivacyServices, build_privacy
from desktop.services.privacy.erasing.build import ErasingGround, ErasingServices, build_erasing
from desktop.services.privacy.erasing.following import ErasureFollower
from desktop.services.privacy.erasing.payments import connected_payments
from desktop.services.privacy.erasing.sign_in import connected_sign_in
from desktop.services.reminders import ReminderService
from desktop.services.service_archive import ServiceArchives
from desktop.services.sign_in.building import SignIn, build_sign_in
from desktop.services.storage.health import Health
from desktop.services.storage.vault import Vault
from desktop.services.sync import SyncService
from desktop.services.sync_round import RoundSteps, SyncRound
from desktop.services.upkeep import Upkeep
from desktop.services.usage_answers import UsageAnswers, build_answers


@dataclass(frozen=True, slots=True)
class Background:
    """What runs by itself from unlock on."""

    sync: SyncService
    live: LiveUpdates
    archives: ServiceArchives
    health: Health
    reminders: ReminderService
    alerts: AlertService
    upkeep: Upkeep
    mail: Mail
    billing: BillingServices
    privacy: PrivacyServices
    answers: UsageAnswers
    erasing: ErasingServices
    connection: ConnectionService
    sign_in: SignIn
    account_end: AccountDeletionService

    def start(self) -> None:
        self.mail.courier.start()
        self.sync.start()
        self.upkeep.start()
        self.live.start()

    def begin(self, vault: Vault, *, by_itself: bool) -> None:
        """Start when the vault was opened; an older copy is only read."""
        if by_itself and not vault.is_older_copy:
            self.start()

    def connected(self) -> None:
        """The workspace was connected, perhaps to another service than before."""
        _reconnect(self.sync, self.live)


def build_background(ground: Ground) -> Background:
    """Build what runs by itself; starts, reads and writes nothing yet."""
    vault, link, clock, notice = ground.vault, ground.link, ground.clock, ground.notice
    health = Health(vault)
    archives = ServiceArchives(vault, ground.store, link, ground.service_data, clock)
    reminders = ReminderService(vault, clock, notice)
    mail = build_mail(vault, ground.store, ground.contacts, (ground.new_id, clock), notice)
    privacy = _privacy(ground, mail)
    follower = ErasureFollower(vault, link)
    alerts = build_alerts(ground)
    sync = _sync(ground, privacy, follower, build_after_sync(ground, alerts, mail))
    billing = _billing(ground, sync)
    erasing = _erasing(ground, follower, (privacy, mail), sync, billing)
    answers = build_answers(vault, sync.stamp, clock, notice)
    live = LiveUpdates(link, sync.told, sync.news)
    connection, sign_in = _joined(ground, partial(_reconnect, sync, live))

    def stop() -> None:
        for one in (upkeep, mail.courier, live, sync):
            one.stop()

    account_end = _account_end(ground, sync, sign_in, privacy, stop)
    sync.account_deleted = account_end.note_deleted_elsewhere
    chores = (
        account_end.go_on_by_itself,
        sign_in.membership.renew_if_due,
        reminders.look_daily,
        DailyBackup(health, archives.make_if_embedded, notice).make_if_due,
        vault.note_in_keyring,
        privacy.packages.remove_unfinished,
        privacy.retention.run_if_due,
        answers.keeping.let_go_by_itself,
        answers.packing.pack_by_itself,
        erasing.freezing.look_again,
        erasing.erasure.go_on_with_all,
        erasing.correction.go_on_with_all,
        erasing.files.delete_due,
    )
    upkeep = Upkeep(chores)
    return Background(
        sync=sync,
        live=live,
        archives=archives,
        health=health,
        reminders=reminders,
        alerts=alerts,
        upkeep=upkeep,
        mail=mail,
        billing=billing,
        privacy=privacy,
        answers=answers,
        erasing=erasing,
        connection=connection,
        sign_in=sign_in,
        account_end=account_end,
    )


def _sync(
    ground: Ground,
    privacy: PrivacyServices,
    follower: ErasureFollower,
    concluded: Callable[[], None],
) -> SyncService:
    """Rounds of sync: who greets the service first, and what follows each round."""
    vault, link, notice = ground.vault, ground.link, ground.notice
    events = EventFeed(vault, ground.store, ground.clock, partial(notice, "billing"))
    greetings = (
        follower.greet,
        ground.identities.introduce,
        privacy.mailbox.visit,
        events.follow,
    )
    steps = RoundSteps(
        greetings, follower.follow, LimitHistory(vault, ground.clock).follow, concluded
    )
    rounds = SyncRound(vault, ground.clock, notice, steps)
    return SyncService(vault, link, rounds, EmbeddedKeeper(link, ground.embedded), notice)


def _privacy(ground: Ground, mail: Mail) -> PrivacyServices:
    return build_privacy(
        PrivacyGround(
            ground.vault,
            ground.store,
            ground.link,
            ground.new_id,
            ground.clock,
            mail.outbox,
            ground.notice,
        )
    )


def _erasing(
    ground: Ground,
    follower: ErasureFollower,
    desks: tuple[PrivacyServices, Mail],
    sync: SyncService,
    billing: BillingServices,
) -> ErasingServices:
    vault, clock = ground.vault, ground.clock
    privacy, mail = desks
    rows, _ = build_editors(ground, sync)
    return build_erasing(
        ErasingGround(
            vault=vault,
            store=ground.store,
            link=ground.link,
            follower=follower,
            requests=privacy.requests,
            approvals=privacy.approvals,
            between_rounds=sync.between_rounds,
            writers=(rows, BlockService(vault, rows, ground.new_id, clock), mail.outbox),
            customers=CustomerEditService(vault, rows, clock),
            new_id=ground.new_id,
            clock=clock,
        ),
        lambda: (
            *connected_payments(vault, billing.gateways, clock),
            *connected_sign_in(vault, ground.link),
        ),
    )


def _account_end(
    ground: Ground,
    sync: SyncService,
    sign_in: SignIn,
    privacy: PrivacyServices,
    stop: Callable[[], None],
) -> AccountDeletionService:
    return build_account_end(
        AccountEndGround(
            vault=ground.vault,
            link=ground.link,
            sync=sync,
            membership=sign_in.membership,
            keyring=ground.keyring,
            computer=_computer(ground),
            logs=paths.logs(),
            books_months=privacy.retention.months_of_books,
            new_id=ground.new_id,
            clock=ground.clock,
            notice=ground.notice,
            stop=stop,
        )
    )


def _billing(ground: Ground, sync: SyncService) -> BillingServices:
    return build_billing(
        BillingGround(
            vault=ground.vault,
            store=ground.store,
            link=ground.link,
            contacts=ground.contacts,
            new_id=ground.new_id,
            clock=ground.clock,
            stamp=sync.stamp,
            notice=ground.notice,
            gateways=ground.gateways,
        )
    )


def _joined(ground: Ground, connected: Callable[[], None]) -> tuple[ConnectionService, SignIn]:
    """The way to the service, and who may use it."""
    vault, store, link = ground.vault, ground.store, ground.link
    connection = ConnectionService(vault, store, link, _computer(ground), connected)
    return connection, build_sign_in(
        (vault, store), ground.contacts, link, connection, ground.clock
    )


def _reconnect(sync: SyncService, live: LiveUpdates) -> None:
    """The workspace was connected, perhaps to another service than before."""
    sync.connected()
    live.reconnect()


def _computer(ground: Ground) -> tuple[EmbeddedService, LoginItem]:
    """The service of this computer, and what starts it at login."""
    unit = unit_name(ground.service_data)
    return ground.embedded, LoginItem(ground.embedded.command, CODE_HOME, unit)
