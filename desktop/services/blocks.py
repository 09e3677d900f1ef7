"""Blocks and the limits of single customers: rules beside the policies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.identifiers import override_id
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, BlockId, OverrideId
from desktop.domain.policies import (
    Advice,
    Block,
    BlockDraft,
    Customer,
    LimitDraft,
    LimitOverride,
    RuledBlock,
)
from desktop.domain.policy_text import checked_limits, checked_method, checked_url
from desktop.services.calls import callable_from_window
from desktop.services.endpoint_rules import sdk_kinds
from desktop.services.storage import customers
from desktop.services.storage.rows import BLOCKS, OVERRIDES
from desktop.services.usage_labels import customer_labels, pseudonym

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault

MAX_REASON: Final = 500


class BlockService:
    def __init__(
        self,
        vault: "Vault",
        rows: "RowEditor",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._rows = rows
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def blocks(self, application_id: ApplicationId) -> tuple[RuledBlock, ...]:
        """Every block of an application that still holds, with the names of whom it stops."""
        with self._vault.reading() as db:
            found = BLOCKS.of_application(db, application_id)
            names = customer_labels(db, [b.customer_id for b in found if b.customer_id])
        now = self._clock()
        return tuple(
            RuledBlock(block, names[block.customer_id] if block.customer_id else "")
            for block in found
            if block.expires_at is None or block.expires_at > now
        )

    @callable_from_window
    def block(self, draft: BlockDraft) -> Block:
        """Close an endpoint, for everybody or for one customer, and queue it.

        Raises: InvalidInput (field `method`, `url`, `reason` or `hours`), VaultError.
        """
        reason = checked_reason(draft.reason)
        if draft.hours is not None and draft.hours < 1:
            raise InvalidInput(
                "A block lasts an hour at least. Nothing was changed.", field="hours"
            )
        expires = None if draft.hours is None else self._clock() + timedelta(hours=draft.hours)
        block = Block(
            block_id=BlockId(f"block_{self._new_id()}"),
            application_id=draft.application_id,
            method=checked_method(draft.method),
            url=checked_url(draft.url),
            customer_id=draft.customer_id,
            reason=reason,
            expires_at=expires,
        )
        return self._rows.save(BLOCKS, block)

    @callable_from_window
    def unblock(self, block_id: BlockId) -> None:
        """Open an endpoint again and queue it; nothing happens where there is no such block."""
        self._rows.delete(BLOCKS, block_id)

    def lift(self, db: "Connection", block_id: BlockId) -> None:
        """The same within a transaction; the caller has the edit sent."""
        self._rows.remove(db, BLOCKS, block_id)

    @callable_from_window
    def restore_block(self, block: Block) -> Block:
        """Undo an unblocking."""
        return self._rows.save(BLOCKS, block)

    @callable_from_window
    def discard_block(self, block_id: BlockId) -> None:
        """Drop an edit of a block that the service refused."""
        self._rows.discard_rejected(BLOCKS, block_id)

    @callable_from_window
    def advice(self, draft: BlockDraft) -> tuple[Advice, ...]:
        """How soon and how completely each SDK keeps such a block."""
        from desktop.services.sdk_advice import advice_on_block  # not for the window to load

        with self._vault.reading() as db:
            kinds = sdk_kinds(db, draft.application_id)
        return advice_on_block(draft, kinds)

    @callable_from_window
    def customers(self, application_id: ApplicationId) -> tuple[Customer, ...]:
        """Callers to choose from, those with a name first."""
        with self._vault.reading() as db:
            found = customers.of_application(db, application_id)
        return tuple(Customer(customer, name or pseudonym(customer)) for customer, name in found)

    @callable_from_window
    def override_limits(
        self, override: LimitOverride, limits: tuple[LimitDraft, ...], days: int | None
    ) -> LimitOverride:
        """Give one customer other limits of a policy, none at all when `limits` is empty.

        `days` is how long; None is for good. The id follows from policy and customer.
        Raises: InvalidInput (field `reason`, `days`, `limits.N.…`), VaultError.
        """
        if days is not None and days < 1:
            raise InvalidInput("An exception lasts a day at least. Nothing changed.", field="days")
        expires = None if days is None else self._clock() + timedelta(days=days)
        made = replace(
            override,
            override_id=OverrideId(override_id(override.policy_id, override.customer_id)),
            limits=checked_limits(limits),
            reason=checked_reason(override.reason),
            expires_at=expires,
        )
        return self._rows.save(OVERRIDES, made)

    @callable_from_window
    def remove_override(self, override_id: OverrideId) -> None:
        """Let a customer have the policy's limits again."""
        self._rows.delete(OVERRIDES, override_id)

    @callable_from_window
    def restore_override(self, override: LimitOverride) -> LimitOverride:
        """Undo a removal."""
        return self._rows.save(OVERRIDES, override)


def checked_reason(text: str) -> str:
    """Raises: InvalidInput (field `reason`)."""
    reason = text.strip()
    if len(reason) > MAX_REASON:
        raise InvalidInput(
            f"This reason is longer than {MAX_REASON} characters. Nothing was changed.",
            field="reason",
        )
    return reason
