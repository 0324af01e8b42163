CREATE TABLE IF NOT EXISTS rides (id varchar(36));
COMMENT ON TABLE rides IS 'one row per ride;
