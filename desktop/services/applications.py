"""Applications and their endpoints: settings, routes, what is kept of single calls."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from contract.messages.rollups import UNMATCHED
from desktop.domain.applications import (
    ApplicationDraft,
    ApplicationLine,
    ApplicationSettings,
    ApplicationsPicture,
    EndpointsPicture,
    KeepDraft,
    ScrubRule,
    SeenEndpoint,
    UsageCap,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, ScrubRuleId
from desktop.domain.policies import Advice, Route
from desktop.domain.policy_text import MAX_NAME, checked_method, checked_url
from desktop.services.blocks import checked_reason
from desktop.services.calls import callable_from_window
from desktop.services.endpoint_rules import sdk_kinds
from desktop.services.storage import configuration, secrets, seen_endpoints
from desktop.services.storage.rows import APPLICATIONS, SCRUB_RULES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.catalogs import CatalogService
    from desktop.services.health import HealthService
    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault

MOST_DAYS: Final = 3650
MOST_REQUESTS: Final = 10**15
LONGEST_SCRUB_DAYS: Final = 90
SDK_KEY: Final = "sdk_key"


class ApplicationService:
    def __init__(
        self,
        vault: "Vault",
        rows: "RowEditor",
        neighbours: "tuple[HealthService, CatalogService]",
        surroundings: tuple[Callable[[], str], Callable[[], datetime]],
    ) -> None:
        """`surroundings` are the maker of ids and the clock."""
        self._vault = vault
        self._rows = rows
        self._health, self._catalogs = neighbours
        self._new_id, self._clock = surroundings

    @callable_from_window
    def picture(self) -> ApplicationsPicture:
        """Every application with its connection, archived ones last; asks the service if it can."""
        health = self._health.connections()
        by_id = {found.application_id: found for found in health.applications}
        with self._vault.reading() as db:
            keys = Counter(key.application_id for key in secrets.listed(db) if key.kind == SDK_KEY)
            lines = [_line(db, settings, keys) for settings in APPLICATIONS.everything(db)]
        known = (replace(line, connection=by_id.get(_id(line))) for line in lines)
        return ApplicationsPicture(tuple(sorted(known, key=_order)), health)

    @callable_from_window
    def settings(self, application_id: ApplicationId) -> ApplicationSettings:
        """Raises: InvalidInput when the application is gone."""
        with self._vault.reading() as db:
            return _found(db, application_id)

    @callable_from_window
    def time_zones(self) -> tuple[str, ...]:
        """Names to choose from, as this computer knows them."""
        return tuple(sorted(available_timezones()))

    @callable_from_window
    def create(self, draft: ApplicationDraft) -> ApplicationSettings:
        """Make an application and queue it. Raises: InvalidInput with the field, VaultError."""
        made = ApplicationSettings(ApplicationId(f"app_{self._new_id()}"), name="")
        return self._rows.save(APPLICATIONS, _with_draft(made, draft))

    @callable_from_window
    def change(self, seen: ApplicationSettings, draft: ApplicationDraft) -> ApplicationSettings:
        """Store changed settings; `seen` is what the owner was looking at.

        Raises: InvalidInput with the field, or while the row has a conflict; VaultError.
        """
        return self._rows.save(APPLICATIONS, _with_draft(seen, draft), seen)

    @callable_from_window
    def set_archived(self, seen: ApplicationSettings, archived: bool) -> ApplicationSettings:  # noqa: FBT001 (a setting's value)
        """Archive an application, whose SDKs then meter nothing, or bring it back."""
        return self._rows.save(APPLICATIONS, replace(seen, archived=archived), seen)

    @callable_from_window
    def set_routes(
        self,
        seen: ApplicationSettings,
        metered: tuple[Route, ...],
        whitelisted: tuple[Route, ...],
    ) -> ApplicationSettings:
        """Store the lists of routes. Raises: InvalidInput (field `method` or `url`), VaultError."""
        changed = replace(
            seen, metered_routes=_checked(metered), whitelisted_routes=_checked(whitelisted)
        )
        return self._rows.save(APPLICATIONS, changed, seen)

    @callable_from_window
    def discard_rejected(self, application_id: ApplicationId) -> None:
        """Drop an edit the service refused and show the service's settings again."""
        self._rows.discard_rejected(APPLICATIONS, application_id)

    @callable_from_window
    def route_advice(self, settings: ApplicationSettings) -> tuple[Advice, ...]:
        """What the SDKs of the application really do with its lists, worst first."""
        from desktop.services.sdk_advice import advice_on_routes  # not for the window to load

        with self._vault.reading() as db:
            kinds = sdk_kinds(db, settings.application_id)
        return advice_on_routes(settings, kinds)

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> EndpointsPicture:
        """Endpoints by route, those that only an imported file promises among them."""
        found = self._catalogs.findings(application_id)
        with self._vault.reading() as db:
            seen = seen_endpoints.of_application(db, application_id)
            rules = SCRUB_RULES.of_application(db, application_id)
        unnamed = {(one.method, one.url) for one in found.not_in_file} if found else set()
        called = [
            _seen(one, rules, in_catalog=found is not None and (one.method, one.url) not in unnamed)
            for one in seen
            if one.url != UNMATCHED
        ]
        missing = found.never_called if found else ()
        never = [SeenEndpoint("", one.method, one.url, in_catalog=True) for one in missing]
        return EndpointsPicture(
            tuple(sorted([*called, *never], key=lambda one: (one.url, one.method))),
            found.title if found else "",
            found.imported_at if found else None,
        )

    @callable_from_window
    def keep_bodies(self, draft: KeepDraft) -> ScrubRule:
        """Have bodies and values of an endpoint kept, scrubbed, for some days.

        Raises: InvalidInput (field `reason` or `days`), VaultError.
        """
        reason = checked_reason(draft.reason)
        if not reason:
            raise InvalidInput(
                "Say why: whoever asks later what was kept of people must find a reason. Nothing "
                "was changed.",
                field="reason",
            )
        days = _whole(draft.days, LONGEST_SCRUB_DAYS, "days")
        rule = ScrubRule(
            ScrubRuleId(f"scrub_{self._new_id()}"),
            draft.application_id,
            draft.method,
            draft.url,
            reason,
            self._clock() + timedelta(days=days),
        )
        return self._rows.save(SCRUB_RULES, rule)

    @callable_from_window
    def drop_bodies(self, scrub_rule_id: ScrubRuleId) -> None:
        """Keep the shape only from now on."""
        self._rows.delete(SCRUB_RULES, scrub_rule_id)

    @callable_from_window
    def restore_bodies(self, rule: ScrubRule) -> ScrubRule:
        """Undo `drop_bodies`."""
        return self._rows.save(SCRUB_RULES, rule)


def _line(db: "Connection", settings: ApplicationSettings, keys: Counter[str]) -> ApplicationLine:
    application_id = settings.application_id
    seen = seen_endpoints.of_application(db, application_id)
    return ApplicationLine(
        settings=settings,
        endpoints=sum(found.url != UNMATCHED for found in seen),
        keys=keys[application_id],
        last_seen=max((found.last_seen or found.first_seen for found in seen), default=None),
        is_sample=configuration.is_sample(db, application_id),
    )


def _id(line: ApplicationLine) -> ApplicationId:
    return line.settings.application_id


def _order(line: ApplicationLine) -> tuple[bool, bool, str, str]:
    settings = line.settings
    return settings.archived, line.is_sample, settings.name.casefold(), settings.application_id


def _found(db: "Connection", application_id: ApplicationId) -> ApplicationSettings:
    settings = APPLICATIONS.find(db, application_id)
    if settings is None:
        raise InvalidInput("This application is gone. Nothing was changed.", field="application_id")
    return settings


def _with_draft(settings: ApplicationSettings, draft: ApplicationDraft) -> ApplicationSettings:
    """Raises: InvalidInput with the field."""
    name = draft.name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(
            f"An application needs a name of 1 to {MAX_NAME} characters. Nothing was changed.",
            field="name",
        )
    return replace(
        settings,
        name=name,
        time_zone=_zone(draft.time_zone),
        cap=_cap(draft),
        raw_event_days=_whole(draft.raw_event_days, MOST_DAYS, "raw_event_days"),
        discovery=draft.discovery,
        report_all_functions=draft.report_all_functions,
    )


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text.strip()).key
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            "This computer knows no such time zone. Nothing was changed. Choose one of the list, "
            "such as Europe/Berlin.",
            field="time_zone",
        ) from error


def _cap(draft: ApplicationDraft) -> UsageCap | None:
    if not draft.cap.strip():
        return None
    return UsageCap(_whole(draft.cap, MOST_REQUESTS, "cap"), draft.cap_interval)


def _whole(text: str, most: int, field: str) -> int:
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit()) or not 1 <= int(digits) <= most:
        raise InvalidInput(
            f"This must be a whole number from 1 to {most:,}. Nothing was changed.", field=field
        )
    return int(digits)


def _checked(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    checked = (Route(checked_method(route.method), checked_url(route.url)) for route in routes)
    return tuple(dict.fromkeys(checked))


def _seen(
    found: seen_endpoints.ReportedEndpoint, rules: tuple[ScrubRule, ...], *, in_catalog: bool
) -> SeenEndpoint:
    here = (rule for rule in rules if (rule.method, rule.url) == (found.method, found.url))
    return SeenEndpoint(
        found.endpoint_id,
        found.method,
        found.url,
        found.sdk,
        found.first_seen,
        found.last_seen,
        next(here, None),
        in_catalog,
    )
