-- Who may do what, one database user a module. @NAME@ is the schema, @PASSWORD_x@ each user's own secret;
-- rendered and applied at every start, so that a new grant needs no migration.

-- Migrations and almonerctl.
CREATE USER IF NOT EXISTS 'almoner_admin'@'localhost';
ALTER USER 'almoner_admin'@'localhost' IDENTIFIED BY '@PASSWORD_admin@';
GRANT ALL ON @NAME@.* TO 'almoner_admin'@'localhost';

-- What every module needs: is the schema new enough, is the session revoked, and to leave what it did and what it answered.
CREATE ROLE IF NOT EXISTS almoner_module;
GRANT SELECT ON @NAME@.schema_migrations TO almoner_module;
GRANT SELECT (tenant_id, id, user_id, expires_at, revoked_at, site_id) ON @NAME@.sessions TO almoner_module;
GRANT SELECT (tenant_id, id) ON @NAME@.sites TO almoner_module;
GRANT SELECT ON @NAME@.site_members TO almoner_module;
GRANT SELECT, INSERT, UPDATE ON @NAME@.idempotency TO almoner_module;
GRANT SELECT, INSERT ON @NAME@.audit TO almoner_module;
GRANT INSERT ON @NAME@.outbox TO almoner_module;

-- Accounts and log-ins; sweeps what has expired.
CREATE USER IF NOT EXISTS 'almoner_auth'@'localhost';
ALTER USER 'almoner_auth'@'localhost' IDENTIFIED BY '@PASSWORD_auth@';
GRANT almoner_module TO 'almoner_auth'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_auth'@'localhost';
GRANT SELECT, INSERT ON @NAME@.tenants TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.users TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.sites TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.site_members TO 'almoner_auth'@'localhost';
GRANT SELECT ON @NAME@.tally_head TO 'almoner_auth'@'localhost';
GRANT SELECT ON @NAME@.tally_base TO 'almoner_auth'@'localhost';
GRANT SELECT ON @NAME@.tally_delta TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.user_roles TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.sessions TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.refresh_tokens TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tickets TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.password_reset_requests TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.password_resets TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.login_attempts TO 'almoner_auth'@'localhost';
GRANT DELETE ON @NAME@.idempotency TO 'almoner_auth'@'localhost';

-- Persons at risk and their cases; of interactions it reads the risk, and takes those and the reports of who is deleted along.
CREATE USER IF NOT EXISTS 'almoner_persons'@'localhost';
ALTER USER 'almoner_persons'@'localhost' IDENTIFIED BY '@PASSWORD_persons@';
GRANT almoner_module TO 'almoner_persons'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_head TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_base TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tally_delta TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.persons TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.person_tags TO 'almoner_persons'@'localhost';
GRANT SELECT, DELETE, UPDATE (related_person_id, version, updated_at) ON @NAME@.interactions TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.cases TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT ON @NAME@.case_escalations TO 'almoner_persons'@'localhost';
GRANT SELECT (tenant_id, id, participants, version, updated_at), UPDATE (participants, version, updated_at) ON @NAME@.site_interactions TO 'almoner_persons'@'localhost';
GRANT SELECT ON @NAME@.interaction_participants TO 'almoner_persons'@'localhost';
GRANT SELECT, DELETE ON @NAME@.reports TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.people TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.procedures TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.credentials TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT ON @NAME@.credential_reminders TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.blocks TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.assignments TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT ON @NAME@.rollovers TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.calendar_feeds TO 'almoner_persons'@'localhost';
GRANT SELECT (tenant_id, id, status) ON @NAME@.users TO 'almoner_persons'@'localhost';
GRANT SELECT ON @NAME@.user_roles TO 'almoner_persons'@'localhost';

-- Interactions; each is counted on its person.
CREATE USER IF NOT EXISTS 'almoner_interactions'@'localhost';
ALTER USER 'almoner_interactions'@'localhost' IDENTIFIED BY '@PASSWORD_interactions@';
GRANT almoner_module TO 'almoner_interactions'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_head TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_base TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tally_delta TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.interactions TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.site_interactions TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.interaction_participants TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.search_terms TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.search_postings TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT ON @NAME@.search_variants TO 'almoner_interactions'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.calendar_feeds TO 'almoner_interactions'@'localhost';
GRANT SELECT (tenant_id, id, status) ON @NAME@.users TO 'almoner_interactions'@'localhost';
GRANT SELECT ON @NAME@.user_roles TO 'almoner_interactions'@'localhost';
GRANT SELECT, UPDATE (interaction_count, updated_at, version) ON @NAME@.persons TO 'almoner_interactions'@'localhost';

-- Reports about what other modules keep; it reads, and keeps only which reports there are.
CREATE USER IF NOT EXISTS 'almoner_reports'@'localhost';
ALTER USER 'almoner_reports'@'localhost' IDENTIFIED BY '@PASSWORD_reports@';
GRANT almoner_module TO 'almoner_reports'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_reports'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_head TO 'almoner_reports'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_base TO 'almoner_reports'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tally_delta TO 'almoner_reports'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.reports TO 'almoner_reports'@'localhost';
GRANT SELECT ON @NAME@.persons TO 'almoner_reports'@'localhost';
GRANT SELECT ON @NAME@.interactions TO 'almoner_reports'@'localhost';
GRANT SELECT (tenant_id, id, name) ON @NAME@.users TO 'almoner_reports'@'localhost';

-- The relay from outbox to stream, and who may listen.
CREATE USER IF NOT EXISTS 'almoner_pushd'@'localhost';
ALTER USER 'almoner_pushd'@'localhost' IDENTIFIED BY '@PASSWORD_pushd@';
GRANT almoner_module TO 'almoner_pushd'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_pushd'@'localhost';
GRANT SELECT, DELETE ON @NAME@.outbox TO 'almoner_pushd'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.stream TO 'almoner_pushd'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.stream_head TO 'almoner_pushd'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.relay_lease TO 'almoner_pushd'@'localhost';
GRANT SELECT, DELETE ON @NAME@.tickets TO 'almoner_pushd'@'localhost';
GRANT SELECT ON @NAME@.user_roles TO 'almoner_pushd'@'localhost';

-- Where events are sent to. It writes secrets and can't read them: only hookd can.
CREATE USER IF NOT EXISTS 'almoner_webhooks'@'localhost';
ALTER USER 'almoner_webhooks'@'localhost' IDENTIFIED BY '@PASSWORD_webhooks@';
GRANT almoner_module TO 'almoner_webhooks'@'localhost';
SET DEFAULT ROLE almoner_module FOR 'almoner_webhooks'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.webhooks TO 'almoner_webhooks'@'localhost';
GRANT SELECT (tenant_id, webhook_id, id, expires_at), INSERT, UPDATE (expires_at) ON @NAME@.webhook_secrets TO 'almoner_webhooks'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.webhook_cursors TO 'almoner_webhooks'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.webhook_deliveries TO 'almoner_webhooks'@'localhost';
GRANT SELECT ON @NAME@.stream_head TO 'almoner_webhooks'@'localhost';
GRANT SELECT (tenant_id, seq, type) ON @NAME@.stream TO 'almoner_webhooks'@'localhost';

-- Delivery to them: the one that reads the secrets, and the stream.
CREATE USER IF NOT EXISTS 'almoner_hookd'@'localhost';
ALTER USER 'almoner_hookd'@'localhost' IDENTIFIED BY '@PASSWORD_hookd@';
GRANT SELECT ON @NAME@.schema_migrations TO 'almoner_hookd'@'localhost';
GRANT SELECT ON @NAME@.stream TO 'almoner_hookd'@'localhost';
GRANT SELECT ON @NAME@.stream_head TO 'almoner_hookd'@'localhost';
GRANT SELECT, UPDATE (enabled, disabled_reason, version, updated_at) ON @NAME@.webhooks TO 'almoner_hookd'@'localhost';
GRANT SELECT, DELETE ON @NAME@.webhook_secrets TO 'almoner_hookd'@'localhost';
GRANT SELECT, UPDATE ON @NAME@.webhook_cursors TO 'almoner_hookd'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.webhook_deliveries TO 'almoner_hookd'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.webhook_lease TO 'almoner_hookd'@'localhost';
GRANT INSERT ON @NAME@.audit TO 'almoner_hookd'@'localhost';
