"""The error of everything that reads a price."""


class InvalidField(Exception):
    """A member that cannot be used. The text is for the owner."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        """Path of the member, such as `tiers[2].up_to`; None for the whole."""
