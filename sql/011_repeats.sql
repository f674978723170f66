-- 011: an answer that is repeated for an Idempotency-Key says again which of its members are personal.

ALTER TABLE idempotency
  ADD COLUMN IF NOT EXISTS phi VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'X-PHI-Fields of the first answer' AFTER etag;
