-- The last day of a legal hold, counted as days of usage are; null for until it is released.
ALTER TABLE legal_holds ADD COLUMN until_day INTEGER;
