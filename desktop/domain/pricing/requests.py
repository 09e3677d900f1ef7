"""Answers rating requests of the form `{"rule": {…}, "usage": {…}}`."""

import json
from typing import Final

from contract.pricing.errors import InvalidField
from contract.pricing.fields import Fields
from contract.pricing.parsing import rule_from
from contract.pricing.rule import Model
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.calculations import Calculation, calculated
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import Rated
from desktop.domain.pricing.usage_parsing import usage_from

_ENCODER: Final = json.JSONEncoder(check_circular=False)
MAX_ENGINES: Final = 64
MAX_KEPT_CHARACTERS: Final = 65_536
"""Longer rules are compiled anew each time, so that what is kept stays small."""


class Requests:
    """Rates requests one after the other; a rule that comes again is compiled once.

    Memory is bounded: some compiled rules are kept, then all are forgotten.
    """

    __slots__ = ("_engines",)

    def __init__(self) -> None:
        self._engines: dict[str, RatingEngine] = {}

    def rated(self, request: object) -> Rated:
        """The answer to one request. Raises: InvalidInput with the field."""
        try:
            return self._rated(request)
        except InvalidField as error:
            raise InvalidInput(str(error), field=error.field) from error

    def _rated(self, request: object) -> Rated:
        members = Fields(request)
        if not members.has("rule"):
            raise members.missing("rule")
        rule, usage = members.raw("rule"), members.raw("usage")
        if calculation := _calculation(rule):
            return calculated(calculation, _merged(rule, usage))
        engine = self._engine(rule)
        return engine.rate(usage_from(_object(usage, "usage"), engine.rule))

    def _engine(self, rule: object) -> RatingEngine:
        written = _ENCODER.encode(rule)
        engine = self._engines.get(written)
        if engine is None:
            engine = RatingEngine(rule_from(rule))
            self._keep(written, engine)
        return engine

    def _keep(self, written: str, engine: RatingEngine) -> None:
        if len(self._engines) == MAX_ENGINES:
            self._engines.clear()
        if len(written) <= MAX_KEPT_CHARACTERS:
            self._engines[written] = engine


def _calculation(rule: object) -> Calculation | None:
    """Which calculation a rule names; None for price lists."""
    model = Fields(rule, "rule").text("model")
    if model is None or model in Model._value2member_map_:
        return None
    if model in Calculation._value2member_map_:
        return Calculation(model)
    raise InvalidField(
        f"This model is not known. Write one of: {', '.join((*Model, *Calculation))}.",
        field="model",
    )


def _object(value: object, name: str) -> object:
    """The value; an empty object where it is missing. Raises: InvalidField with this name."""
    given = {} if value is None else value
    Fields(given, name)
    return given


def _merged(rule: object, usage: object) -> dict[str, object]:
    """Members of rule and usage together: for calculations it does not matter where they stand."""
    merged: dict[str, object] = {}
    for part in (rule, _object(usage, "usage")):
        fields = Fields(part)
        for name in fields.names():
            if name in merged:
                raise InvalidField(f"{name} stands in the rule and in the usage.", field=name)
            merged[name] = fields.raw(name)
    return merged
