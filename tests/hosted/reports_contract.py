"""What every storage must do for what is reported beside calls."""

import uuid

from hosted.storage.usage_records import CallReport, ReportKind


class ReportsContract:
    """Inherited by every storage's tests."""

    def test_reports_are_found_by_their_call_and_go_with_their_time(self, storage):
        first, second = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
        reports = (
            CallReport("app_1", first, ReportKind.CHAIN, 100, b'[{"name":"f"}]'),
            CallReport("app_1", first, ReportKind.RESPONSE, 200, b'{"a":1}'),
            CallReport("app_1", second, ReportKind.CHAIN, 300, b"[]"),
            CallReport("app_2", first, ReportKind.CHAIN, 100, b"[]"),
        )
        with storage.transaction() as transaction:
            transaction.put_reports(reports)
        assert storage.reports([("app_1", first)]) == list(reports[:2])
        assert storage.reports([("app_1", str(uuid.UUID(int=3))), ("app_9", first)]) == []
        with storage.transaction() as transaction:
            transaction.put_reports([CallReport("app_1", second, ReportKind.CHAIN, 300, b"[1]")])
            transaction.delete_events("app_1", 200, 100)
        left = storage.reports([("app_1", first), ("app_1", second), ("app_2", first)])
        assert {(one.application_id, one.kind, one.body) for one in left} == {
            ("app_1", ReportKind.RESPONSE, b'{"a":1}'), ("app_1", ReportKind.CHAIN, b"[1]"),
            ("app_2", ReportKind.CHAIN, b"[]"),
        }  # fmt: skip
