-- What was told of a call beside its allocation: which functions ran in it, what it answered.
-- Found by the request id that the call's own messages carry too.
CREATE TABLE call_reports (
    application_no INTEGER NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('chain', 'response')),
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (application_no, request, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_reports_by_age ON call_reports (application_no, at_us);
