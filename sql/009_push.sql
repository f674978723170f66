-- 009: events say which resource they are about and what was done, for subscribers that want to know (seed 002).

ALTER TABLE outbox
  ADD COLUMN IF NOT EXISTS resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'kind of record' AFTER type,
  ADD COLUMN IF NOT EXISTS op VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'create, update or delete; empty: no change' AFTER resource;

ALTER TABLE stream
  ADD COLUMN IF NOT EXISTS resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'kind of record' AFTER type,
  ADD COLUMN IF NOT EXISTS op VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'create, update or delete; empty: no change' AFTER resource,
  ADD KEY IF NOT EXISTS stream_record (tenant_id, record_id, seq);
