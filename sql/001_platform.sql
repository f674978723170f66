-- 001: what every module stands on: tenants, users, sessions, idempotency, audit, outbox and stream, exact totals.
-- Every table is InnoDB with an explicit primary key; nothing depends on the order of AUTO_INCREMENT (Galera).
-- A file that was interrupted is run again from its start, hence IF NOT EXISTS.

CREATE TABLE IF NOT EXISTS tenants (
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  name VARCHAR(200) NOT NULL COMMENT 'as registered',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='who everything belongs to';

CREATE TABLE IF NOT EXISTS users (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci NOT NULL COMMENT 'log-in address, unique in the installation; personal',
  username VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci NULL COMMENT 'log-in name, unique in the installation; personal',
  name VARCHAR(200) NOT NULL COMMENT 'of the person; personal',
  password_hash VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'argon2id, encoded; secret',
  status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active' COMMENT 'active or disabled',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY users_email (email),
  UNIQUE KEY users_username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='accounts';

CREATE TABLE IF NOT EXISTS user_roles (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  user_id BINARY(16) NOT NULL COMMENT 'users.id',
  role VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'a name of lib/auth/roles.tbl',
  PRIMARY KEY (tenant_id, user_id, role),
  CONSTRAINT user_roles_user FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what a user may be';

CREATE TABLE IF NOT EXISTS sessions (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7; the claim sid',
  user_id BINARY(16) NOT NULL COMMENT 'users.id',
  kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'long or short',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  last_seen_at DATETIME(3) NOT NULL COMMENT 'UTC; last log-in or refresh',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  revoked_at DATETIME(3) NULL COMMENT 'UTC; ended before its time',
  address VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'of the client; personal',
  user_agent VARCHAR(250) NOT NULL COMMENT 'of the client; personal',
  PRIMARY KEY (tenant_id, id),
  KEY sessions_user (tenant_id, user_id, created_at),
  KEY sessions_revoked (revoked_at),
  KEY sessions_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='log-ins';

CREATE TABLE IF NOT EXISTS refresh_tokens (
  token_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the token',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  session_id BINARY(16) NOT NULL COMMENT 'sessions.id',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  used_at DATETIME(3) NULL COMMENT 'UTC; each works once',
  PRIMARY KEY (token_hash),
  KEY refresh_tokens_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='rotating refresh tokens';

CREATE TABLE IF NOT EXISTS tickets (
  ticket_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the ticket',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  user_id BINARY(16) NOT NULL COMMENT 'users.id',
  session_id BINARY(16) NOT NULL COMMENT 'sessions.id',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (ticket_hash),
  KEY tickets_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one-time WebSocket tickets';

CREATE TABLE IF NOT EXISTS password_reset_requests (
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  email VARCHAR(320) NOT NULL COMMENT 'as asked for, known or not; personal',
  requested_at DATETIME(3) NOT NULL COMMENT 'UTC',
  tries INT NOT NULL DEFAULT 0 COMMENT 'failed deliveries',
  PRIMARY KEY (id),
  KEY password_reset_requests_at (requested_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='resets that wait for delivery';

CREATE TABLE IF NOT EXISTS password_resets (
  token_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the token',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  user_id BINARY(16) NOT NULL COMMENT 'users.id',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  used_at DATETIME(3) NULL COMMENT 'UTC; each works once',
  PRIMARY KEY (token_hash),
  KEY password_resets_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='mailed reset tokens';

CREATE TABLE IF NOT EXISTS login_attempts (
  subject_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of account and address, or of the address',
  failures INT NOT NULL COMMENT 'in a row',
  last_at DATETIME(3) NOT NULL COMMENT 'UTC',
  blocked_until DATETIME(3) NOT NULL COMMENT 'UTC; no try before',
  PRIMARY KEY (subject_hash),
  KEY login_attempts_last (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='throttling of log-ins';

CREATE TABLE IF NOT EXISTS idempotency (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  key_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of user and Idempotency-Key',
  fingerprint BINARY(32) NOT NULL COMMENT 'SHA-256 of method, path, query and body',
  status SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'HTTP status of the first answer',
  content_type VARCHAR(100) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'of the first answer',
  location VARCHAR(500) NOT NULL DEFAULT '' COMMENT 'of the first answer',
  etag VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'of the first answer',
  body MEDIUMBLOB NULL COMMENT 'of the first answer; personal',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, key_hash),
  KEY idempotency_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='first answers, for repeats';

CREATE TABLE IF NOT EXISTS audit (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7; the receipt of the change',
  at DATETIME(3) NOT NULL COMMENT 'UTC',
  actor_id BINARY(16) NULL COMMENT 'users.id; NULL is the system',
  address VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'of the client; personal',
  request_id VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'X-Request-Id',
  resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of record',
  record_id BINARY(16) NOT NULL COMMENT 'its id',
  version INT UNSIGNED NOT NULL COMMENT 'its version after the change',
  op VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'create, update, delete or access',
  before_doc LONGTEXT NULL COMMENT 'JSON of what changed, as it was; personal',
  after_doc LONGTEXT NULL COMMENT 'JSON of what changed, as it is; personal',
  PRIMARY KEY (tenant_id, id),
  KEY audit_record (tenant_id, resource, record_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='who changed what; rows are only ever added';

CREATE TABLE IF NOT EXISTS outbox (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'only a name: never read by position',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  channel VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. persons',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. person_updated',
  record_id BINARY(16) NOT NULL COMMENT 'what it is about',
  body LONGTEXT NOT NULL COMMENT 'JSON; personal',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='committed events on their way to the stream';

CREATE TABLE IF NOT EXISTS stream (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  seq BIGINT UNSIGNED NOT NULL COMMENT 'dense within the tenant',
  channel VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. persons',
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. person_updated',
  record_id BINARY(16) NOT NULL COMMENT 'what it is about',
  body LONGTEXT NOT NULL COMMENT 'JSON; personal',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, seq),
  KEY stream_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='events in commit order, for resuming clients';

CREATE TABLE IF NOT EXISTS stream_head (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  seq BIGINT UNSIGNED NOT NULL COMMENT 'last given; outlives retention',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'changes when seq starts anew',
  PRIMARY KEY (tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='where each stream stands';

CREATE TABLE IF NOT EXISTS relay_lease (
  id TINYINT NOT NULL COMMENT 'always 1',
  holder BINARY(16) NOT NULL COMMENT 'which relay',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'counts holders',
  expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one relay at a time';

CREATE TABLE IF NOT EXISTS tally_head (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of record',
  folds BIGINT UNSIGNED NOT NULL COMMENT 'counts folds',
  PRIMARY KEY (tenant_id, resource)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='lock and counter of folding';

CREATE TABLE IF NOT EXISTS tally_base (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of record',
  bucket VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'values of the counted fields',
  n BIGINT NOT NULL COMMENT 'records, without the deltas',
  PRIMARY KEY (tenant_id, resource, bucket)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='exact totals';

CREATE TABLE IF NOT EXISTS tally_delta (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'only a name',
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of record',
  bucket VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'values of the counted fields',
  d INT NOT NULL COMMENT 'what a change adds; 0 marks a change',
  PRIMARY KEY (id),
  KEY tally_delta_resource (tenant_id, resource)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='changes of totals that wait for the fold';
