"""The pages of the window, each made when it is first wanted: a start pays for one page only."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from desktop.views.activities import Activities
from desktop.views.capture_guard import CaptureGuard
from desktop.views.clipboard import SecretClipboard
from desktop.views.page import Page

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class Destinations(QStackedWidget):
    """Shows one page at a time, by the name it has in the sidebar."""

    made = Signal(object)
    """A `Page` that was just made; it knows no application yet."""

    def __init__(
        self,
        jobs: "Jobs",
        activities: Activities,
        secrecy: tuple[SecretClipboard, CaptureGuard],
        today: Callable[[str], date],
    ) -> None:
        """`secrecy` is what secrets leave by, and what hides them; `today` tells a zone's day."""
        super().__init__()
        self._jobs = jobs
        self._activities = activities
        self._clipboard, self._guard = secrecy
        self._today = today
        self._makers: dict[str, Callable[[], Page]] = {
            "dashboard": self._dashboard,
            "usage": self._usage,
            "customers": self._customers,
            "alerts": self._alerts,
            "traces": self._traces,
            "pricing": self._pricing,
            "what_if": self._what_if,
            "invoices": self._invoices,
            "billing": self._billing,
            "policies": self._policies,
            "applications": self._applications,
            "keys": self._keys,
            "access": self._access,
            "activity": self._activity,
            "privacy": self._privacy,
            "exports": self._exports,
            "sync": self._sync,
            "network": self._network,
            "settings": self._settings,
        }
        self._pages: dict[str, Page] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def names(self) -> tuple[str, ...]:
        """Every destination, made or not."""
        return tuple(self._makers)

    def __getitem__(self, name: str) -> Page:
        """The page of a name, made now if it never was."""
        if name not in self._pages:
            page = self._makers[name]()
            self._pages[name] = page
            self.addWidget(page)
            self.made.emit(page)
        return self._pages[name]

    def existing(self, name: str) -> Page | None:
        """The page of a name, if it was ever wanted."""
        return self._pages.get(name)

    def all_made(self) -> tuple[Page, ...]:
        """Every page that was ever wanted."""
        return tuple(self._pages.values())

    def current(self) -> Page:
        """The page on screen."""
        return self._pages[self.current_name()]

    def current_name(self) -> str:
        """Name of the page on screen."""
        shown = self.currentWidget()
        return next(name for name, page in self._pages.items() if page is shown)

    def go_to(self, name: str) -> Page:
        """Show a page."""
        page = self[name]
        self.setCurrentWidget(page)
        return page

    def _dashboard(self) -> Page:
        from desktop.views.dashboard_page import DashboardPage

        return DashboardPage(self._jobs, self._today)

    def _usage(self) -> Page:
        from desktop.views.usage_page import UsagePage

        return UsagePage(self._jobs, self._activities, self._today)

    def _customers(self) -> Page:
        from desktop.views.customers_page import CustomersPage

        return CustomersPage(self._jobs, self._today)

    def _alerts(self) -> Page:
        from desktop.views.alerts_page import AlertsPage

        return AlertsPage(self._jobs)

    def _traces(self) -> Page:
        from desktop.views.traces_page import TracesPage

        return TracesPage(self._jobs)

    def _applications(self) -> Page:
        from desktop.views.applications_page import ApplicationsPage

        return ApplicationsPage(self._jobs, self._clipboard)

    def _pricing(self) -> Page:
        from desktop.views.pricing_page import PricingPage

        return PricingPage(self._jobs, self._today)

    def _what_if(self) -> Page:
        from desktop.views.what_if_page import WhatIfPage

        return WhatIfPage(self._jobs, self._activities, self._today)

    def _invoices(self) -> Page:
        from desktop.views.invoices_page import InvoicesPage

        return InvoicesPage(self._jobs, self._activities, self._today)

    def _billing(self) -> Page:
        from desktop.views.billing_page import BillingPage

        return BillingPage(self._jobs, self._activities, self._today)

    def _policies(self) -> Page:
        from desktop.views.policies_page import PoliciesPage

        return PoliciesPage(self._jobs)

    def _privacy(self) -> Page:
        from desktop.views.privacy_page import PrivacyPage

        return PrivacyPage(self._jobs, self._activities, self._clipboard)

    def _keys(self) -> Page:
        from desktop.views.keys_page import KeysPage

        return KeysPage(self._jobs, self._clipboard)

    def _access(self) -> Page:
        from desktop.views.access_page import AccessPage

        return AccessPage(self._jobs, self._clipboard)

    def _activity(self) -> Page:
        from desktop.views.activity_page import ActivityPage

        return ActivityPage(self._jobs)

    def _exports(self) -> Page:
        from desktop.views.exports_page import ExportsPage

        return ExportsPage(self._jobs, self._activities)

    def _sync(self) -> Page:
        from desktop.views.sync_page import SyncPage

        return SyncPage(self._jobs)

    def _network(self) -> Page:
        from desktop.views.network_page import NetworkPage

        return NetworkPage(self._jobs)

    def _settings(self) -> Page:
        from desktop.views.settings_page import SettingsPage

        return SettingsPage(self._jobs, self._activities, self._clipboard, self._guard)
