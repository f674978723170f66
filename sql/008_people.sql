-- 008: residents and faculty, procedures and who may supervise them, blocks and assignments (seed 003).

CREATE TABLE IF NOT EXISTS people (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  name VARCHAR(100) NOT NULL COMMENT 'name or code; personal',
  type VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'resident or faculty',
  pgy_level SMALLINT NULL COMMENT '1 to 3 of residents, NULL of faculty',
  email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci NULL COMMENT 'unique in the tenant; personal',
  phone VARCHAR(40) NULL COMMENT 'as written; personal',
  specialty VARCHAR(100) NULL COMMENT 'of faculty: the first',
  is_active BOOLEAN NOT NULL DEFAULT 1 COMMENT '0: left, kept on record',
  specialties TEXT NOT NULL DEFAULT '[]' COMMENT 'JSON array of texts',
  primary_duty VARCHAR(100) NULL COMMENT 'free text',
  faculty_role VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'pd, apd, oic, dept_chief, sports_med, core or adjunct',
  performs_procedures BOOLEAN NOT NULL DEFAULT 0 COMMENT 'of faculty',
  min_clinic_halfdays_per_week SMALLINT NULL COMMENT 'half days',
  max_clinic_halfdays_per_week SMALLINT NULL COMMENT 'half days',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY people_email (tenant_id, email),
  KEY people_type (tenant_id, type, pgy_level, created_at, id),
  KEY people_pgy (tenant_id, pgy_level, created_at, id, type),
  KEY people_specialty (tenant_id, specialty),
  KEY people_active (tenant_id, is_active, created_at, id),
  KEY people_name (tenant_id, name, id),
  KEY people_created (tenant_id, created_at, id),
  KEY people_updated (tenant_id, updated_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='residents and faculty';

CREATE TABLE IF NOT EXISTS procedures (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  name VARCHAR(200) NOT NULL COMMENT 'e.g. Basic Life Support',
  code VARCHAR(50) NULL COMMENT 'short name, unique in the tenant',
  category VARCHAR(100) NULL COMMENT 'e.g. resuscitation',
  specialty VARCHAR(100) NULL COMMENT 'whose it is',
  description VARCHAR(2000) NULL COMMENT 'free text',
  required_credentials TEXT NOT NULL DEFAULT '[]' COMMENT 'JSON array of credential types',
  supervision_required BOOLEAN NOT NULL DEFAULT 1 COMMENT 'of residents',
  supervision_ratio SMALLINT NOT NULL DEFAULT 1 COMMENT 'residents a supervisor',
  requires_certification BOOLEAN NOT NULL DEFAULT 1 COMMENT 'who supervises needs a credential for it',
  complexity_level VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'standard' COMMENT 'basic, standard, advanced or complex',
  min_pgy_level SMALLINT NOT NULL DEFAULT 1 COMMENT '1 to 3',
  is_active BOOLEAN NOT NULL DEFAULT 1 COMMENT '0: no longer done',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY procedures_code (tenant_id, code),
  KEY procedures_name (tenant_id, name, id),
  KEY procedures_category (tenant_id, category),
  KEY procedures_specialty (tenant_id, specialty),
  KEY procedures_complexity (tenant_id, complexity_level),
  KEY procedures_active (tenant_id, is_active),
  KEY procedures_created (tenant_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='what is done and supervised';

CREATE TABLE IF NOT EXISTS credentials (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  faculty_id BINARY(16) NOT NULL COMMENT 'people.id',
  procedure_id BINARY(16) NOT NULL COMMENT 'procedures.id',
  credential_type VARCHAR(50) NOT NULL COMMENT 'e.g. BLS',
  status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'active' COMMENT 'as set: active, expired, suspended, pending or revoked; read as expired once its day has passed',
  certified_date DATE NULL COMMENT 'from when',
  expiration_date DATE NULL COMMENT 'its last day; NULL: for ever',
  certification_number VARCHAR(100) NULL COMMENT 'personal',
  issuing_organization VARCHAR(200) NULL COMMENT 'who gave it',
  notes VARCHAR(2000) NULL COMMENT 'free text',
  competency_level VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'qualified' COMMENT 'trainee, qualified, expert or master',
  last_verified_date DATE NULL COMMENT 'when somebody looked at it',
  max_concurrent_residents SMALLINT NULL COMMENT 'supervised at once',
  max_per_week SMALLINT NULL COMMENT 'supervised in a week',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  KEY credentials_faculty (tenant_id, faculty_id, procedure_id),
  KEY credentials_procedure (tenant_id, procedure_id),
  KEY credentials_type (tenant_id, credential_type),
  KEY credentials_status (tenant_id, status, expiration_date),
  KEY credentials_expiration (tenant_id, expiration_date, id),
  KEY credentials_expiration_all (expiration_date, status),
  KEY credentials_competency (tenant_id, competency_level),
  KEY credentials_created (tenant_id, created_at, id),
  CONSTRAINT credentials_faculty FOREIGN KEY (tenant_id, faculty_id) REFERENCES people (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT credentials_procedure FOREIGN KEY (tenant_id, procedure_id) REFERENCES procedures (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='who may supervise what, until when';

CREATE TABLE IF NOT EXISTS credential_reminders (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  credential_id BINARY(16) NOT NULL COMMENT 'credentials.id',
  expiration_date DATE NOT NULL COMMENT 'the day that was announced; a renewal is announced anew',
  days SMALLINT NOT NULL COMMENT '90, 30, 14 or 7 before',
  sent_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, credential_id, expiration_date, days),
  CONSTRAINT credential_reminders_credential FOREIGN KEY (tenant_id, credential_id) REFERENCES credentials (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='expirations that were announced';

CREATE TABLE IF NOT EXISTS blocks (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  date DATE NOT NULL COMMENT 'the day',
  time_of_day VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'AM or PM',
  block_number SMALLINT NOT NULL DEFAULT 0 COMMENT 'of the academic year',
  is_weekend BOOLEAN AS (WEEKDAY(date) >= 5) VIRTUAL COMMENT 'Saturday or Sunday',
  is_holiday BOOLEAN NOT NULL DEFAULT 0 COMMENT 'no regular duty',
  holiday_name VARCHAR(100) NULL COMMENT 'free text',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY blocks_half_day (tenant_id, date, time_of_day),
  KEY blocks_number (tenant_id, block_number, date),
  KEY blocks_created (tenant_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='half days that people are assigned to';

CREATE TABLE IF NOT EXISTS assignments (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  id BINARY(16) NOT NULL COMMENT 'UUIDv7',
  version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'counts changes; the ETag',
  block_id BINARY(16) NOT NULL COMMENT 'blocks.id',
  person_id BINARY(16) NOT NULL COMMENT 'people.id',
  role VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'resident, primary, supervising or backup',
  activity_name VARCHAR(100) NOT NULL COMMENT 'e.g. Clinic',
  abbreviation VARCHAR(10) NULL COMMENT 'e.g. CLN',
  notes VARCHAR(2000) NULL COMMENT 'free text',
  created_at DATETIME(3) NOT NULL COMMENT 'UTC',
  updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY assignments_once (tenant_id, block_id, person_id),
  KEY assignments_person (tenant_id, person_id, block_id),
  KEY assignments_role (tenant_id, role),
  KEY assignments_created (tenant_id, created_at, id),
  CONSTRAINT assignments_block FOREIGN KEY (tenant_id, block_id) REFERENCES blocks (tenant_id, id),
  CONSTRAINT assignments_person FOREIGN KEY (tenant_id, person_id) REFERENCES people (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci COMMENT='who does what in a half day';

CREATE TABLE IF NOT EXISTS rollovers (
  tenant_id BINARY(16) NOT NULL COMMENT 'tenants.id',
  academic_year SMALLINT NOT NULL COMMENT 'that begins',
  done_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (tenant_id, academic_year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='promotions of residents: once a year';

ALTER TABLE calendar_feeds ADD COLUMN IF NOT EXISTS kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'interactions' COMMENT 'interactions or expirations' AFTER user_id,
  DROP PRIMARY KEY, ADD PRIMARY KEY (tenant_id, user_id, kind);
