"""Puts the services of erasing together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.privacy.erasure import PROCESSORS
from desktop.services.privacy.correcting import CorrectionService
from desktop.services.privacy.erasing.following import ErasureFollower
from desktop.services.privacy.erasing.holds import HoldService
from desktop.services.privacy.erasing.planning import Planner
from desktop.services.privacy.erasing.processors import NotConnected, Processor
from desktop.services.privacy.erasing.running import Runner, Surroundings
from desktop.services.privacy.erasing.service import ErasureService, Machinery
from desktop.services.privacy.freezing import FreezeService
from desktop.services.privacy.telling import TellingService
from desktop.services.privacy.written_files import WrittenFileService

if TYPE_CHECKING:
    from desktop.services.blocks import BlockService
    from desktop.services.customers.edits import CustomerEditService
    from desktop.services.link import ServiceLink
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.privacy.approvals import ApprovalService
    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.row_editor import RowEditor
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class ErasingGround:
    """What the services of erasing stand on."""

    vault: "Vault"
    store: "SecretStore"
    link: "ServiceLink"
    follower: ErasureFollower
    requests: "PrivacyRequestService"
    approvals: "ApprovalService"
    between_rounds: Callable[[], AbstractContextManager[None]]
    writers: "tuple[RowEditor, BlockService, MailOutbox]"
    customers: "CustomerEditService"
    new_id: Callable[[], str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ErasingServices:
    """Everything about erasing that the window and the command line may ask for."""

    erasure: ErasureService
    holds: HoldService
    freezing: FreezeService
    files: WrittenFileService
    telling: TellingService
    correction: CorrectionService

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        return tuple(getattr(self, field.name) for field in fields(self))


def build_erasing(
    ground: ErasingGround, connected: Callable[[], tuple[Processor, ...]] = tuple
) -> ErasingServices:
    """Build the services; reads and writes nothing yet.

    `connected` gives the processors that this workspace has a connection to.
    """

    def processors() -> tuple[Processor, ...]:
        known = {one.place: one for one in connected()}
        missing = (NotConnected(place) for place in PROCESSORS if place not in known)
        return (*known.values(), *missing)

    freezing = FreezeService(ground.vault, ground.store, ground.writers, ground.clock)
    ground.requests.freezer = freezing
    planner = Planner(ground.link, processors)
    files = WrittenFileService(ground.vault, ground.clock)
    telling = TellingService(ground.vault, ground.writers[2], ground.clock)
    outside = Surroundings(
        ground.link,
        processors,
        ground.between_rounds,
        files.delete_due,
        telling.begin,
        ground.clock,
    )
    runner = Runner(ground.vault, outside, planner)
    holds = HoldService(ground.vault, (ground.new_id, ground.clock))
    return ErasingServices(
        erasure=ErasureService(
            ground.vault,
            ground.store,
            (ground.requests, ground.approvals),
            Machinery(planner, runner, ground.follower, holds),
            (ground.new_id, ground.clock),
        ),
        holds=holds,
        freezing=freezing,
        files=files,
        telling=telling,
        correction=CorrectionService(
            ground.vault, ground.customers, (processors, telling), (ground.new_id, ground.clock)
        ),
    )
