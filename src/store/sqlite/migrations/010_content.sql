-- Who owns what an application keeps. owner_id of 16 zero bytes: the placeholder.
CREATE TABLE content (
    tenant_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    reference TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    registered INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, scope, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_by_owner ON content (tenant_id, owner_id, scope, reference);
