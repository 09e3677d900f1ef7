-- Reports of usage: a copy of the service's ledger, and the runs that this vault made.
CREATE TABLE billing_claims (
    claim_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    account_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    window TEXT NOT NULL,
    part INTEGER NOT NULL,
    payer TEXT NOT NULL,
    event_name TEXT NOT NULL,
    slot INTEGER NOT NULL,
    units INTEGER NOT NULL,
    state TEXT NOT NULL,
    sending_since_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    request_id TEXT NOT NULL,
    change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_claims_by_window
    ON billing_claims (application_id, provider, mode, account_id, window);

CREATE TABLE billing_ledgers (
    application_id TEXT PRIMARY KEY,
    change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_runs (
    run_id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    question TEXT NOT NULL CHECK (json_valid(question)),
    started_at_us INTEGER NOT NULL,
    finished_at_us INTEGER,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_runs_by_age
    ON billing_runs (provider, mode, application_id, started_at_us DESC);

-- A line without a claim was planned, refused here, or held by another desktop.
CREATE TABLE billing_run_lines (
    run_id TEXT NOT NULL REFERENCES billing_runs (run_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    claim_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    payer TEXT NOT NULL,
    meter TEXT NOT NULL,
    event_name TEXT NOT NULL,
    window TEXT NOT NULL,
    part INTEGER NOT NULL,
    units INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
