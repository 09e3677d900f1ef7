"""The conflicts a page is about: loaded, shown one at a time, decided."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from desktop.domain.editing import Conflict
from desktop.domain.errors import AppError
from desktop.services.conflicts import ConflictService
from desktop.views.conflict_panel import ConflictPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ConflictDesk(ConflictPanel):
    """A conflict panel that asks the core by itself."""

    decided = Signal()
    """A conflict was decided; what is on screen may be another row now."""
    failed = Signal(object)
    """An `AppError`."""

    def __init__(
        self, jobs: "Jobs", entities: frozenset[str] = frozenset(), *, by_field: bool = False
    ) -> None:
        """Make a desk without conflicts.

        Args:
            jobs: the bridge to the core.
            entities: the kinds of rows it is about; none is every kind.
            by_field: also let fields be chosen one by one, and both versions be kept.
        """
        super().__init__(by_field=by_field)
        self._jobs = jobs
        self._entities = entities
        self.keep_mine_wanted.connect(self._keep_mine)
        self.keep_theirs_wanted.connect(self._keep_theirs)
        self.keep_both_wanted.connect(self._keep_both)
        self.keep_fields_wanted.connect(self._keep_fields)

    def load(self) -> None:
        """Ask for the conflicts there are."""
        self._jobs.start(
            ConflictService.conflicts, done=self._take, failed=self.failed.emit, owner=self
        )

    def _take(self, conflicts: tuple[Conflict, ...]) -> None:
        wanted = (one for one in conflicts if not self._entities or one.entity in self._entities)
        self.show_conflicts(tuple(wanted))

    def _keep_mine(self, conflict_id: int) -> None:
        self._carry_out(ConflictService.keep_mine, conflict_id)

    def _keep_theirs(self, conflict_id: int) -> None:
        self._carry_out(ConflictService.keep_theirs, conflict_id)

    def _keep_both(self, conflict_id: int) -> None:
        self._carry_out(ConflictService.keep_both, conflict_id)

    def _keep_fields(self, conflict_id: int, mine: tuple[str, ...]) -> None:
        self._carry_out(ConflictService.keep_fields, conflict_id, mine)

    def _carry_out(self, method: Callable[..., None], *arguments: object) -> None:
        def refused(error: AppError) -> None:
            self.allow_decision()
            self.failed.emit(error)

        self._jobs.start(
            method, *arguments, done=lambda _: self.decided.emit(), failed=refused, owner=self
        )
