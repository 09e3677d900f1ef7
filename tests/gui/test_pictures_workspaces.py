"""Pictures of workspaces, sync and network; `test_pictures` says how they are renewed."""

from desktop.domain.workspaces import Workspace
from desktop.views.dialogs.workspaces import WorkspacesDialog
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import PRODUCTION, STAGING, SYNCED_AT
from tests.gui.looking import wait_for
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
