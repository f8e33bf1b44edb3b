-- The log of one community on one device. This schema migrates (see migrate.rs); the views of apps do not: they are made again.

-- A log: the chain of one device, or one branch of it where it forks. `start` is the first seq kept in this log;
-- below it, the chain goes on in `parent`.
CREATE TABLE log (
    id       INTEGER PRIMARY KEY,
    author   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    parent   INTEGER,
    start    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    head     BLOB    NOT NULL,
    tick     INTEGER NOT NULL
) STRICT;
CREATE INDEX log_author ON log (author);

-- An object that some event of an app is about. Each app has its own of the same key: none can take another's.
CREATE TABLE object (
    id   INTEGER PRIMARY KEY,
    key  BLOB    NOT NULL,
    app  TEXT    NOT NULL,
    last INTEGER NOT NULL,      -- the highest tick folded into it
    UNIQUE (key, app)
) STRICT;

-- `row` is the order of arrival. `prefix` is the first eight bytes of the id: the full id is the hash of `body`.
-- `signature` is there at least for the last event of every batch and of every log.
-- `state`: 0 folded, 1 waits for its time, 2 void, 3 rejected, 4 unknown to this version.
CREATE TABLE event (
    row        INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    prefix     INTEGER NOT NULL,
    object     INTEGER NOT NULL,
    tick       INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    payload    BLOB,
    signature  BLOB
) STRICT;
CREATE UNIQUE INDEX event_place ON event (log, seq);
CREATE INDEX event_prefix ON event (prefix);
CREATE INDEX event_object ON event (object);
CREATE INDEX event_waiting ON event (tick) WHERE state = 1;

-- The rows whose payload an event of the same member asked to erase. A payload that is gone without that is missing.
CREATE TABLE erased (
    row INTEGER PRIMARY KEY
) STRICT;
CREATE INDEX event_bare ON event (row) WHERE payload IS NULL;

-- Which event names which: what devices acknowledge.
CREATE TABLE dep (
    log     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    on_log  INTEGER NOT NULL,
    on_seq  INTEGER NOT NULL,
    PRIMARY KEY (log, seq, on_log)
) STRICT, WITHOUT ROWID;

-- What each log's newest event that we looked at has in its past: a cache, filled from `dep`.
CREATE TABLE past (
    log     INTEGER NOT NULL,
    on_log  INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    PRIMARY KEY (log, on_log)
) STRICT, WITHOUT ROWID;

-- What other devices said they have.
CREATE TABLE told (
    device  BLOB    NOT NULL,
    log     INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;

-- The devices that no longer count, by the rules of who belongs: for every app to read. No right rests on it.
CREATE TABLE gone (
    device  BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Where devices were last heard of: private to this device.
CREATE TABLE contact (
    device    BLOB    PRIMARY KEY,
    heard_ms  INTEGER NOT NULL,
    presence  BLOB
) STRICT, WITHOUT ROWID;

-- Up to where this person has read: private to this person's devices.
CREATE TABLE mark (
    object  BLOB    PRIMARY KEY,
    tick    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What feed, search and notices know. `event` is the row of the item; those of an object are found by its events.
CREATE TABLE line (
    event   INTEGER PRIMARY KEY,
    object  INTEGER NOT NULL,
    author  BLOB    NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    as_of   INTEGER NOT NULL,
    by      BLOB    NOT NULL
) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (text, content='line', content_rowid='event', tokenize='unicode61 remove_diacritics 2');

-- Small settings of this store: the schemas of the apps as they were folded, the community, this device.
CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Odd things that a person should know: forks, refused events, wrong clocks. Kept short by the store.
CREATE TABLE finding (
    id       INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    device   BLOB    NOT NULL,
    kind     TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    times    INTEGER NOT NULL,
    UNIQUE (device, kind)
) STRICT;
