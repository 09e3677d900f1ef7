"""Known defects: what was looked up is told from what nobody has checked."""

from datetime import date, timedelta

import pytest

from desktop.domain.privacy.self_audit import Verdict
from desktop.services.privacy import advisories
from desktop.services.privacy.advisories import Advisories, Advisory, finding
from desktop.services.privacy.installed import runtime_distributions

TODAY = date(2026, 11, 23)
DEFECT = Advisory("jinja2", "CVE-2025-27516", fixed_in="3.1.6")


def known(*found, source="api.osv.dev", looked_up=("h11", "jinja2"), age=3):
    return Advisories(TODAY - timedelta(days=age), source, looked_up, found or (DEFECT,))


def test_library_that_nobody_looked_up_is_not_called_sound():
    told = finding(known(), {"jinja2": "3.1.6", "pillow": "12.0"}, TODAY)
    assert told.verdict is Verdict.LOOK
    assert "Not checked: pillow" in told.said
    assert "1 of them were looked up at api.osv.dev" in told.said


def test_everything_looked_up_of_late_and_nothing_found_is_good():
    told = finding(known(), {"jinja2": "3.1.6", "h11": "0.16.0"}, TODAY)
    assert told.verdict is Verdict.GOOD
    assert "3 days ago" in told.said
    assert "none of the listed defects" in told.said


def test_defect_is_named_with_the_version_that_mends_it():
    told = finding(known(), {"jinja2": "3.1.5"}, TODAY)
    assert told.verdict is Verdict.BAD
    assert "jinja2 3.1.5 (CVE-2025-27516, mended in 3.1.6)" in told.said
    unmended = finding(known(Advisory("h11", "CVE-1")), {"h11": "1.0"}, TODAY)
    assert "not mended in any version" in unmended.said


@pytest.mark.parametrize(
    ("version", "concerned"),
    [("1.9", False), ("2.0", True), ("2.4.9", True), ("2.5", False), ("3.0", False)],
)
def test_defect_concerns_the_versions_between_its_ends(version, concerned):
    assert Advisory("x", "CVE-1", "2.0", "2.5").concerns(version) is concerned


def test_list_that_is_old_says_so_and_is_no_longer_good():
    told = finding(known(age=91), {"jinja2": "3.1.6", "h11": "0.16.0"}, TODAY)
    assert told.verdict is Verdict.LOOK
    assert "older than 90 days" in told.said


def test_list_put_together_by_hand_says_that_it_is_not_complete():
    told = finding(known(source="", looked_up=()), {"jinja2": "3.1.6"}, TODAY)
    assert told.verdict is Verdict.LOOK
    assert "by hand and is not complete" in told.said


def test_many_libraries_that_were_not_checked_are_counted():
    names = {f"library-{number:02}": "1.0" for number in range(14)}
    assert "and 4 more" in finding(known(), names, TODAY).said


def test_shipped_list_has_no_defect_of_an_installed_version():
    versions = {one.name.casefold(): one.version for one in runtime_distributions()}
    assert finding(advisories.shipped(), versions, TODAY).verdict is not Verdict.BAD
