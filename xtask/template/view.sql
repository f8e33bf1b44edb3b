-- One row an entry that is there.
CREATE TABLE sample_entry (
    object  INTEGER PRIMARY KEY,
    added   BLOB    NOT NULL,
    member  BLOB    NOT NULL,
    text    TEXT    NOT NULL
) STRICT;
