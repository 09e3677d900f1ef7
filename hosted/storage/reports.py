"""SQL of what was told of calls beside their allocations: functions that ran, answers."""

import json
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

from hosted.storage.usage_records import CallReport, ReportKind

PUT: Final = """
INSERT INTO call_reports (application_no, request, kind, at_us, body)
VALUES (:application_no, :request, :kind, :at_us, :body)
ON CONFLICT DO UPDATE SET body = excluded.body
"""

SELECT_MANY: Final = """
SELECT a.application_id, r.request, r.kind, r.at_us, r.body
FROM json_each(:keys) AS k
JOIN application_numbers AS a ON a.application_id = k.value ->> 0
JOIN call_reports AS r
ON r.application_no = a.application_no AND r.request = unhex(k.value ->> 1)
ORDER BY r.kind
"""

DELETE_OLD: Final = """
DELETE FROM call_reports WHERE application_no = :application_no AND at_us < :before_us
"""


def put(db: Connection, reports: Iterable[tuple[int, CallReport]]) -> None:
    """Store reports, each with the number of its application.

    A later one of the same call and kind takes the place of the earlier.
    """
    db.executemany(PUT, [_values(*report) for report in reports])


def find(db: Connection, calls: Iterable[tuple[str, str]]) -> list[CallReport]:
    """Reports of calls, each by application and request id."""
    keys = json.dumps([(app, request_id.replace("-", "")) for app, request_id in calls])
    return [
        CallReport(application_id, _text(request), ReportKind(kind), at_us, body.encode())
        for application_id, request, kind, at_us, body in db.execute(SELECT_MANY, {"keys": keys})
    ]


def delete_old(db: Connection, application_no: int, before_us: int) -> None:
    """Forget the reports of an application from before an instant."""
    db.execute(DELETE_OLD, {"application_no": application_no, "before_us": before_us})


def _values(application_no: int, report: CallReport) -> dict[str, object]:
    return {
        "application_no": application_no,
        "request": bytes.fromhex(report.request_id.replace("-", "")),
        "kind": report.kind.value,
        "at_us": report.at_us,
        "body": report.body.decode(),
    }


def _text(request: bytes) -> str:
    digits = request.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
