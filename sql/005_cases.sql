-- 005: cases that persons were escalated into (seed 000).

CREATE TABLE IF NOT EXISTS cases (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  person_id BINARY(16) NOT NULL COMMENT 'persons.id',
  status VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'open, escalated, in_progress, resolved or closed',
  priority VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'low, normal, high or urgent',
  reason VARCHAR(2000) NOT NULL DEFAULT '' COMMENT 'of the last escalation; sensitive',
  assignee VARCHAR(200) NULL COMMENT 'who takes care of it; personal',
  notes TEXT NOT NULL DEFAULT '' COMMENT 'sensitive',
  escalation_count INT NOT NULL DEFAULT 0 COMMENT 'how often it was escalated',
  escalated_at DATETIME(3) NULL COMMENT 'UTC; the last time',
  acknowledge_by DATETIME(3) NULL COMMENT 'UTC; when somebody should have taken it up',
  acknowledged_at DATETIME(3) NULL COMMENT 'UTC; when work began',
  resolved_at DATETIME(3) NULL COMMENT 'UTC',
  closed_at DATETIME(3) NULL COMMENT 'UTC',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY cases_person (tenant_id, person_id, status),
  KEY cases_status (tenant_id, status, acknowledge_by),
  KEY cases_priority (tenant_id, priority, created_at),
  KEY cases_assignee (tenant_id, assignee, status),
  KEY cases_due (tenant_id, acknowledge_by, id),
  KEY cases_escalated (tenant_id, escalated_at, id),
  KEY cases_created (tenant_id, created_at, id),
  KEY cases_updated (tenant_id, updated_at, id),
  CONSTRAINT cases_person FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='case work';

CREATE TABLE IF NOT EXISTS case_escalations (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  case_id BINARY(16) NOT NULL COMMENT 'cases.id',
  number INT NOT NULL COMMENT 'from 1',
  reason VARCHAR(2000) NOT NULL DEFAULT '' COMMENT 'sensitive',
  priority VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as asked for',
  assignee VARCHAR(200) NULL COMMENT 'as asked for; personal',
  escalated_by BINARY(16) NOT NULL COMMENT 'users.id; outlives the user',
  escalated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, case_id, number),
  CONSTRAINT case_escalations_case FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='each time that a case was escalated';
