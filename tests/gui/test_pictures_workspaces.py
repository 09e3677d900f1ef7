"""Pictures of workspaces, sync and network; `test_pictures` says how they are renewed."""

from dataclasses import replace

from desktop.domain.connection import SyncPhase
from desktop.domain.network import ProxyMode
from desktop.domain.workspaces import Workspace
from desktop.views.dialogs.workspaces import WorkspacesDialog
from desktop.views.sync_page import Tab
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import CONFLICT, PRODUCTION, STAGING, SYNCED_AT
from tests.gui.looking import visible_texts, wait_for, wait_for_content
from tests.gui.sync_records import (
    HISTORY,
    PINNED,
    REFUSED,
    SECOND_CONFLICT,
    SENT,
    SHOWN,
    WAITING,
)
from tests.gui.test_pictures import (  # noqa: F401 (fixtures)
    SIZE,
    _afternoon,
    compare,
    painted,
    scheme,
)


def test_workspaces_look_as_before(qtbot, painted, scheme, controls):  # noqa: F811
    controls.workspaces.append(
        Workspace("Old client", "/data/me/workspaces/workspace-3", "/s", SYNCED_AT, True)  # noqa: FBT003
    )
    dialog = WorkspacesDialog(painted, painted._jobs, PRODUCTION)
    dialog.open()
    wait_for(qtbot, lambda: len(dialog.table.table_model.rows) == 3)
    dialog.table.choose(STAGING)
    compare(qtbot, dialog, f"workspaces-{scheme}")


def test_unlock_with_several_workspaces_looks_as_before(qtbot, jobs, scheme):  # noqa: F811
    known = (Workspace("Production", PRODUCTION, "/s"), Workspace("Staging", STAGING, "/t"))
    page = UnlockPage(jobs, PRODUCTION, "", known)
    qtbot.addWidget(page)
    page.resize(*SIZE)
    page.show()
    wait_for(qtbot, lambda: not page.passphrase.eye.icon().isNull())
    compare(qtbot, page, f"unlock-workspaces-{scheme}")


def test_sync_looks_as_before(qtbot, painted, scheme, controls):  # noqa: F811
    controls.sync_records.outgoing = [WAITING, SENT, REFUSED]
    controls.sync_records.history = HISTORY
    controls.state = replace(controls.state, clock_offset_s=600, waiting_edits=2, conflicts=2)
    painted.show_page("sync")
    page = painted.pages["sync"]
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: not painted._jobs.running)
    page.queue.table.choose(WAITING.position)
    wait_for(qtbot, lambda: "0.0012" in visible_texts(page.queue))
    compare(qtbot, painted, f"sync-{scheme}")


def test_conflicts_look_as_before(qtbot, painted, scheme, controls):  # noqa: F811
    controls.conflicts = [CONFLICT, SECOND_CONFLICT]
    controls.state = replace(
        controls.state,
        phase=SyncPhase.OFFLINE,
        problem="The certificate of meter.example is not trusted, so nothing was sent. Local data "
        "is safe. Check the address, or have this computer trust the service's issuer.",
        problem_code="certificate",
        conflicts=2,
    )
    painted._jobs.noticed.emit("sync")
    painted.show_page("sync")
    page = painted.pages["sync"]
    wait_for_content(qtbot, page)
    page.turn_to(Tab.CONFLICTS)
    wait_for(qtbot, page.desk.isVisible)
    wait_for(qtbot, page.as_of.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"conflicts-{scheme}")


def test_network_looks_as_before(qtbot, painted, scheme, controls):  # noqa: F811
    records = controls.sync_records
    records.network = replace(records.network, pin=SHOWN, pin_host=records.network.host)
    painted.show_page("network")
    wait_for_content(qtbot, painted.pages["network"])
    compare(qtbot, painted, f"network-{scheme}")


def test_connection_settings_look_as_before(qtbot, painted, scheme, controls):  # noqa: F811
    records = controls.sync_records
    records.network = replace(
        records.network, pin=PINNED, pin_host=records.network.host, proxy=ProxyMode.OWN,
        proxy_url="http://proxy.example:3128", proxy_has_password=True,
    )  # fmt: skip
    controls.state = replace(
        controls.state,
        phase=SyncPhase.OFFLINE,
        problem="The service at meter.example shows another key than the one this workspace is "
        "pinned to, so nothing was sent. Local data is safe.",
        problem_code="pin_changed",
    )
    painted.show_page("settings")
    page = painted.pages["settings"]
    page.show_connection()
    wait_for(qtbot, page.connection.trouble.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, page.connection_card, f"connection-{scheme}")
