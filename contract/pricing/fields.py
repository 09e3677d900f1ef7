"""Reading of JSON objects by field, with errors that name the field."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from contract.pricing.errors import InvalidField
from contract.pricing.exact import MAX_DIGITS, number
from contract.pricing.rule import ZERO

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """One JSON object. A member that is null counts as missing.

    Every reader raises InvalidField with the member's path, such as `tiers[2].up_to`.
    """

    __slots__ = ("_members", "_path")

    def __init__(self, value: object, path: str = "", known: Collection[str] = ()) -> None:
        if not isinstance(value, dict):
            raise InvalidField(f"An object is needed here, not {kind_of(value)}.", field=path)
        self._members: Mapping[str, object] = value
        self._path = path
        if unknown := [name for name in value if known and name not in known]:
            raise InvalidField(
                f'There is no field "{unknown[0]}" here. The fields are: '
                f"{', '.join(sorted(known))}.",
                field=self.path(unknown[0]),
            )

    def only(self, names: Collection[str]) -> "Fields":
        """The same object without its other members."""
        return Fields({n: v for n, v in self._members.items() if n in names}, self._path)

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        return self._members.get(name) is not None

    def raw(self, name: str) -> object:
        return self._members.get(name)

    def names(self) -> Iterator[str]:
        """Members that are not missing."""
        return (name for name, value in self._members.items() if value is not None)

    def decimal(
        self, name: str, *, least: Decimal | None = None, most: Decimal | None = None
    ) -> Decimal | None:
        """A number in a range, its ends included; None when it is missing."""
        if not self.has(name):
            return None
        value = number_of(self._members[name], self.path(name))
        if least is not None and value < least:
            what = "be below zero" if least == ZERO else f"be below {least}"
            raise InvalidField(
                f"{value} is too small: this must not {what}.", field=self.path(name)
            )
        if most is not None and value > most:
            raise InvalidField(
                f"{value} is too large: this must not be above {most}.", field=self.path(name)
            )
        return value

    def price(self, name: str) -> Decimal | None:
        """A number that is not below zero."""
        return self.decimal(name, least=ZERO)

    def needed(self, name: str, value: Decimal | None) -> Decimal:
        """The value, or the error that it is missing."""
        if value is None:
            raise self.missing(name)
        return value

    def missing(self, name: str) -> InvalidField:
        return InvalidField(f"{name} is missing.", field=self.path(name))

    def positive(self, name: str) -> Decimal | None:
        """A number above zero."""
        value = self.decimal(name)
        if value is not None and value <= ZERO:
            raise InvalidField(
                f"{value} is too small: this must be above zero.", field=self.path(name)
            )
        return value

    def whole(self, name: str, most: int) -> int | None:
        """A whole number from 0 to `most`."""
        value = self.decimal(name, least=ZERO, most=Decimal(most))
        if value is None:
            return None
        if value != value.to_integral_value():
            raise InvalidField(f"{value} is not a whole number.", field=self.path(name))
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false; missing is false."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, bool):
            raise InvalidField(
                f"true or false is needed here, not {kind_of(value)}.", field=self.path(name)
            )
        return bool(value)

    def text(self, name: str) -> str | None:
        value = self._members.get(name)
        return None if value is None else text_of_member(value, self.path(name))

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """One of the words of an enumeration."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError as error:
            raise InvalidField(
                f'"{shortened(value)}" is not known here. Write one of: {", ".join(choices)}.',
                field=self.path(name),
            ) from error

    def items(self, name: str) -> list[object] | None:
        """The members of a list."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, list):
            raise InvalidField(
                f"A list is needed here, not {kind_of(value)}.", field=self.path(name)
            )
        return value

    def numbers_by_name(
        self, name: str, *, least: Decimal | None = None
    ) -> dict[str, Decimal | None] | None:
        """An object of numbers; null stays None."""
        if not self.has(name):
            return None
        inner = Fields(self._members[name], self.path(name))
        return {key: inner.decimal(key, least=least) for key in inner._members}


def number_of(value: object, path: str) -> Decimal:
    """A number that is written as decimal text, or as a JSON number without a point."""
    if isinstance(value, float) and isfinite(value):
        raise InvalidField(
            "This number is not in quotes. A number with a point or an exponent is written as "
            'text, such as "0.0009", so that no digit is lost.',
            field=path,
        )
    is_written = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if not is_written:
        raise InvalidField(
            f'A number in quotes is needed here, such as "0.0009", not {kind_of(value)}.',
            field=path,
        )
    found = number(str(value))
    if found is None:
        raise InvalidField(
            f'"{shortened(str(value))}" is not a number. Write digits, and a point before the '
            f"decimals; at most {MAX_DIGITS} digits on each side.",
            field=path,
        )
    return found


def text_of_member(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidField(f"Text is needed here, not {kind_of(value)}.", field=path)
    return value


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


def shortened(text: str) -> str:
    """Text that may be long, for a message."""
    longest = 40
    return text if len(text) <= longest else text[:longest] + "…"
