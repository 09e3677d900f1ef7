CREATE TABLE account_applications (
    application_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID

CREATE TABLE account_books (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    day TEXT NOT NULL,
    application TEXT NOT NULL,
    party TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER,
    quantity_micro INTEGER,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT

CREATE TABLE account_deleted_elsewhere (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    noticed_at_us INTEGER NOT NULL
, service_id TEXT NOT NULL DEFAULT '') STRICT

CREATE TABLE account_deletion (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    deletion_id TEXT NOT NULL,
    asked_at_us INTEGER NOT NULL,
    day TEXT NOT NULL,
    zone TEXT NOT NULL,
    begun_at_us INTEGER,
    without_service INTEGER NOT NULL DEFAULT 0 CHECK (without_service IN (0, 1)),
    finished_at_us INTEGER,
    books_until TEXT NOT NULL DEFAULT '',
    certificate TEXT CHECK (json_valid(certificate))
) STRICT

CREATE TABLE account_deletion_steps (
    step TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    detail TEXT NOT NULL,
    result TEXT NOT NULL CHECK (json_valid(result))
) STRICT, WITHOUT ROWID

CREATE TABLE account_profile (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    company TEXT NOT NULL,
    adult_declared_at_us INTEGER
) STRICT

CREATE TABLE alert_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    rule_name TEXT NOT NULL,
    finding TEXT NOT NULL,
    told TEXT NOT NULL,
    public_text TEXT NOT NULL,
    began_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    notified_at_us INTEGER
) STRICT

CREATE INDEX alert_events_of_application ON alert_events (application_id, event_id)

CREATE UNIQUE INDEX alert_events_open ON alert_events (rule_id, finding) WHERE ended_at_us IS NULL

CREATE TABLE alert_rules (
    rule_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    problem TEXT NOT NULL DEFAULT '',
    looked_at_us INTEGER
) STRICT, WITHOUT ROWID

CREATE TABLE alert_settings (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    quiet_start TEXT NOT NULL,
    quiet_end TEXT NOT NULL
) STRICT

CREATE VIEW applications AS
SELECT entity_id AS application_id, body ->> 'name' AS name, body ->> 'time_zone' AS time_zone,
    body ->> 'archived' AS archived, epoch = 4611686018427387904 AS is_sample, body, revision,
    epoch, state, problem
FROM configuration WHERE entity = 'application'

CREATE TABLE applied_erasures (
    erasure_id TEXT PRIMARY KEY,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID

CREATE TABLE applied_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT


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
) STRICT, WITHOUT ROWID

CREATE INDEX billing_claims_by_window
    ON billing_claims (application_id, provider, mode, account_id, window)

CREATE TABLE billing_connections (
    provider TEXT NOT NULL CHECK (provider IN ('stripe', 'paddle')),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    account_id TEXT NOT NULL,
    account_name TEXT NOT NULL,
    secret_id TEXT NOT NULL,
    is_restricted INTEGER NOT NULL CHECK (is_restricted IN (0, 1)),
    missing TEXT NOT NULL CHECK (json_valid(missing)),
    connected_at_us INTEGER NOT NULL,
    PRIMARY KEY (provider, mode)
) STRICT, WITHOUT ROWID

CREATE TABLE billing_events (
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    occurred_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'older', 'noticed')),
    PRIMARY KEY (webhook_id, event_id)
) STRICT, WITHOUT ROWID

CREATE INDEX billing_events_by_age ON billing_events (webhook_id, received_at_us DESC)

CREATE INDEX billing_events_by_object ON billing_events (webhook_id, object_id, occurred_at_us)

CREATE TABLE billing_feed (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    cursor TEXT NOT NULL
) STRICT

CREATE TABLE billing_ledgers (
    application_id TEXT PRIMARY KEY,
    change INTEGER NOT NULL
) STRICT, WITHOUT ROWID

CREATE TABLE billing_links (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    provider_customer_id TEXT NOT NULL CHECK (provider_customer_id <> ''),
    source TEXT NOT NULL CHECK (source IN ('metadata', 'hand')),
    PRIMARY KEY (provider, mode, application_id, customer_id)
) STRICT, WITHOUT ROWID

CREATE TABLE billing_objects (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT CHECK ((currency IS NULL) = (amount_minor IS NULL)),
    created_at_us INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    round INTEGER NOT NULL,
    PRIMARY KEY (provider, mode, kind, object_id)
) STRICT, WITHOUT ROWID

CREATE INDEX billing_objects_by_age
    ON billing_objects (provider, mode, kind, created_at_us DESC, object_id)

CREATE INDEX billing_objects_by_customer
    ON billing_objects (provider, mode, customer_id, kind) WHERE customer_id <> ''

CREATE TABLE billing_publications (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    product_id TEXT NOT NULL,
    price_id TEXT NOT NULL,
    meter_id TEXT NOT NULL,
    event_name TEXT NOT NULL,
    fraction_digits INTEGER NOT NULL CHECK (fraction_digits BETWEEN 0 AND 6),
    published_at_us INTEGER NOT NULL,
    PRIMARY KEY (provider, mode, application_id, rule_id)
) STRICT, WITHOUT ROWID

CREATE TABLE billing_reads (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    cursor TEXT NOT NULL,
    round INTEGER NOT NULL,
    is_partial INTEGER NOT NULL CHECK (is_partial IN (0, 1)),
    as_of_us INTEGER,
    PRIMARY KEY (provider, mode, kind)
) STRICT, WITHOUT ROWID

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
) STRICT, WITHOUT ROWID

CREATE TABLE billing_runs (
    run_id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    question TEXT NOT NULL CHECK (json_valid(question)),
    started_at_us INTEGER NOT NULL,
    finished_at_us INTEGER,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID

CREATE INDEX billing_runs_by_age
    ON billing_runs (provider, mode, application_id, started_at_us DESC)

CREATE TABLE "configuration" (
    entity TEXT NOT NULL CHECK (entity IN ('application', 'endpoint', 'policy', 'pricing_rule',
        'rule_version', 'plan', 'customer_plan', 'customer', 'limit_override', 'block', 'freeze',
        'scrub_rule', 'catalog', 'identity')),
    entity_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('synced', 'waiting', 'conflicted', 'rejected')),
    problem TEXT NOT NULL,
    PRIMARY KEY (entity, entity_id)
) STRICT, WITHOUT ROWID

CREATE INDEX configuration_of_application ON configuration (entity, application_id)

CREATE TABLE conflicts (
    conflict_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    base TEXT CHECK (json_valid(base)),
    mine TEXT CHECK (json_valid(mine)),
    UNIQUE (entity, entity_id)
) STRICT

CREATE TABLE connection (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('embedded', 'remote')),
    url TEXT NOT NULL,
    ws_url TEXT NOT NULL,
    application_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    warning TEXT NOT NULL
) STRICT

CREATE TABLE cursors (
    stream TEXT PRIMARY KEY CHECK (stream IN ('changes', 'tail', 'backfill')),
    cursor TEXT NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1))
, received INTEGER NOT NULL DEFAULT 0, newest_day INTEGER, reached_day INTEGER, oldest_day INTEGER) STRICT, WITHOUT ROWID

CREATE TABLE customer_day_sums (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (application_id, day, customer_id)
) STRICT, WITHOUT ROWID

CREATE TABLE customer_days (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    events INTEGER NOT NULL CHECK (events >= 0),
    peak INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (application_id, day, customer_id, endpoint_id, meter)
) STRICT, WITHOUT ROWID

CREATE TABLE customer_hours (
    application_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    units INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (application_id, hour, customer_id, endpoint_id)
) STRICT, WITHOUT ROWID

CREATE TABLE customer_list (
    number INTEGER PRIMARY KEY,
    list_number INTEGER NOT NULL REFERENCES customer_lists,
    customer_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    words TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    members INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    month_rank INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    UNIQUE (list_number, customer_id)
) STRICT

CREATE TABLE customer_list_day (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    counted_on TEXT NOT NULL
) STRICT

CREATE TABLE customer_list_merges (
    list_number INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    into_id TEXT NOT NULL,
    PRIMARY KEY (list_number, customer_id)
) STRICT, WITHOUT ROWID

CREATE TABLE customer_lists (
    list_number INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL DEFAULT 0
) STRICT

CREATE VIEW customer_merges AS
WITH RECURSIVE direct (application_id, customer_id, into_id) AS (
    SELECT application_id, entity_id, body ->> '$.merged.into' FROM configuration
    WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL
),
chain (application_id, customer_id, into_id) AS (
    SELECT application_id, customer_id, into_id FROM direct
    UNION
    SELECT chain.application_id, chain.customer_id, direct.into_id
    FROM chain JOIN direct ON direct.application_id = chain.application_id
        AND direct.customer_id = chain.into_id
)
SELECT application_id, customer_id, into_id FROM chain
WHERE NOT EXISTS (
    SELECT 1 FROM direct WHERE direct.application_id = chain.application_id
        AND direct.customer_id = chain.into_id
)

CREATE TRIGGER customer_note_of_day AFTER UPDATE ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (old.application_id, old.customer_id, old.day, -old.requests, -old.units),
        (new.application_id, new.customer_id, new.day, new.requests, new.units);
END

CREATE TRIGGER customer_note_of_gone_day AFTER DELETE ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (old.application_id, old.customer_id, old.day, -old.requests, -old.units);
END

CREATE TRIGGER customer_note_of_gone_row AFTER DELETE ON configuration
WHEN old.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (old.application_id, coalesce(old.body ->> 'customer_id', old.entity_id), 0, 0);
END

CREATE TRIGGER customer_note_of_new_day AFTER INSERT ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (new.application_id, new.customer_id, new.day, new.requests, new.units);
END

CREATE TRIGGER customer_note_of_new_row AFTER INSERT ON configuration
WHEN new.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END

CREATE TRIGGER customer_note_of_row AFTER UPDATE ON configuration
WHEN new.entity IN ('customer', 'customer_plan') AND new.body <> old.body BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END

CREATE TABLE customer_notes (
    position INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    day INTEGER,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL
) STRICT

CREATE TABLE customer_words (
    list_number INTEGER NOT NULL,
    word TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (list_number, word, number)
) STRICT, WITHOUT ROWID

CREATE VIEW customers AS
SELECT entity_id AS customer_id, application_id, body ->> 'name' AS name, body, revision, epoch,
    state, problem
FROM configuration WHERE entity = 'customer'

CREATE INDEX customers_by_last_day ON customer_list (list_number, last_day)

CREATE INDEX customers_by_month ON customer_list (list_number, month_rank)

CREATE INDEX customers_by_name ON customer_list (list_number, sort_name)

CREATE INDEX customers_by_plan ON customer_list (list_number, plan_id) WHERE plan_id <> ''

CREATE INDEX customers_by_requests ON customer_list (list_number, requests)

CREATE INDEX customers_with_members ON customer_list (list_number) WHERE members > 0

CREATE INDEX customers_with_name ON customer_list (list_number) WHERE name <> ''

CREATE TABLE day_definition (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    definition TEXT NOT NULL
) STRICT

CREATE TABLE day_sums (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    errors_5xx INTEGER NOT NULL,
    status_unknown INTEGER NOT NULL,
    durations TEXT NOT NULL CHECK (json_valid(durations)),
    PRIMARY KEY (application_id, day)
) STRICT, WITHOUT ROWID

CREATE TABLE drafts (
    draft_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    made_at_us INTEGER NOT NULL
) STRICT

CREATE TABLE edit_history (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT CHECK (json_valid(body)),
    base_revision INTEGER NOT NULL,
    made_at_us INTEGER NOT NULL,
    sent_at_us INTEGER NOT NULL,
    answered_at_us INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'merged', 'conflict', 'rejected')),
    revision INTEGER,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    reason TEXT NOT NULL
) STRICT

CREATE TABLE endpoint_day_sums (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    endpoint_id TEXT NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    unsettled INTEGER NOT NULL, errors_5xx INTEGER NOT NULL DEFAULT 0, status_unknown INTEGER NOT NULL DEFAULT 0, durations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(durations)),
    PRIMARY KEY (application_id, day, endpoint_id)
) STRICT, WITHOUT ROWID

CREATE TABLE endpoint_hours (
    application_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    units INTEGER NOT NULL,
    errors_4xx INTEGER NOT NULL CHECK (errors_4xx >= 0),
    errors_5xx INTEGER NOT NULL CHECK (errors_5xx >= 0),
    status_unknown INTEGER NOT NULL CHECK (status_unknown >= 0),
    denied INTEGER NOT NULL CHECK (denied >= 0),
    unsettled INTEGER NOT NULL CHECK (unsettled >= 0),
    revision INTEGER NOT NULL,
    epoch INTEGER NOT NULL, durations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(durations)),
    PRIMARY KEY (application_id, endpoint_id, hour)
) STRICT, WITHOUT ROWID

CREATE VIEW endpoints AS
SELECT entity_id AS endpoint_id, application_id, body ->> 'method' AS method, body ->> 'url' AS url,
    body, epoch
FROM configuration WHERE entity = 'endpoint'

CREATE TABLE erasure_feed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    service_id TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 0)
) STRICT

CREATE TABLE erasure_steps (
    erasure_id TEXT NOT NULL REFERENCES erasures,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    tries INTEGER NOT NULL CHECK (tries >= 0),
    detail TEXT NOT NULL,
    result TEXT NOT NULL CHECK (json_valid(result)),
    PRIMARY KEY (erasure_id, step)
) STRICT, WITHOUT ROWID

CREATE TABLE erasures (
    erasure_id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL,
    begun_at_us INTEGER NOT NULL,
    plan TEXT NOT NULL CHECK (json_valid(plan)),
    closed_at_us INTEGER,
    certificate TEXT CHECK (json_valid(certificate))
) STRICT, WITHOUT ROWID

CREATE TABLE incidents (
    incident_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    happened_at_us INTEGER NOT NULL,
    words TEXT NOT NULL CHECK (words <> '')
) STRICT, WITHOUT ROWID

CREATE INDEX incidents_by_time ON incidents (application_id, happened_at_us)

CREATE TABLE kept_answers (
    topic TEXT PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    asked_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID

CREATE TABLE kept_traces (
    trace_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    explanation TEXT CHECK (json_valid(explanation)),
    opened_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID

CREATE INDEX kept_traces_by_customer
    ON kept_traces (application_id, body ->> 'customer_id', at_us, trace_id)

CREATE INDEX kept_traces_by_time ON kept_traces (application_id, at_us)

CREATE TABLE legal_holds (
    hold_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    category TEXT NOT NULL,
    record_id TEXT NOT NULL,
    ground TEXT NOT NULL CHECK (ground <> ''),
    placed_at_us INTEGER NOT NULL
, until_day INTEGER) STRICT, WITHOUT ROWID

CREATE TABLE mail_outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id TEXT NOT NULL UNIQUE,
    once_key TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_part TEXT NOT NULL,
    html_part TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('queued', 'sending', 'sent', 'refused', 'unknown', 'held', 'cancelled')),
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    queued_at_us INTEGER NOT NULL,
    next_at_us INTEGER NOT NULL,
    ended_at_us INTEGER
) STRICT

CREATE INDEX mail_outbox_waiting ON mail_outbox (next_at_us) WHERE state = 'queued'

CREATE TABLE mail_server (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    host TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    encryption TEXT NOT NULL CHECK (encryption IN ('starttls', 'tls')),
    user TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    owner_address TEXT NOT NULL,
    problem TEXT NOT NULL,
    problem_at_us INTEGER
) STRICT

CREATE INDEX merged_customers ON configuration (application_id, entity_id)
WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL

CREATE TRIGGER month_change_of_day AFTER UPDATE ON customer_days
WHEN new.quantity <> old.quantity OR new.events <> old.events OR new.peak <> old.peak BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (new.application_id, new.endpoint_id, new.meter, new.day, new.customer_id,
        new.quantity - old.quantity, new.events - old.events, new.peak, new.peak < old.peak);
END

CREATE TRIGGER month_change_of_gone_day AFTER DELETE ON customer_days BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (old.application_id, old.endpoint_id, old.meter, old.day, old.customer_id,
        -old.quantity, -old.events, 0, 1);
END

CREATE TRIGGER month_change_of_new_day AFTER INSERT ON customer_days BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (new.application_id, new.endpoint_id, new.meter, new.day, new.customer_id, new.quantity,
        new.events, new.peak, 0);
END

CREATE TABLE month_changes (
    position INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    day INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    events INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    fell INTEGER NOT NULL CHECK (fell IN (0, 1))
) STRICT

CREATE TABLE month_columns (
    application_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    month INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (name IN ('customers', 'quantity', 'events', 'peak')),
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, month, endpoint_id, meter, name)
) STRICT

CREATE TABLE month_customers (
    application_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    customer_id TEXT NOT NULL,
    PRIMARY KEY (application_id, number),
    UNIQUE (application_id, customer_id)
) STRICT, WITHOUT ROWID

CREATE TABLE month_definition (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    definition TEXT NOT NULL
) STRICT

CREATE TABLE "network_hosts" (
    host TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 40),
    last_contact_us INTEGER,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    sent_bytes INTEGER NOT NULL CHECK (sent_bytes >= 0),
    received_bytes INTEGER NOT NULL CHECK (received_bytes >= 0),
    last_error TEXT NOT NULL,
    last_error_us INTEGER
) STRICT, WITHOUT ROWID

CREATE TABLE network_options (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    proxy TEXT NOT NULL CHECK (proxy IN ('system', 'none', 'own')),
    proxy_url TEXT NOT NULL,
    proxy_auth BLOB,
    ca_name TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    pin TEXT NOT NULL CHECK (length(pin) IN (0, 64)),
    pin_host TEXT NOT NULL
) STRICT

CREATE TABLE "outbox" (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    entity TEXT NOT NULL CHECK (entity IN ('application', 'policy', 'pricing_rule', 'plan',
        'customer_plan', 'customer', 'limit_override', 'block', 'freeze',
        'scrub_rule', 'catalog')),
    entity_id TEXT NOT NULL,
    base_revision INTEGER NOT NULL CHECK (base_revision >= 0),
    base TEXT CHECK (json_valid(base)),
    body TEXT CHECK (json_valid(body)),
    rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    sent_at_us INTEGER
) STRICT

CREATE INDEX outbox_by_row ON outbox (entity, entity_id, position)

CREATE TABLE owner_notices (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    limits INTEGER NOT NULL CHECK (limits IN (0, 1)),
    invoices INTEGER NOT NULL CHECK (invoices IN (0, 1))
) STRICT

CREATE TABLE packed_days (
    application_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'endpoint')),
    name TEXT NOT NULL,
    block INTEGER NOT NULL CHECK (block >= 0),
    day INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, kind, name, block, day)
) STRICT, WITHOUT ROWID

CREATE TABLE packed_owners (
    application_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'endpoint')),
    number INTEGER NOT NULL CHECK (number >= 0),
    owner_id TEXT NOT NULL,
    PRIMARY KEY (application_id, kind, number),
    UNIQUE (application_id, kind, owner_id)
) STRICT, WITHOUT ROWID

CREATE TABLE packed_pairs (
    application_id TEXT NOT NULL,
    name TEXT NOT NULL,
    day INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, name, day)
) STRICT, WITHOUT ROWID

CREATE TABLE person_corrections (
    correction_id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'email')),
    customers TEXT NOT NULL CHECK (json_valid(customers)),
    value TEXT NOT NULL,
    after_hash TEXT NOT NULL,
    results TEXT NOT NULL CHECK (json_valid(results)),
    corrected_at_us INTEGER NOT NULL,
    is_settled INTEGER NOT NULL CHECK (is_settled IN (0, 1))
) STRICT, WITHOUT ROWID

CREATE TABLE privacy_audit (
    sequence INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT

CREATE TRIGGER privacy_audit_grows BEFORE DELETE ON privacy_audit BEGIN
    SELECT raise(ABORT, 'the audit log of privacy is never cut');
END

CREATE TRIGGER privacy_audit_stays BEFORE UPDATE ON privacy_audit BEGIN
    SELECT raise(ABORT, 'the audit log of privacy is never changed');
END

CREATE TABLE privacy_choices (
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    purpose TEXT NOT NULL,
    wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
    means TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (subject, purpose)
) STRICT, WITHOUT ROWID

CREATE TABLE privacy_events (
    request_id TEXT NOT NULL REFERENCES privacy_requests,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (request_id, position)
) STRICT, WITHOUT ROWID

CREATE TABLE privacy_records (
    kind TEXT NOT NULL CHECK (kind <> ''),
    record_id TEXT NOT NULL CHECK (record_id <> ''),
    body TEXT NOT NULL CHECK (json_valid(body)),
    changed_at_us INTEGER NOT NULL,
    PRIMARY KEY (kind, record_id)
) STRICT, WITHOUT ROWID

CREATE TABLE privacy_requests (
    request_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    asked TEXT NOT NULL CHECK (json_valid(asked))
) STRICT, WITHOUT ROWID

CREATE TABLE profile_corrections (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'email', 'company')),
    before_hash TEXT NOT NULL,
    after_hash TEXT NOT NULL
) STRICT

CREATE TABLE refused_items (
    feed TEXT NOT NULL CHECK (feed IN ('configuration', 'usage', 'push')),
    kind TEXT NOT NULL,
    item_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    PRIMARY KEY (feed, kind, item_id, reason)
) STRICT, WITHOUT ROWID

CREATE INDEX refused_items_by_time ON refused_items (last_at_us)

CREATE TABLE revenue_months (
    application_id TEXT NOT NULL,
    month INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    PRIMARY KEY (application_id, month, rule_id, currency)
) STRICT, WITHOUT ROWID

CREATE TRIGGER revenue_of_edit AFTER UPDATE ON outbox WHEN new.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(new.body, new.base) ->> 'application_id';
END

CREATE TRIGGER revenue_of_gone_edit AFTER DELETE ON outbox WHEN old.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(old.body, old.base) ->> 'application_id';
END

CREATE TRIGGER revenue_of_gone_terms AFTER DELETE ON configuration
WHEN old.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
    OR (old.entity = 'customer' AND old.body ->> '$.merged.into' IS NOT NULL) BEGIN
    DELETE FROM revenue_months WHERE application_id = old.application_id;
END

CREATE TRIGGER revenue_of_new_edit AFTER INSERT ON outbox WHEN new.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(new.body, new.base) ->> 'application_id';
END

CREATE TRIGGER revenue_of_new_terms AFTER INSERT ON configuration
WHEN new.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
    OR (new.entity = 'customer' AND new.body ->> '$.merged.into' IS NOT NULL) BEGIN
    DELETE FROM revenue_months WHERE application_id = new.application_id;
END

CREATE TRIGGER revenue_of_terms AFTER UPDATE ON configuration
WHEN new.body <> old.body
    AND (new.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
        OR (new.entity = 'customer' AND new.body ->> '$.merged' IS NOT old.body ->> '$.merged'))
BEGIN
    DELETE FROM revenue_months WHERE application_id = new.application_id;
END

CREATE TABLE rule_drafts (
    application_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    draft TEXT NOT NULL CHECK (json_valid(draft)),
    saved_at_us INTEGER NOT NULL,
    PRIMARY KEY (application_id, rule_id)
) STRICT, WITHOUT ROWID

CREATE TABLE saved_views (
    view_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    view TEXT NOT NULL CHECK (json_valid(view)),
    saved_at_us INTEGER NOT NULL,
    UNIQUE (application_id, name)
) STRICT, WITHOUT ROWID

CREATE TABLE scenarios (
    scenario_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    question TEXT NOT NULL CHECK (json_valid(question)),
    saved_at_us INTEGER NOT NULL,
    UNIQUE (application_id, name)
) STRICT, WITHOUT ROWID

CREATE TABLE "secrets" (
    secret_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    hint TEXT NOT NULL CHECK (length(hint) <= 4),
    application_id TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    provider TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    expires_at_us INTEGER,
    service_key_id TEXT NOT NULL DEFAULT '',
    revoked_at_us INTEGER,
    in_keyring INTEGER NOT NULL DEFAULT 0 CHECK (in_keyring IN (0, 1))
) STRICT, WITHOUT ROWID

CREATE TABLE service_rows (
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 0),
    body TEXT CHECK (json_valid(body)),
    PRIMARY KEY (entity, entity_id)
) STRICT, WITHOUT ROWID

CREATE TABLE sign_in (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('google', 'auth0', 'other')),
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_port INTEGER NOT NULL CHECK (redirect_port BETWEEN 0 AND 65535),
    further_hosts TEXT NOT NULL CHECK (json_valid(further_hosts)),
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    signed_in_at_us INTEGER,
    renewing_since_us INTEGER,
    ended TEXT NOT NULL,
    device_id TEXT NOT NULL,
    device_ends_us INTEGER
) STRICT

CREATE TABLE signing_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sealed BLOB NOT NULL
) STRICT

CREATE TABLE sqlite_sequence(name,seq)

CREATE TABLE sync_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    last_success_us INTEGER
, replaces_all INTEGER NOT NULL DEFAULT 0
    CHECK (replaces_all IN (0, 1))) STRICT

CREATE TABLE unfinished_files (
    temporary TEXT NOT NULL PRIMARY KEY,
    begun_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID

CREATE TABLE vault (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    vault_id TEXT NOT NULL CHECK (length(vault_id) = 32),
    lineage TEXT NOT NULL CHECK (length(lineage) = 32),
    wrapping_key BLOB NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 0),
    header_sequence INTEGER NOT NULL CHECK (header_sequence >= 0),
    pending_header_sequence INTEGER NOT NULL CHECK (pending_header_sequence >= 0)
, changed_at_us INTEGER NOT NULL DEFAULT 0) STRICT

CREATE TABLE vault_audit (
    sequence INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    event TEXT NOT NULL,
    generation INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT

CREATE TABLE vault_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID

CREATE TABLE written_files (
    file_id TEXT PRIMARY KEY,
    path TEXT NOT NULL CHECK (path <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('package', 'account', 'configuration')),
    request_id TEXT NOT NULL,
    customers TEXT NOT NULL CHECK (json_valid(customers)),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    written_at_us INTEGER NOT NULL,
    due_for TEXT NOT NULL
) STRICT, WITHOUT ROWID
