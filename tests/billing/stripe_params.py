"""Judges requests by the parameter types of the installed library, for exactly its version."""

import decimal
import re
import sys
import typing
from functools import cache
from importlib import import_module
from urllib.parse import parse_qsl

import typing_extensions as te
from stripe._stripe_context import StripeContext

NAMES = {
    **vars(typing), "NotRequired": te.NotRequired, "TypedDict": te.TypedDict,
    "Literal": te.Literal, "Decimal": decimal.Decimal, "StripeContext": StripeContext,
}  # fmt: skip
OPTIONS = {"api_key", "idempotency_key", "stripe_account", "stripe_context", "stripe_version",
           "max_network_retries", "headers", "content_type"}  # fmt: skip

ROUTES = [
    (r"GET /v1/account", None), (r"GET /v1/balance", "BalanceRetrieveParams"),
    (r"GET /v1/products", "ProductListParams"), (r"POST /v1/products", "ProductCreateParams"),
    (r"POST /v1/products/\w+", "ProductUpdateParams"),
    (r"GET /v1/products/[\w-]+", "ProductRetrieveParams"),
    (r"GET /v1/prices", "PriceListParams"), (r"POST /v1/prices", "PriceCreateParams"),
    (r"POST /v1/prices/\w+", "PriceUpdateParams"),
    (r"GET /v1/prices/\w+", "PriceRetrieveParams"),
    (r"GET /v1/customers", "CustomerListParams"), (r"POST /v1/customers", "CustomerCreateParams"),
    (r"GET /v1/customers/\w+", "CustomerRetrieveParams"),
    (r"POST /v1/customers/\w+", "CustomerUpdateParams"),
    (r"DELETE /v1/customers/\w+", "CustomerDeleteParams"),
    (r"GET /v1/subscriptions", "SubscriptionListParams"),
    (r"POST /v1/subscriptions", "SubscriptionCreateParams"),
    (r"GET /v1/subscriptions/\w+", "SubscriptionRetrieveParams"),
    (r"POST /v1/subscription_items/\w+", "SubscriptionItemUpdateParams"),
    (r"GET /v1/invoices", "InvoiceListParams"),
    (r"POST /v1/invoices/create_preview", "InvoiceCreatePreviewParams"),
    (r"GET /v1/invoices/\w+", "InvoiceRetrieveParams"),
    (r"GET /v1/charges", "ChargeListParams"), (r"GET /v1/charges/\w+", "ChargeRetrieveParams"),
    (r"GET /v1/refunds", "RefundListParams"), (r"GET /v1/refunds/\w+", "RefundRetrieveParams"),
    (r"GET /v1/credit_notes", "CreditNoteListParams"),
    (r"GET /v1/credit_notes/\w+", "CreditNoteRetrieveParams"),
    (r"GET /v1/payouts", "PayoutListParams"), (r"GET /v1/payouts/\w+", "PayoutRetrieveParams"),
    (r"GET /v1/events", "EventListParams"),
    (r"GET /v1/billing/meters", "billing.MeterListParams"),
    (r"POST /v1/billing/meters", "billing.MeterCreateParams"),
    (r"GET /v1/billing/meters/\w+/event_summaries", "billing.MeterEventSummaryListParams"),
    (r"POST /v1/billing/meters/\w+/reactivate", "billing.MeterReactivateParams"),
    (r"POST /v1/billing/meters/\w+", "billing.MeterUpdateParams"),
    (r"GET /v1/billing/meters/\w+", "billing.MeterRetrieveParams"),
    (r"POST /v1/billing/meter_events", "billing.MeterEventCreateParams"),
    (r"POST /v1/billing/meter_event_adjustments", "billing.MeterEventAdjustmentCreateParams"),
    (r"POST /v2/billing/meter_event_session", "v2.billing.MeterEventSessionCreateParams"),
    (r"POST /v2/billing/meter_event_stream", "v2.billing.MeterEventStreamCreateParams"),
]  # fmt: skip


class Misfit(Exception):
    """A request that the library's own types do not allow; the text names the field."""


def decoded(text):
    """A form body, or a query, as the nested values it stands for."""
    tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [name.partition("[")[0], *re.findall(r"\[([^\]]*)\]", name)]
        here = tree
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1]] = value
    return _with_lists(tree)


def checked(operation, values):
    """The values with the types they should have. Raises: Misfit; KeyError for no such route."""
    for pattern, name in ROUTES:
        if re.fullmatch(pattern, operation):
            return values if name is None else _typed(_model(name), values, "")
    raise KeyError(operation)


def _model(name):
    package, _, model = name.rpartition(".")
    return getattr(import_module(".".join(filter(None, ["stripe.params", package]))), model)


@cache
def _hints(model):
    names = {**NAMES, **vars(sys.modules[model.__module__])}
    return te.get_type_hints(model, globalns=names, include_extras=True)


def _with_lists(value):
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(one) for key, one in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _typed(model, values, place):
    hints = _hints(model)
    unknown = values.keys() - hints.keys() | values.keys() & OPTIONS
    if unknown:
        raise Misfit(f"Received unknown parameter: {place}{min(unknown)}")
    for name in model.__required_keys__ - OPTIONS - values.keys():
        raise Misfit(f"Missing required param: {place}{name}")
    return {name: _of(hints[name], value, f"{place}{name}") for name, value in values.items()}


def _of(hint, value, place):  # noqa: PLR0911 - one for each kind of hint
    origin, arguments = te.get_origin(hint), te.get_args(hint)
    if origin in {te.NotRequired, te.Required}:
        return _of(arguments[0], value, place)
    if origin is typing.Union:
        return _of_any(arguments, value, place)
    if origin is te.Literal:
        return _must(value in arguments, value, place)
    if origin is list:
        _must(isinstance(value, list), value, place)
        return [_of(arguments[0], one, f"{place}[{n}]") for n, one in enumerate(value)]
    if origin is dict:
        _must(isinstance(value, dict), value, place)
        return {key: _of(arguments[1], one, f"{place}[{key}]") for key, one in value.items()}
    if te.is_typeddict(hint):
        _must(isinstance(value, dict), value, place)
        return _typed(hint, value, f"{place}.")
    return _scalar(hint, value, place)


def _of_any(choices, value, place):
    problem = None
    for choice in choices:
        try:
            return _of(choice, value, place)
        except Misfit as error:
            problem = problem or error
    raise problem


def _scalar(hint, value, place):
    if hint is bool:
        return _must(str(value).lower() in {"true", "false"}, str(value).lower() == "true", place)
    if hint is int:
        return int(_must(re.fullmatch(r"-?\d+", str(value)), value, place))
    if hint is decimal.Decimal:
        _must(re.fullmatch(r"-?\d+(\.\d{1,12})?", str(value)), value, place)
        return decimal.Decimal(str(value))
    if hint is str:
        return _must(isinstance(value, str), value, place)
    raise Misfit(f"Invalid value: {place}")


def _must(is_so, value, place):
    if not is_so:
        raise Misfit(f"Invalid value: {place}")
    return value
