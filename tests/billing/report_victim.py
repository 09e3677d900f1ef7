"""Desktops that are killed while they report: each line forks one, with the time it believes in."""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import stamina

import desktop.services.billing.sending
import desktop.services.billing.settled
import desktop.services.sync_round  # noqa: F401 (what each life would import anew)
from desktop.domain.billing.reports import ReportQuestion
from desktop.domain.errors import AppError
from desktop.services.calls import no_report
from desktop.services.client import ServiceClient
from desktop.services.compose import Surroundings, build_services
from desktop.services.storage import derivation
from tests.billing.scene import ACCOUNT, APP, JUNE, gateways_to
from tests.fakes import PASSPHRASE
from tests.sync_victim import fast_derivation, tell


class OneWay(httpx.BaseTransport):
    """Sends whatever is asked to one address on loopback."""

    def __init__(self, url):
        self._url = httpx.URL(url)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request):
        request.url = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        return self._inner.handle_request(request)


def live(directory, service_url, stripe_url, number, now_s):
    """Sync and report once."""
    now = datetime.fromtimestamp(now_s, UTC)
    ids = iter(f"v{number}n{place}" for place in range(10**6))
    services = build_services(
        directory,
        directory,
        syncs_by_itself=False,
        surroundings=Surroundings(
            clock=lambda: now,
            new_id=lambda: next(ids),
            make_client=lambda _url, token: ServiceClient(
                service_url, token, httpx.HTTPTransport()
            ),
            gateways=gateways_to(OneWay(stripe_url)),
        ),
    )
    services.workspace.unlock(PASSPHRASE)
    with suppress(AppError):
        services.sync.run(no_report)
        services.billing.reports.run(no_report, ReportQuestion(ACCOUNT, APP, JUNE))
    tell("whole")


def main():
    directory = Path(sys.argv[1])
    derivation.hash_secret_raw = fast_derivation
    stamina.set_testing(True, attempts=1)
    for line in sys.stdin:
        number, now_s = map(int, line.split())
        pid = os.fork()
        if pid == 0:
            live(directory, *sys.argv[2:4], number, now_s)
            os._exit(0)
        tell(f"pid {pid}")
        os.waitpid(pid, 0)
        tell("ended")


if __name__ == "__main__":
    main()
