-- Secrets of this database, made when it is opened for the first time: "seal" is the key of cursors.
CREATE TABLE instance_secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
