"""Pictures of the Billing page; `test_pictures` says how they are renewed."""

from desktop.domain.billing.mirror import ObjectKind
from desktop.views.billing_page import Tab
from tests.gui.looking import wait_for, wait_for_content
from tests.gui.test_pictures import (  # noqa: F401 (fixtures)
    _afternoon,
    compare,
    painted,
    scheme,
)


def rest(qtbot, page):
    wait_for(qtbot, lambda: not page.jobs.running)


def test_billing_looks_as_before(qtbot, painted, scheme):  # noqa: F811
    painted.show_page("billing")
    page = painted.pages["billing"]
    wait_for_content(qtbot, page)
    page.lists.choose_kind(ObjectKind.INVOICE)
    for tab in (Tab.LISTS, Tab.PUBLISH, Tab.REPORTS, Tab.CONNECTION):
        page.turn_to(tab)
        rest(qtbot, page)
        if tab is Tab.PUBLISH:
            page.publish.plan_button.click()
            wait_for(qtbot, page.publish.plan_card.isVisible)
        compare(qtbot, painted, f"billing-{tab}-{scheme}")
