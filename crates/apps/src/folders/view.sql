-- Folders, and every change in them. Nothing here is changed later but a tick that only grows: what is replaced is found when
-- it is read, so the rows are the same in any order of arrival. `said` is an EventId, `root` a BlobHash; ticks are raw.

-- A folder. `id` is the object's id as text: people type its beginning. A forked log may make one twice; the smaller `said`
-- is shown.
CREATE TABLE folders_made (
    object  INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    said    BLOB    NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    PRIMARY KEY (object, said)
) STRICT, WITHOUT ROWID;
CREATE INDEX folders_made_id ON folders_made (id);
CREATE INDEX folders_made_name ON folders_made (name);

-- Who made the changes of an event.
CREATE TABLE folders_by (
    object  INTEGER NOT NULL,
    said    BLOB    NOT NULL,
    member  BLOB    NOT NULL,
    device  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    PRIMARY KEY (object, said)
) STRICT, WITHOUT ROWID;

-- A change: the `place`-th of its event. `kind`: 0 gone, 1 file, 2 link, 3 empty folder.
CREATE TABLE folders_change (
    object    INTEGER NOT NULL,
    path      TEXT    NOT NULL,
    said      BLOB    NOT NULL,
    place     INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    root      BLOB,
    bytes     INTEGER NOT NULL,
    modified  INTEGER NOT NULL,
    runs      INTEGER NOT NULL,
    target    TEXT,
    PRIMARY KEY (object, path, said, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX folders_change_root ON folders_change (root) WHERE root IS NOT NULL;

-- Some change of this path replaces that one; the last of those that do has this tick.
CREATE TABLE folders_over (
    object  INTEGER NOT NULL,
    path    TEXT    NOT NULL,
    said    BLOB    NOT NULL,
    place   INTEGER NOT NULL,
    tick    INTEGER NOT NULL,
    PRIMARY KEY (object, path, said, place)
) STRICT, WITHOUT ROWID;
