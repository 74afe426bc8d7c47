-- Types of a tenant whose resources do not stand in the table in the order of their ids: lists of the others are read
-- without the index.
INSERT INTO counter (tenant_id, name, value)
SELECT tenant_id, 'out_of_order:' || type, count(*)
FROM (SELECT tenant_id, type, id, lag(id) OVER (PARTITION BY tenant_id, type ORDER BY seq) AS before FROM resource)
WHERE before > id
GROUP BY tenant_id, type;
