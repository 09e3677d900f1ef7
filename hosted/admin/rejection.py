"""The refusal of an edit."""


class Rejected(Exception):
    """An edit that cannot be taken. The text is for the owner."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
