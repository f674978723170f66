-- Who may do what, one database user a module. @NAME@ is the schema, @PASSWORD_x@ each user's own secret;
-- rendered and applied at every start, so that a new grant needs no migration.

CREATE USER IF NOT EXISTS 'almoner_admin'@'localhost';
ALTER USER 'almoner_admin'@'localhost' IDENTIFIED BY '@PASSWORD_admin@';
GRANT ALL ON @NAME@.* TO 'almoner_admin'@'localhost';

CREATE USER IF NOT EXISTS 'almoner_auth'@'localhost';
ALTER USER 'almoner_auth'@'localhost' IDENTIFIED BY '@PASSWORD_auth@';
GRANT SELECT ON @NAME@.schema_migrations TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT ON @NAME@.tenants TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.users TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.user_roles TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.sessions TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.refresh_tokens TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tickets TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.password_reset_requests TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.password_resets TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.login_attempts TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.idempotency TO 'almoner_auth'@'localhost';
GRANT SELECT, INSERT ON @NAME@.audit TO 'almoner_auth'@'localhost';
GRANT INSERT ON @NAME@.outbox TO 'almoner_auth'@'localhost';

CREATE USER IF NOT EXISTS 'almoner_persons'@'localhost';
ALTER USER 'almoner_persons'@'localhost' IDENTIFIED BY '@PASSWORD_persons@';
GRANT SELECT ON @NAME@.schema_migrations TO 'almoner_persons'@'localhost';
GRANT SELECT (tenant_id, id, user_id, expires_at, revoked_at) ON @NAME@.sessions TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.idempotency TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT ON @NAME@.audit TO 'almoner_persons'@'localhost';
GRANT INSERT ON @NAME@.outbox TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_head TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE ON @NAME@.tally_base TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.tally_delta TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON @NAME@.persons TO 'almoner_persons'@'localhost';
GRANT SELECT, INSERT, DELETE ON @NAME@.person_tags TO 'almoner_persons'@'localhost';
GRANT SELECT, UPDATE (related_person_id) ON @NAME@.interactions TO 'almoner_persons'@'localhost';
