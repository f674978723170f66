-- 002: persons at risk and their interactions (seed 000).

CREATE TABLE IF NOT EXISTS persons (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  first_name VARCHAR(100) NOT NULL COMMENT 'personal',
  last_name VARCHAR(100) NOT NULL COMMENT 'personal',
  name VARCHAR(201) AS (CONCAT(first_name, ' ', last_name)) PERSISTENT COMMENT 'both names; personal',
  email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci NOT NULL COMMENT 'unique in the tenant; personal',
  phone VARCHAR(40) NOT NULL DEFAULT '' COMMENT 'as written; personal',
  status VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active' COMMENT 'active, inactive or flagged',
  risk_level VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'low, moderate, high or critical; sensitive',
  risk_score SMALLINT NOT NULL DEFAULT 0 COMMENT '0 to 100; sensitive',
  risk_notes TEXT NOT NULL DEFAULT '' COMMENT 'sensitive',
  notes TEXT NOT NULL DEFAULT '' COMMENT 'sensitive',
  tags VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'comma separated; the set is in person_tags',
  interaction_count INT NOT NULL DEFAULT 0 COMMENT 'rows in interactions',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY persons_email (tenant_id, email),
  KEY persons_created (tenant_id, created_at, id),
  KEY persons_updated (tenant_id, updated_at, id),
  KEY persons_name (tenant_id, name, id),
  KEY persons_first_name (tenant_id, first_name, id),
  KEY persons_last_name (tenant_id, last_name, id),
  KEY persons_phone (tenant_id, phone, id),
  KEY persons_status (tenant_id, status, id),
  KEY persons_risk_level (tenant_id, risk_level, id),
  KEY persons_risk_score (tenant_id, risk_score, id),
  KEY persons_interactions (tenant_id, interaction_count, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='persons at risk';

CREATE TABLE IF NOT EXISTS person_tags (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  tag VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci NOT NULL COMMENT 'one of persons.tags',
  person_id BINARY(16) NOT NULL COMMENT 'persons.id',
  PRIMARY KEY (tenant_id, tag, person_id),
  KEY person_tags_person (tenant_id, person_id),
  CONSTRAINT person_tags_person FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='tags as a set';

-- The seed's ON DELETE SET NULL of the related person would null tenant_id too. The key refuses instead, and persons.fcgi clears the
-- references in the same transaction, before it deletes.
CREATE TABLE IF NOT EXISTS interactions (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  person_id BINARY(16) NOT NULL COMMENT 'persons.id',
  related_person_id BINARY(16) NULL COMMENT 'persons.id',
  type VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'message, call, meeting or incident',
  description TEXT NOT NULL DEFAULT '' COMMENT 'sensitive',
  date DATETIME(3) NOT NULL COMMENT 'UTC; when it happened',
  risk_level VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'low, moderate, high or critical; sensitive',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY interactions_person (tenant_id, person_id, risk_level, date),
  KEY interactions_person_date (tenant_id, person_id, date),
  KEY interactions_related (tenant_id, related_person_id),
  KEY interactions_date (tenant_id, date, id),
  KEY interactions_type (tenant_id, type, date),
  KEY interactions_risk (tenant_id, risk_level, date),
  CONSTRAINT interactions_person FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT interactions_related FOREIGN KEY (tenant_id, related_person_id) REFERENCES persons (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='what happened with a person';
