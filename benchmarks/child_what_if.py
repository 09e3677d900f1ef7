"""A window's What-if page over a core of its own: from the click on Try it to the painted outcome.

`python -m benchmarks.child_what_if WORKSPACE`. Prints the milliseconds of each try.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QApplication

from benchmarks.simulator import APPLICATION, PASSPHRASE, TODAY
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application
from desktop.jobs import Jobs
from desktop.processes import CoreProcess
from desktop.services.workspace import WorkspaceService
from desktop.singletons import protect_singletons
from desktop.views import charts
from desktop.views.activities import Activities
from desktop.views.state_page import PageState
from desktop.views.theme import Scheme, Theme
from desktop.views.what_if_page import WhatIfPage

TRIES: Final = 5
LONGEST_S: Final = 120
PAUSE_S: Final = 0.002
"""Between two looks, so that the core has the computer to itself."""


def wait(application: QApplication, is_so: Callable[[], bool]) -> None:
    """Run the event loop until something is so."""
    until = time.perf_counter() + LONGEST_S
    while not is_so():
        if time.perf_counter() > until:
            raise TimeoutError
        application.processEvents()
        time.sleep(PAUSE_S)


def main() -> None:
    protect_singletons()
    application = QApplication(sys.argv[:1])
    theme = Theme(Scheme.LIGHT)
    jobs = Jobs()
    jobs.attach(CoreProcess(sys.argv[1]))
    opened: list[object] = []
    jobs.start(WorkspaceService.unlock, PASSPHRASE, done=lambda _: opened.append(True))
    wait(application, lambda: bool(opened))
    charts.warm_up().join()
    page = WhatIfPage(jobs, Activities(jobs), today=lambda _: TODAY)
    page.resize(1064, 740)
    page.show()
    page.set_application(Application(ApplicationId(APPLICATION), "Large", "UTC", is_sample=False))
    shown = (PageState.CONTENT, PageState.OFFLINE)
    wait(application, lambda: page.states.state in shown)
    times = []
    for number in range(TRIES):
        page.maker.percent.setValue(number + 1)
        begun = time.perf_counter()
        page.maker.add.click()
        page.states.state = PageState.LOADING
        wait(application, lambda: page.states.state in shown)
        page.repaint()
        times.append(1000 * (time.perf_counter() - begun))
        page.compared.choose(0)
        page.remove.click()
        wait(application, lambda: not jobs.running)
    theme.use(Scheme.LIGHT)
    print(json.dumps({"times_ms": times, "customers": page.outcome.movers.table_model.rowCount()}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
