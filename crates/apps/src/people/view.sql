-- Facts, keyed by the event that states them. How each device stands is worked out from all of them (standing.rs).

CREATE TABLE people_community (
    object   INTEGER NOT NULL,
    event    INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL,
    removal  INTEGER NOT NULL
) STRICT;

-- One row a member; the newest name wins by (as_of, by).
CREATE TABLE people_member (
    object  INTEGER NOT NULL,
    member  BLOB    PRIMARY KEY,
    name    TEXT    NOT NULL,
    as_of   INTEGER NOT NULL,
    by      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a member who has shown a picture; the newest wins by (as_of, by). Empty: it was taken away.
CREATE TABLE people_picture (
    object  INTEGER NOT NULL,
    member  BLOB    PRIMARY KEY,
    image   BLOB    NOT NULL,
    as_of   INTEGER NOT NULL,
    by      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `via_event` is the invitation that the device came in by; none for the founder's and for further devices.
CREATE TABLE people_device (
    object     INTEGER NOT NULL,
    event      INTEGER PRIMARY KEY,
    device     BLOB    NOT NULL UNIQUE,
    member     BLOB    NOT NULL,
    label      TEXT    NOT NULL,
    tick       INTEGER NOT NULL,
    via_event  INTEGER
) STRICT;
CREATE INDEX people_device_via ON people_device (via_event);

CREATE TABLE people_invitation (
    object      INTEGER NOT NULL,
    event       INTEGER PRIMARY KEY,
    device      BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    member      BLOB    NOT NULL,
    key         BLOB    NOT NULL,
    uses        INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL,
    tick        INTEGER NOT NULL
) STRICT;

CREATE TABLE people_revoked (
    object            INTEGER NOT NULL,
    event             INTEGER PRIMARY KEY,
    invitation_event  INTEGER NOT NULL
) STRICT;
CREATE INDEX people_revoked_invitation ON people_revoked (invitation_event);

-- The device said, in its second event, that this is a conversation of two; it counts if the device founded the community.
CREATE TABLE people_direct (
    object       INTEGER NOT NULL,
    event        INTEGER PRIMARY KEY,
    device       BLOB    NOT NULL,
    with_member  BLOB    NOT NULL
) STRICT;

-- Boxes of one size, one after the other.
CREATE TABLE people_knock (
    object  INTEGER NOT NULL,
    event   INTEGER PRIMARY KEY,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    boxes   BLOB    NOT NULL
) STRICT;

-- Somebody (device, at seq, of member) says that `target`'s devices count up to `heights` only.
-- `kind`: 0 wants the member removed, 1 leaves, 2 retires one device.
CREATE TABLE people_end (
    object   INTEGER NOT NULL,
    event    INTEGER PRIMARY KEY,
    kind     INTEGER NOT NULL,
    device   BLOB    NOT NULL,
    seq      INTEGER NOT NULL,
    member   BLOB    NOT NULL,
    target   BLOB    NOT NULL,
    heights  BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    id       BLOB    NOT NULL
) STRICT;
