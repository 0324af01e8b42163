-- The user that Firehose loads as. It cannot log in before an administrator gives it the password of its secret.
CREATE OR REPLACE PROCEDURE make_loader() AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_user WHERE usename = 'loader') THEN
        EXECUTE 'CREATE USER loader PASSWORD DISABLE';
    END IF;
END;
$$ LANGUAGE plpgsql;

CALL make_loader();

GRANT INSERT ON scans TO loader;
