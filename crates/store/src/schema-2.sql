-- What an app remembers for this person on this device alone, such as what they declined. It never leaves the device, not even for
-- another one of the same person, and is in no backup of the log.
CREATE TABLE aside (
    app    TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (app, key)
) STRICT, WITHOUT ROWID;
