-- Shares, their versions, and which devices hold what.
-- `device` is a DeviceId, `member` a MemberId, `root` a BlobHash; ticks are raw.

-- One row a share. `id` is the object's id and `said` the sharing event's, both as text: people type their beginnings.
-- `latest` is the number of the current version, `changed` the tick of the newest description or version.
CREATE TABLE files_share (
    object   INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL,
    said     TEXT    NOT NULL,
    device   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    latest   INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    removed  INTEGER
) STRICT;
CREATE INDEX files_share_id ON files_share (id);
CREATE INDEX files_share_said ON files_share (said);
CREATE INDEX files_share_name ON files_share (name);
CREATE INDEX files_share_tick ON files_share (tick);

-- Every version of a share, numbered from 1; all are by the share's member. Sizes are what the sharer claims.
CREATE TABLE files_version (
    object   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    root     BLOB    NOT NULL,
    bytes    INTEGER NOT NULL,
    files    INTEGER NOT NULL,
    folder   INTEGER NOT NULL,
    device   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    PRIMARY KEY (object, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_version_root ON files_version (root);

-- Who holds what whole, by each device's own word.
CREATE TABLE files_holder (
    object   INTEGER NOT NULL,
    root     BLOB    NOT NULL,
    device   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (object, root, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_holder_root ON files_holder (root, device);
CREATE INDEX files_holder_device ON files_holder (device);

-- Which devices mean to keep a copy of a share, whatever its sharer does.
CREATE TABLE files_kept (
    object   INTEGER NOT NULL,
    device   BLOB    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (object, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_kept_device ON files_kept (device);
