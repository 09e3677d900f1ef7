-- What was reported to payment providers: one row a claim. A window has at most one claim whose fate
-- is open; `change` counts up with every change, so that desktops can follow.
CREATE TABLE billing_claims (
    claim_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    account_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    window TEXT NOT NULL,
    part INTEGER NOT NULL CHECK (part > 0),
    payer TEXT NOT NULL,
    event_name TEXT NOT NULL,
    slot INTEGER NOT NULL CHECK (slot >= 0),
    units INTEGER NOT NULL CHECK (units <> 0),
    basis INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'open', 'sent', 'accepted', 'refused', 'uncertain', 'cancelling', 'cancelled')),
    holder TEXT NOT NULL,
    leased_until_us INTEGER NOT NULL,
    sending_since_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    request_id TEXT NOT NULL,
    change INTEGER NOT NULL UNIQUE,
    UNIQUE (application_id, provider, mode, account_id, customer_id, meter, window, part),
    UNIQUE (provider, mode, account_id, payer, event_name, window, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_claims_by_change ON billing_claims (application_id, change);
