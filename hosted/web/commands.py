"""Changes that people make on the website."""

from dataclasses import dataclass

from hosted.storage.base import Transaction
from hosted.storage.privacy_records import ChoiceRow, SubmissionRow


@dataclass(frozen=True, slots=True, repr=False)
class AddSubmission:
    """Stores what was sealed; whether there was room."""

    row: SubmissionRow

    def apply(self, transaction: Transaction) -> bool:
        return transaction.add_submission(self.row)


@dataclass(frozen=True, slots=True)
class Choose:
    """Stores choices of one person."""

    rows: tuple[ChoiceRow, ...]

    def apply(self, transaction: Transaction) -> None:
        for row in self.rows:
            transaction.put_web_choice(row)
