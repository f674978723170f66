-- 007: reports that were made, and whose files are kept.

CREATE TABLE IF NOT EXISTS reports (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7; the file is VAR/files/reports/<tenant>/<id>.pdf',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'intervention',
  person_id BINARY(16) NOT NULL COMMENT 'persons.id',
  file_url VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'path to get it at',
  file_size INT NOT NULL COMMENT 'bytes',
  created_by BINARY(16) NOT NULL COMMENT 'users.id; outlives the user',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY reports_person (tenant_id, person_id),
  KEY reports_created (tenant_id, created_at, id),
  CONSTRAINT reports_person FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='reports and where their files are';
