-- Files with people's data that are being written, by their temporary names: what a crash leaves of
-- one is removed at the next start.
CREATE TABLE unfinished_files (
    temporary TEXT NOT NULL PRIMARY KEY,
    begun_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
