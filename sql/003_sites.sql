-- 003: sites inside a tenant and who belongs to them (seed 001).

CREATE TABLE IF NOT EXISTS sites (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  name VARCHAR(100) NOT NULL COMMENT 'unique in the tenant',
  description VARCHAR(1000) NULL COMMENT 'what it is',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY sites_name (tenant_id, name),
  KEY sites_created (tenant_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='places of work';

CREATE TABLE IF NOT EXISTS site_members (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  site_id BINARY(16) NOT NULL COMMENT 'sites.id',
  user_id BINARY(16) NOT NULL COMMENT 'users.id',
  role VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'admin, editor or viewer',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, user_id, site_id),
  KEY site_members_site (tenant_id, site_id, user_id),
  CONSTRAINT site_members_site FOREIGN KEY (tenant_id, site_id) REFERENCES sites (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT site_members_user FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='who may do what at a site';

ALTER TABLE sessions ADD COLUMN IF NOT EXISTS site_id BINARY(16) NULL COMMENT 'sites.id; the site that was chosen to work in';
