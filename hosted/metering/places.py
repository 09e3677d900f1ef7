"""Where a call counts: its endpoint, its customer, and the policy that is made for it."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from hosted.metering.directory import Application, Directory
from hosted.metering.endpoints import ANY_METHOD
from hosted.metering.events import Sighting
from hosted.metering.policies import Policy
from hosted.metering.probes import is_probe
from hosted.scrub.events import ScrubbedCall


class Place(msgspec.Struct, frozen=True, gc=False):
    """What the configuration says of a call."""

    sighting: Sighting
    customer_id: str
    policy: Policy | None
    is_metered: bool = True
    is_request: bool = True
    """Whether it is a request of the API, and no function, booking or bare settlement."""


class Places:
    """Finds places in the directory. Event loop's thread."""

    def __init__(self, directory: Directory, customer_of: Callable[[str, str], str]) -> None:
        """`customer_of` makes a customer id of an application and an identity."""
        self._directory = directory
        self._customer_of = customer_of

    def of(self, application: Application, call: ScrubbedCall) -> Place:
        """Place of a call, whatever is known of it."""
        app_id = application.application_id
        customer = self._customer_of(app_id, call.identity)
        if call.function is not None:
            return self._of_function(application, call, customer)
        book = self._directory.endpoints
        if call.method is None or call.url is None:
            metered = not call.names_endpoint or application.meters(ANY_METHOD, ANY_METHOD)
            unmatched = book.unmatched(app_id)
            return Place(
                unmatched, customer, None, is_metered=metered, is_request=call.names_endpoint
            )
        if not application.meters(call.method, call.url):
            return Place(book.unmatched(app_id), customer, None, is_metered=False)
        policy = self._directory.policies.of_endpoint(app_id, call.method, call.url)
        is_request = not call.is_credit
        if (
            policy is None
            and not _is_proven(call)
            and not book.knows(app_id, call.method, call.url)
        ):
            return Place(book.unmatched(app_id), customer, None, is_request=is_request)
        sighting = book.find(app_id, call.method, call.url, call.sdk)
        return Place(sighting, customer, policy, is_request=is_request)

    def _of_function(self, application: Application, call: ScrubbedCall, customer: str) -> Place:
        """A function is metered with the call it runs in; its settlement does not name that."""
        app_id, site = application.application_id, call.function
        book = self._directory.endpoints
        if site is None or call.url is None or call.method is None or not call.names_endpoint:
            return Place(book.unmatched(app_id), customer, None, is_request=False)
        route = (site.method or ANY_METHOD, site.url or ANY_METHOD)
        if not application.meters(*route):
            return Place(book.unmatched(app_id), customer, None, is_metered=False, is_request=False)
        policy = self._directory.policies.of_function(app_id, route, site.path, site.name)
        sighting = book.find(app_id, call.method, call.url, call.sdk)
        return Place(sighting, customer, policy, is_request=False)


def _is_proven(call: ScrubbedCall) -> bool:
    """Whether the call's url is a route and not just a path somebody tried.

    Flask and Gin report the bare path where no route matched. Such a path becomes an endpoint with
    the first answer that is not 404; until then its calls count as unmatched. One that scanners
    probe never does: behind a catch-all route it may be answered with anything.
    """
    if not call.is_raw_path:
        return True
    return call.status not in {None, HTTPStatus.NOT_FOUND} and not is_probe(call.url or "")
