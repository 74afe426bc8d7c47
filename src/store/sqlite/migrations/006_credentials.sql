-- When the present token of a credential was made; empty: with the credential.
ALTER TABLE credential ADD COLUMN token_issued INTEGER;

-- Further tokens of a credential: 'previous', of before a rotation, and 'access', given for a short time.
CREATE TABLE credential_token (
    token_hash BLOB PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    credential_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    expires INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_token_of ON credential_token (tenant_id, credential_id, expires);

-- Who signs tokens (JWT) for a tenant. `keys` is JSON: a list of kid, algorithm and public key.
CREATE TABLE issuer (
    tenant_id INTEGER NOT NULL,
    url TEXT NOT NULL,
    audience TEXT NOT NULL,
    tenant_claim TEXT NOT NULL,
    tenant_value TEXT NOT NULL,
    keys TEXT NOT NULL,
    credential_id BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, url),
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX issuer_by_url ON issuer (url);

-- How credentials are used, to see what is unusual.
CREATE TABLE credential_address (
    tenant_id INTEGER NOT NULL,
    credential_id BLOB NOT NULL,
    address TEXT NOT NULL,
    last_used INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential_hour (
    tenant_id INTEGER NOT NULL,
    credential_id BLOB NOT NULL,
    hour INTEGER NOT NULL,           -- since 1970
    requests INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential_notice (
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    credential_id BLOB NOT NULL,
    kind TEXT NOT NULL,              -- 'new_address', 'volume'
    address TEXT NOT NULL,
    requests INTEGER NOT NULL,
    usual INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
