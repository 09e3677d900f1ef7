-- The list of customers, with an index for each order it can be shown in. Each change of a day's sum,
-- of a customer's row or plan is noted by the transaction that makes it; whoever reads the list folds
-- the notes first. Merged identities are part of their customer's line.

-- `counted_on` is the UTC day whose plans are shown; `size` is how many lines there are.
CREATE TABLE customer_lists (
    list_number INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE customer_list_day (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    counted_on TEXT NOT NULL
) STRICT;

-- `words` are the name's words and the end of the id, in lower case with single spaces between;
-- `month_rank` is the last month with calls and the calls in it, as one number that can be sorted.
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
) STRICT;

CREATE INDEX customers_by_name ON customer_list (list_number, sort_name);
CREATE INDEX customers_by_requests ON customer_list (list_number, requests);
CREATE INDEX customers_by_month ON customer_list (list_number, month_rank);
CREATE INDEX customers_by_last_day ON customer_list (list_number, last_day);
CREATE INDEX customers_by_plan ON customer_list (list_number, plan_id) WHERE plan_id <> '';
CREATE INDEX customers_with_name ON customer_list (list_number) WHERE name <> '';
CREATE INDEX customers_with_members ON customer_list (list_number) WHERE members > 0;

CREATE TABLE customer_words (
    list_number INTEGER NOT NULL,
    word TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (list_number, word, number)
) STRICT, WITHOUT ROWID;

-- Which merges the list has taken in.
CREATE TABLE customer_list_merges (
    list_number INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    into_id TEXT NOT NULL,
    PRIMARY KEY (list_number, customer_id)
) STRICT, WITHOUT ROWID;

-- A note without a day says that the row or the plan of a customer changed.
CREATE TABLE customer_notes (
    position INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    day INTEGER,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL
) STRICT;

CREATE TRIGGER customer_note_of_new_day AFTER INSERT ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (new.application_id, new.customer_id, new.day, new.requests, new.units);
END;

CREATE TRIGGER customer_note_of_gone_day AFTER DELETE ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (old.application_id, old.customer_id, old.day, -old.requests, -old.units);
END;

CREATE TRIGGER customer_note_of_day AFTER UPDATE ON customer_day_sums BEGIN
    INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
    VALUES (old.application_id, old.customer_id, old.day, -old.requests, -old.units),
        (new.application_id, new.customer_id, new.day, new.requests, new.units);
END;

CREATE TRIGGER customer_note_of_new_row AFTER INSERT ON configuration
WHEN new.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END;

CREATE TRIGGER customer_note_of_row AFTER UPDATE ON configuration
WHEN new.entity IN ('customer', 'customer_plan') AND new.body <> old.body BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END;

CREATE TRIGGER customer_note_of_gone_row AFTER DELETE ON configuration
WHEN old.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (old.application_id, coalesce(old.body ->> 'customer_id', old.entity_id), 0, 0);
END;

INSERT INTO customer_notes (application_id, customer_id, day, requests, units)
SELECT application_id, customer_id, day, requests, units FROM customer_day_sums;

INSERT INTO customer_notes (application_id, customer_id, requests, units)
SELECT application_id, coalesce(body ->> 'customer_id', entity_id), 0, 0 FROM configuration
WHERE entity IN ('customer', 'customer_plan');
