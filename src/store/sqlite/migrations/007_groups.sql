-- Beside every resource of type Group, with its id.
CREATE TABLE group_state (
    tenant_id INTEGER NOT NULL,
    id BLOB NOT NULL,
    source TEXT NOT NULL,            -- 'api' or 'manual'
    owner_id BLOB,
    enabled INTEGER NOT NULL,        -- 0: it grants nothing (PLU-05)
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_state_by_owner ON group_state (tenant_id, owner_id) WHERE owner_id IS NOT NULL;

INSERT INTO group_state (tenant_id, id, source, enabled) SELECT tenant_id, id, 'api', 1 FROM resource WHERE type = 'Group';

-- What a member or a group may read or write.
CREATE TABLE scope_grant (
    tenant_id INTEGER NOT NULL,
    subject_id BLOB NOT NULL,
    scope TEXT NOT NULL,
    access TEXT NOT NULL,            -- 'read' or 'write'
    PRIMARY KEY (tenant_id, subject_id, scope)
) STRICT, WITHOUT ROWID;
