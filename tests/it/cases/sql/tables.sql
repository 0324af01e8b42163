-- What has to be there; each statement can run again.
CREATE TABLE IF NOT EXISTS rides (
    id varchar(36) NOT NULL, -- one per ride; never reused
    "fare;" decimal(8, 2) DEFAULT 0
);

/* Redshift knows no CREATE USER IF NOT EXISTS; /* so */ a procedure asks first. */
CREATE OR REPLACE PROCEDURE ensure_reader() AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_user WHERE usename = 'reader') THEN
        EXECUTE 'CREATE USER reader PASSWORD DISABLE';
    END IF;
END;
$$ LANGUAGE plpgsql;

CALL ensure_reader();
COMMENT ON TABLE rides IS 'it''s \\ """quoted""";';
