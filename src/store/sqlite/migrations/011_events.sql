-- The trail of changes: one row for each change, chained for each tenant (store/events.h). Kept for ever.
CREATE TABLE event (
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    channel TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    actor_name TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target TEXT NOT NULL,
    payload TEXT NOT NULL,
    code BLOB NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;

-- The last row of each tenant, written once in a transaction: rows that are cut off at the end are missed.
CREATE TABLE event_head (
    tenant_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    code BLOB NOT NULL
) STRICT;

-- These stop accidents. Whoever can write the file can drop them; the chain is for that.
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not changed');
END;
CREATE TRIGGER event_is_not_removed BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not shortened');
END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not changed');
END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not shortened');
END;

-- PLU-09. A row for each change, and one for each request, whose action begins with "request.".
CREATE VIEW audit_log AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%fZ', e.time / 1000.0, 'unixepoch') AS ts,
    e.action AS action,
    e.actor_kind AS actor_kind,
    CASE WHEN e.actor_id IS NULL THEN e.actor_kind ELSE
        lower(substr(hex(e.actor_id), 1, 8) || '-' || substr(hex(e.actor_id), 9, 4) || '-' ||
              substr(hex(e.actor_id), 13, 4) || '-' || substr(hex(e.actor_id), 17, 4) || '-' ||
              substr(hex(e.actor_id), 21)) END AS actor,
    CASE WHEN e.actor_name <> '' THEN e.actor_name ELSE
        coalesce((SELECT c.name FROM credential c WHERE c.tenant_id = e.tenant_id AND c.id = e.actor_id), '')
        END AS actor_name,
    e.target_type AS target_type,
    e.target AS target,
    e.payload AS payload,
    e.channel AS channel,
    t.slug AS tenant,
    e.address AS ip,
    lower(substr(hex(e.request_id), 1, 8) || '-' || substr(hex(e.request_id), 9, 4) || '-' ||
          substr(hex(e.request_id), 13, 4) || '-' || substr(hex(e.request_id), 17, 4) || '-' ||
          substr(hex(e.request_id), 21)) AS request_id,
    e.seq AS seq
FROM tenant t
CROSS JOIN event e ON e.tenant_id = t.id
UNION ALL
SELECT
    time, 'request.' || lower(method), CASE WHEN credential IS NULL THEN '' ELSE 'credential' END,
    coalesce(credential, ''), coalesce(credential_name, ''), '', target,
    json_object('path', path, 'status', status, 'response_ms', response_ms, 'body_sha256', body_sha256, 'note', note),
    channel, tenant, ip, request_id, seq
FROM learn_scim_audit
WHERE channel <> 'cli';
