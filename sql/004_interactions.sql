-- 004: interactions of sites (seed 001), who takes part in them, and the calendars that show them.

CREATE TABLE IF NOT EXISTS site_interactions (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes, also over a restored deletion; the ETag',
  site_id BINARY(16) NOT NULL COMMENT 'sites.id',
  title VARCHAR(100) NOT NULL COMMENT 'sensitive',
  type VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Meeting, Call, Email or Other',
  lead VARCHAR(100) NOT NULL COMMENT 'who leads it; personal',
  start_datetime DATETIME(3) NOT NULL COMMENT 'UTC',
  end_datetime DATETIME(3) NOT NULL COMMENT 'UTC; after the start',
  timezone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'IANA name of the zone it happens in',
  location VARCHAR(200) NULL COMMENT 'where',
  description TEXT NOT NULL COMMENT 'sensitive',
  notes TEXT NULL COMMENT 'sensitive',
  participants TEXT NOT NULL DEFAULT '[]' COMMENT 'JSON array of person ids; as rows in interaction_participants; personal',
  duration_minutes INT AS (TIMESTAMPDIFF(MINUTE, start_datetime, end_datetime)) VIRTUAL COMMENT 'minutes',
  created_by BINARY(16) NOT NULL COMMENT 'users.id; outlives the user',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY site_interactions_site (tenant_id, site_id, start_datetime, id),
  KEY site_interactions_start (tenant_id, start_datetime, id),
  KEY site_interactions_end (tenant_id, end_datetime),
  KEY site_interactions_created (tenant_id, created_at, id),
  KEY site_interactions_updated (tenant_id, updated_at, id),
  KEY site_interactions_type (tenant_id, type, start_datetime),
  KEY site_interactions_lead (tenant_id, lead, start_datetime),
  KEY site_interactions_title (tenant_id, title, id),
  KEY site_interactions_author (tenant_id, created_by),
  CONSTRAINT site_interactions_site FOREIGN KEY (tenant_id, site_id) REFERENCES sites (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='meetings, calls and mails of a site';

CREATE TABLE IF NOT EXISTS interaction_participants (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  interaction_id BINARY(16) NOT NULL COMMENT 'site_interactions.id',
  person_id BINARY(16) NOT NULL COMMENT 'persons.id',
  PRIMARY KEY (tenant_id, interaction_id, person_id),
  KEY interaction_participants_person (tenant_id, person_id),
  CONSTRAINT interaction_participants_interaction FOREIGN KEY (tenant_id, interaction_id) REFERENCES site_interactions (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT interaction_participants_person FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='participants as rows';

CREATE TABLE IF NOT EXISTS calendar_feeds (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  user_id BINARY(16) NOT NULL COMMENT 'users.id; whose sites it shows',
  secret_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the secret in its address',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, user_id),
  UNIQUE KEY calendar_feeds_secret (secret_hash),
  CONSTRAINT calendar_feeds_user FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='private calendar addresses, one a user';
