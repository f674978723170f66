-- 010: webhooks: where a tenant's events are sent, and what became of each delivery. Bodies stay in the stream: what is erased there
-- is sent no more.

CREATE TABLE IF NOT EXISTS webhooks (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  url VARCHAR(2000) NOT NULL COMMENT 'where to',
  events LONGTEXT NOT NULL COMMENT 'JSON array of channels, types or *',
  description VARCHAR(500) NULL COMMENT 'what it is for',
  enabled TINYINT NOT NULL DEFAULT 1 COMMENT '0: nothing is sent',
  disabled_reason VARCHAR(100) NULL COMMENT 'why it was switched off by itself',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY webhooks_created (tenant_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='receivers of events';

CREATE TABLE IF NOT EXISTS webhook_secrets (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  webhook_id BINARY(16) NOT NULL COMMENT 'webhooks.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7; the newest is the one shown last',
  secret VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'whsec_…; secret: only hookd may read it',
  expires_at DATETIME(3) NULL COMMENT 'UTC; end of the overlap after a rotation; NULL: in force',
  PRIMARY KEY (tenant_id, webhook_id, id),
  KEY webhook_secrets_expires (expires_at),
  CONSTRAINT webhook_secrets_webhook FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what deliveries are signed with';

CREATE TABLE IF NOT EXISTS webhook_cursors (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  webhook_id BINARY(16) NOT NULL COMMENT 'webhooks.id',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'of the stream; 0: there was none yet',
  seq BIGINT UNSIGNED NOT NULL COMMENT 'events up to this one have been planned',
  PRIMARY KEY (tenant_id, webhook_id),
  CONSTRAINT webhook_cursors_webhook FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='how far each webhook has followed the stream';

-- Without a foreign key: deleting a webhook must not delete a long log at once; its rows leave with the retention.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  webhook_id BINARY(16) NOT NULL COMMENT 'webhooks.id',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'of the stream',
  seq BIGINT UNSIGNED NOT NULL COMMENT 'of the event in the stream; 0: a test',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the event',
  state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'pending, delivered or dead',
  tries INT NOT NULL DEFAULT 0 COMMENT 'attempts so far',
  next_at DATETIME(3) NULL COMMENT 'UTC; no attempt before; NULL: none is due',
  attempted_at DATETIME(3) NULL COMMENT 'UTC; begin of the last attempt',
  response_status INT NULL COMMENT 'HTTP status of the last attempt',
  duration_ms INT NULL COMMENT 'milliseconds of the last attempt',
  error VARCHAR(200) NULL COMMENT 'why the last attempt failed',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC; when it was planned',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY webhook_deliveries_due (tenant_id, webhook_id, state, next_at, id),
  KEY webhook_deliveries_log (tenant_id, webhook_id, created_at, id),
  KEY webhook_deliveries_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='the log of deliveries, and what is due';

CREATE TABLE IF NOT EXISTS webhook_lease (
  id TINYINT NOT NULL COMMENT 'always 1',
  holder BINARY(16) NOT NULL COMMENT 'which hookd',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'counts holders',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one hookd delivers at a time';
