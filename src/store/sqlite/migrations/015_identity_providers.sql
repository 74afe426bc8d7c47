-- Addresses that a credential may be used from, separated by commas; empty: all. Quarantine: since when nobody has
-- confirmed that the credential is still good.
ALTER TABLE credential ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN quarantined INTEGER;

-- Where the keys of an issuer are fetched, and when that was done last.
ALTER TABLE issuer ADD COLUMN keys_url TEXT NOT NULL DEFAULT '';
ALTER TABLE issuer ADD COLUMN keys_fetched INTEGER;

-- Where administrators sign in (OpenID Connect), and who they are there.
CREATE TABLE identity_provider (
    tenant_id INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT NOT NULL,     -- sealed with a key that is not in the database; '' for a public client
    match_email INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE provider_subject (
    tenant_id INTEGER NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    member_id BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_subject_by_member ON provider_subject (tenant_id, member_id);

-- Mails that wait to be sent. The token in a mail is made when it goes out.
CREATE TABLE mail (
    tenant_id INTEGER NOT NULL,
    member_id BLOB NOT NULL,
    purpose TEXT NOT NULL,           -- as in member_token
    email TEXT NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, member_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_by_due ON mail (due);
