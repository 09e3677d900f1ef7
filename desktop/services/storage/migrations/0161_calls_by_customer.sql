-- The kept calls of one customer, oldest first, without a look at those of others.
CREATE INDEX kept_traces_by_customer
    ON kept_traces (application_id, body ->> 'customer_id', at_us, trace_id);
