"""Words that both sides use, free of any library: the window loads them too."""

from enum import StrEnum


class Role(StrEnum):
    """What a token may do.

    An owner may do everything, an editor everything but tokens and roles. A viewer reads usage and
    configuration. A privacy officer reads, and acts on people's data only.
    """

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    PRIVACY_OFFICER = "privacy_officer"


class PolicyKind(StrEnum):
    """What a policy is about: calls of an endpoint, or calls of a function inside one."""

    API = "api"
    FUNCTION = "function"


class IdentityLocation(StrEnum):
    """Where the SDK finds the caller's identity, in the spelling every SDK understands."""

    HEADERS = "headers"
    QUERY = "query_params"
    PATH = "path_params"
    BODY = "body"
    BEARER = "bearer_token"
    COOKIE = "cookie"


class LimitInterval(StrEnum):
    """Length of a limit's window, in the application's time zone."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class LimitKind(StrEnum):
    """How a limit counts.

    A fixed window begins anew at each interval's start; a sliding window looks back over one
    interval from each call; a token bucket fills evenly and holds `burst` at most.
    """

    FIXED_WINDOW = "fixed_window"
    SLIDING_WINDOW = "sliding_window"
    TOKEN_BUCKET = "token_bucket"  # noqa: S105 - the name of an algorithm


class LimitCounts(StrEnum):
    """What a limit counts."""

    CALLS = "calls"
    UNITS = "units"


class LimitScope(StrEnum):
    """Whether each identity has the limit for itself, or all callers share it."""

    IDENTITY = "identity"
    APPLICATION = "application"


class LimitEffect(StrEnum):
    """A soft limit warns the owner only."""

    REFUSE = "refuse"
    WARN = "warn"


class MeteringTrigger(StrEnum):
    """When a call counts: always, with a status below 400, or when `condition` is true."""

    REQUEST = "request"
    SUCCESS = "success"
    RESPONSE_VALUE = "response_value"


class CapInterval(StrEnum):
    """Billing period of a cap, in the application's time zone."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ConnectionState(StrEnum):
    """`silent` has open sockets that send nothing; `lost` had some and has none now."""

    NEVER = "never"
    CONNECTED = "connected"
    SILENT = "silent"
    LOST = "lost"


class TraceState(StrEnum):
    """Where a call stands: held, used, run out, or refused."""

    OPEN = "open"
    SETTLED = "settled"
    EXPIRED = "expired"
    DENIED = "denied"


class Verdict(StrEnum):
    """What is decided about a call."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    WARNED = "warned"
    NOT_METERED = "not_metered"


class Severity(StrEnum):
    """`broken`: the SDK does not keep the rule; `warning`: it has a price; `note`: good to know."""

    BROKEN = "broken"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return tuple(Severity).index(self)


class Meter(StrEnum):
    """What a pricing rule counts."""

    UNITS = "units"
    """Units as the endpoint's policy meters them; 1 a call where it says nothing."""
    REQUESTS = "requests"
    RESPONSE_FIELD = "response_field"
    """The response value whose dotted path is `measure`."""
    BYTES = "bytes"
    """Bytes of the response."""
    EXPRESSION = "expression"
    """The amount that `measure` works out, in the metering language."""


class Oddity(StrEnum):
    """Why an amount was not taken as it came."""

    FINER = "finer_than_a_millionth"
    BEYOND = "beyond_bounds"
    """Above a thousand million units, or below zero where nothing is booked back."""
    NO_NUMBER = "no_number"
    NOT_WORKED_OUT = "not_worked_out"
    """The policy's expression has no value for this call."""
    STATUS_UNKNOWN = "status_unknown"
    """It counts by a status that nobody reported."""


class BillingProvider(StrEnum):
    """Who takes the customers' money."""

    STRIPE = "stripe"
    PADDLE = "paddle"
