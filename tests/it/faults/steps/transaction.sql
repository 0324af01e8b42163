-- All or nothing.
BEGIN;
GRANT SELECT ON rides TO PUBLIC;
COMMIT;
