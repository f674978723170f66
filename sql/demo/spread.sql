-- What demo.mjs has just made looks as if it had grown: persons over a year and a half, their changes since then, the rest by its own dates.
-- Runs once, on a database of demo data only.

UPDATE persons SET created_at = UTC_TIMESTAMP() - INTERVAL 30 + MOD(CONV(LEFT(MD5(email), 6), 16, 10), 500) DAY + INTERVAL MOD(CONV(RIGHT(MD5(email), 4), 16, 10), 32400) SECOND;

UPDATE audit AS a
  JOIN (SELECT tenant_id, id, ROW_NUMBER() OVER (PARTITION BY tenant_id, record_id ORDER BY id) - 1 AS n, COUNT(*) OVER (PARTITION BY tenant_id, record_id) AS of_all
          FROM audit WHERE resource = 'person') AS w ON w.tenant_id = a.tenant_id AND w.id = a.id
  JOIN persons AS p ON p.tenant_id = a.tenant_id AND p.id = a.record_id
   SET a.at = p.created_at + INTERVAL ROUND(w.n / w.of_all * TIMESTAMPDIFF(SECOND, p.created_at, UTC_TIMESTAMP())) SECOND;

UPDATE persons AS p SET updated_at = (SELECT MAX(a.at) FROM audit AS a WHERE a.tenant_id = p.tenant_id AND a.resource = 'person' AND a.record_id = p.id);

UPDATE interactions SET created_at = LEAST(date + INTERVAL 20 MINUTE, UTC_TIMESTAMP()), updated_at = LEAST(date + INTERVAL 20 MINUTE, UTC_TIMESTAMP());

UPDATE site_interactions SET created_at = LEAST(start_datetime - INTERVAL 5 DAY, UTC_TIMESTAMP()), updated_at = LEAST(start_datetime + INTERVAL 2 HOUR, UTC_TIMESTAMP());

UPDATE cases SET created_at = UTC_TIMESTAMP() - INTERVAL 1 + MOD(CONV(HEX(RIGHT(id, 2)), 16, 10), 40) DAY,
                 escalated_at = created_at, updated_at = created_at + INTERVAL 3 HOUR,
                 acknowledge_by = created_at + INTERVAL CASE priority WHEN 'urgent' THEN 4 WHEN 'high' THEN 24 WHEN 'normal' THEN 72 ELSE 168 END HOUR,
                 acknowledged_at = IF(acknowledged_at IS NULL, NULL, created_at + INTERVAL 2 HOUR),
                 resolved_at = IF(resolved_at IS NULL, NULL, created_at + INTERVAL 1 DAY), closed_at = IF(closed_at IS NULL, NULL, created_at + INTERVAL 1 DAY);

UPDATE case_escalations AS e JOIN cases AS c ON c.tenant_id = e.tenant_id AND c.id = e.case_id SET e.escalated_at = c.created_at;
