"""Counts the rows of a file of a package, which come in chunks of any size, and checks them."""

from typing import Annotated, Any, Final, Protocol

import msgspec

from desktop.services.privacy.package.datasets import SCHEMAS, Kind

LONGEST: Final = 1 << 24
"""Bytes of a row; a longer one is not held in memory."""
QUOTE: Final = b'"'
NEWLINE: Final = b"\n"


class WrongRow(ValueError):
    """A row does not fit its schema."""


class RowCount(Protocol):
    rows: int

    def take(self, chunk: bytes) -> None:
        """Raises: WrongRow."""

    def end(self) -> None:
        """Nothing follows. Raises: WrongRow."""


class Lines:
    """Rows of NDJSON, each held against its schema."""

    def __init__(self, schema: bytes) -> None:
        """Raises: WrongRow where the schema is none that this program writes."""
        self.rows = 0
        self._decoder = msgspec.json.Decoder(_row_type(schema))
        self._begun = b""

    def take(self, chunk: bytes) -> None:
        whole, newline, rest = chunk.rpartition(NEWLINE)
        if newline:
            self._check(self._begun + whole)
            self._begun = rest
        else:
            self._begun += rest
        if len(self._begun) > LONGEST:
            raise WrongRow

    def end(self) -> None:
        self._check(self._begun)

    def _check(self, lines: bytes) -> None:
        try:
            self.rows += len(self._decoder.decode_lines(lines))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise WrongRow from error


class Table:
    """Rows of CSV below the names of the columns: line ends outside of quotes.

    Where a chunk ends does not matter, for two quotes in a row leave it as it was whether one is
    inside or outside.
    """

    def __init__(self) -> None:
        self.rows = -1
        self._is_inside = False

    def take(self, chunk: bytes) -> None:
        pieces = chunk.replace(QUOTE * 2, b"").split(QUOTE)
        self.rows += b"".join(pieces[self._is_inside :: 2]).count(NEWLINE)
        self._is_inside ^= len(pieces) % 2 == 0

    def end(self) -> None:
        if self._is_inside:
            raise WrongRow


class NoRows:
    """A file that is no list."""

    def __init__(self) -> None:
        self.rows = 0

    def take(self, chunk: bytes) -> None:
        pass

    def end(self) -> None:
        pass


def _row_type(schema: bytes) -> type[msgspec.Struct]:
    """What a row is decoded as, so that it fits the schema; as `Dataset.schema` writes it."""
    try:
        document = msgspec.json.decode(schema)
        fields = document["properties"]
        if set(document["required"]) != set(fields) or document["additionalProperties"]:
            raise WrongRow
        kinds = [_value_type(facts) for facts in fields.values()]
    except (msgspec.MsgspecError, LookupError, TypeError, AttributeError) as error:
        raise WrongRow from error
    # A name may be any text; those of the attributes are our own.
    names = {f"value_{number}": name for number, name in enumerate(fields)}
    parts: list[Any] = list(zip(names, kinds, strict=True))
    return msgspec.defstruct("Row", parts, rename=names, forbid_unknown_fields=True)


def _value_type(facts: dict[str, str]) -> Any:  # noqa: ANN401 (a type)
    given = {name: value for name, value in facts.items() if name != "description"}
    kind = next((kind for kind, schema in SCHEMAS.items() if schema == given), None)
    match kind:
        case None:
            raise WrongRow
        case Kind.WHOLE:
            return int
        case Kind.YES_NO:
            return bool
        case _:
            return Annotated[str, msgspec.Meta(pattern=given.get("pattern"))]
