-- What has to be there before the first record is loaded. Each statement may run again.
CREATE TABLE IF NOT EXISTS scans (
    badge      VARCHAR(64)  NOT NULL,
    event      VARCHAR(128) NOT NULL,
    booth      VARCHAR(64),
    scanned_at TIMESTAMP    NOT NULL
) DISTKEY (badge) SORTKEY (scanned_at);

CREATE OR REPLACE VIEW visitors AS
    SELECT event, booth, DATE_TRUNC('hour', scanned_at) AS begins, COUNT(DISTINCT badge) AS visitors
    FROM scans
    GROUP BY event, booth, DATE_TRUNC('hour', scanned_at);
