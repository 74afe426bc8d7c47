-- What lets applications and members in. Of tokens only the SHA-256 is kept.
CREATE TABLE service_key (
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,            -- separated by blanks
    token_hash BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    last_used INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_key_by_token ON service_key (token_hash);

-- Asked for by token with every request of the application, so that the token leads to the row itself. A session that
-- has ended is gone.
CREATE TABLE member_session (
    tenant_id INTEGER NOT NULL,
    token_hash BLOB NOT NULL,
    id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_session_by_id ON member_session (tenant_id, id);
CREATE INDEX member_session_by_member ON member_session (tenant_id, member_id, id);

CREATE TABLE member_key (
    tenant_id INTEGER NOT NULL,
    token_hash BLOB NOT NULL,
    id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,             -- separated by blanks; the application gives them a meaning
    created INTEGER NOT NULL,
    expires INTEGER,
    suspended INTEGER,               -- set while its member is deactivated
    revoked INTEGER,
    PRIMARY KEY (tenant_id, token_hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_key_by_id ON member_key (tenant_id, id);
CREATE INDEX member_key_by_member ON member_key (tenant_id, member_id, id);
