"""Judges requests and answers by the classes of Paddle's own library, of the installed version."""

import dataclasses
import types
import typing

from paddle_billing.Entities.Adjustment import Adjustment
from paddle_billing.Entities.Customer import Customer
from paddle_billing.Entities.Event import Event
from paddle_billing.Entities.Price import Price
from paddle_billing.Entities.Product import Product
from paddle_billing.Entities.Shared import CustomData
from paddle_billing.Entities.Subscription import Subscription
from paddle_billing.Entities.Transaction import Transaction
from paddle_billing.PaddleStrEnum import PaddleStrEnum
from paddle_billing.Resources.Customers.Operations import UpdateCustomer
from paddle_billing.Resources.Prices.Operations import CreatePrice, UpdatePrice
from paddle_billing.Resources.Products.Operations import CreateProduct, UpdateProduct
from paddle_billing.Resources.Subscriptions.Operations import CreateOneTimeCharge
from paddle_billing.Resources.Transactions.Operations import CreateTransaction

ENTITIES = {
    "products": Product,
    "prices": Price,
    "customers": Customer,
    "subscriptions": Subscription,
    "transactions": Transaction,
    "adjustments": Adjustment,
    "events": Event,
}
CREATING = {
    "products": CreateProduct,
    "prices": CreatePrice,
    "transactions": CreateTransaction,
    "charge": CreateOneTimeCharge,
}
UPDATING = {"products": UpdateProduct, "prices": UpdatePrice, "customers": UpdateCustomer}


class Refused(Exception):
    """The library knows no such request."""


def judge(operation, body):
    """Raise `Refused` with the field, unless the body is one of the operation's."""
    fields = {field.name: field for field in dataclasses.fields(operation)}
    hints = typing.get_type_hints(operation)
    for name, value in body.items():
        if name not in fields:
            raise Refused(f"{name}: unknown")
        _fits(hints[name], value, name)
    needed = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    if missing := needed - body.keys():
        raise Refused(f"{min(missing)}: missing")


def answers_as(resource, body):
    """An object of the stand-in, once the library's entity can be made of it."""
    ENTITIES[resource].from_dict(body)
    return body


def _fits(hint, value, name):
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    reasons = []
    for option in options:
        try:
            _is(option, value, name)
        except Refused as refusal:
            reasons.append(refusal)
        else:
            return
    raise reasons[0]


def _is(option, value, name):
    if isinstance(option, types.ModuleType):  # 1.16.1 names a module where it means its class
        option = getattr(option, option.__name__.rpartition(".")[2])
    if typing.get_origin(option) is list:
        if not isinstance(value, list):
            raise Refused(f"{name}: no list")
        for one in value:
            _fits(typing.get_args(option)[0], one, name)
    elif dataclasses.is_dataclass(option) and isinstance(value, dict):
        judge(option, value)
    elif option is CustomData and isinstance(value, dict):
        return
    elif isinstance(option, type) and issubclass(option, PaddleStrEnum):
        if not isinstance(value, str) or option(value).name == "Undefined":
            raise Refused(f"{name}: not one of the values")
    elif not isinstance(option, type) or type(value) is not option:
        raise Refused(f"{name}: of the wrong type")
