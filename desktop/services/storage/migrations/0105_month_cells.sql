-- What customers used in whole months, as columns that are rated without being taken apart. Each
-- change of a day's row is noted by the transaction that makes it; notes are folded into the columns
-- from time to time, and what is not folded yet is added when cells are read.

CREATE TABLE month_customers (
    application_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    customer_id TEXT NOT NULL,
    PRIMARY KEY (application_id, number),
    UNIQUE (application_id, customer_id)
) STRICT, WITHOUT ROWID;

-- `month` counts from January 1970; `name` is one of customers, quantity, events, peak.
CREATE TABLE month_columns (
    application_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    month INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (name IN ('customers', 'quantity', 'events', 'peak')),
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, month, endpoint_id, meter, name)
) STRICT;

-- `fell`: the day's peak became smaller, so that the month's has to be looked up again.
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
) STRICT;

CREATE TRIGGER month_change_of_new_day AFTER INSERT ON customer_days BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (new.application_id, new.endpoint_id, new.meter, new.day, new.customer_id, new.quantity,
        new.events, new.peak, 0);
END;

CREATE TRIGGER month_change_of_day AFTER UPDATE ON customer_days
WHEN new.quantity <> old.quantity OR new.events <> old.events OR new.peak <> old.peak BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (new.application_id, new.endpoint_id, new.meter, new.day, new.customer_id,
        new.quantity - old.quantity, new.events - old.events, new.peak, new.peak < old.peak);
END;

CREATE TRIGGER month_change_of_gone_day AFTER DELETE ON customer_days BEGIN
    INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
        events, peak, fell)
    VALUES (old.application_id, old.endpoint_id, old.meter, old.day, old.customer_id,
        -old.quantity, -old.events, 0, 1);
END;

-- Days that were stored before there were months.
INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity, events,
    peak, fell)
SELECT application_id, endpoint_id, meter, day, customer_id, quantity, events, peak, 0
FROM customer_days;

-- What a cell is; another definition makes all cells anew.
CREATE TABLE month_definition (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    definition TEXT NOT NULL
) STRICT;

INSERT INTO month_definition (one, definition) VALUES (1, 'calendar months');
