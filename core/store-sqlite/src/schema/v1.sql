-- The layout of pre-releases: one table for everything. The version of a scope is its row with an
-- empty table name and an empty key, and the only row whose value is an integer.
CREATE TABLE rows (
    scope BLOB NOT NULL,
    tbl   TEXT NOT NULL,
    key   BLOB NOT NULL,
    value NOT NULL,
    PRIMARY KEY (scope, tbl, key)
) WITHOUT ROWID;
