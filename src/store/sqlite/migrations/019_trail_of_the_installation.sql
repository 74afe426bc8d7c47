-- PLU-09. A row for each change, and one for each request, whose action begins with "request.". What is the
-- installation's (operators) has no tenant.
DROP VIEW audit_log;
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
FROM (SELECT 0 AS id, NULL AS slug UNION ALL SELECT id, slug FROM tenant) t
CROSS JOIN event e ON e.tenant_id = t.id
UNION ALL
SELECT
    time, 'request.' || lower(method), CASE WHEN credential IS NULL THEN '' ELSE 'credential' END,
    coalesce(credential, ''), coalesce(credential_name, ''), '', target,
    json_object('path', path, 'status', status, 'response_ms', response_ms, 'body_sha256', body_sha256, 'note', note),
    channel, tenant, ip, request_id, seq
FROM learn_scim_audit
WHERE channel <> 'cli';
