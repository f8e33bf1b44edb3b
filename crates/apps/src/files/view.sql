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

-- Who holds what whole, by each device's own word. `spare`: it took it for the others, and may let it go.
CREATE TABLE files_holder (
    object   INTEGER NOT NULL,
    root     BLOB    NOT NULL,
    device   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    since    INTEGER NOT NULL,
    spare    INTEGER NOT NULL,
    PRIMARY KEY (object, root, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_holder_root ON files_holder (root, device);
CREATE INDEX files_holder_device ON files_holder (device);
CREATE INDEX files_holder_spare ON files_holder (device) WHERE spare = 1;

-- Which devices mean to keep a copy of a share, whatever its sharer does.
CREATE TABLE files_kept (
    object   INTEGER NOT NULL,
    device   BLOB    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (object, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_kept_device ON files_kept (device);

-- How many copies are asked for, and by whom: `everywhere` of every share, else of this one. NULL: nothing is asked for.
CREATE TABLE files_number (
    object      INTEGER PRIMARY KEY,
    everywhere  INTEGER NOT NULL,
    copies      INTEGER,
    member      BLOB    NOT NULL,
    tick        INTEGER NOT NULL
) STRICT;
CREATE INDEX files_number_everywhere ON files_number (everywhere) WHERE everywhere = 1;

-- The room that a device offers, and how much of it its disk allows, in bytes.
CREATE TABLE files_room (
    object   INTEGER PRIMARY KEY,
    device   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    bytes    INTEGER NOT NULL,
    fits     INTEGER NOT NULL,
    tick     INTEGER NOT NULL
) STRICT;
CREATE INDEX files_room_device ON files_room (device);

-- Which devices will not take a version for the others: it is larger than its sharer says.
CREATE TABLE files_unfit (
    object   INTEGER NOT NULL,
    root     BLOB    NOT NULL,
    device   BLOB    NOT NULL,
    PRIMARY KEY (object, root, device)
) STRICT, WITHOUT ROWID;
