-- Versions get a table of their own, and types are enforced. Rows move out of the index, because
-- the state of a group is larger than a page.
ALTER TABLE rows RENAME TO rows_v1;

CREATE TABLE rows (
    scope BLOB NOT NULL,
    tbl   TEXT NOT NULL,
    key   BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (scope, tbl, key)
) STRICT;

CREATE TABLE versions (
    scope   BLOB    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO versions (scope, version)
    SELECT scope, value FROM rows_v1 WHERE typeof(value) = 'integer';

INSERT INTO rows (scope, tbl, key, value)
    SELECT scope, tbl, key, value FROM rows_v1 WHERE typeof(value) <> 'integer';

DROP TABLE rows_v1;
