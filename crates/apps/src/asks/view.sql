-- What is asked, what is promised, what came of it. All rows are folded in the order of ticks.

CREATE TABLE asks_ask (
    object     INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL,
    posted     BLOB    NOT NULL,    -- the event: the item in feed and search
    member     BLOB    NOT NULL,
    tick       INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    topic      TEXT    NOT NULL,
    label      TEXT,
    north      INTEGER,
    east       INTEGER,
    until      INTEGER,
    urgent     INTEGER NOT NULL,
    share      BLOB,
    behalf     TEXT    NOT NULL,
    addressee  TEXT    NOT NULL,
    made_from  BLOB,
    ended      TEXT,                -- how, or NULL while it is open
    note       TEXT    NOT NULL,    -- how it ended or why it goes on, in a line
    ended_tick INTEGER,
    again      INTEGER NOT NULL,    -- steps before this tick no longer count: it was reopened then
    joined     BLOB,
    promises   INTEGER NOT NULL,    -- how many were ever made
    changed    INTEGER NOT NULL
) STRICT;
CREATE INDEX asks_ask_id ON asks_ask (id);
CREATE INDEX asks_ask_open ON asks_ask (changed) WHERE ended IS NULL;
CREATE INDEX asks_ask_newest ON asks_ask (tick) WHERE ended IS NULL;
CREATE INDEX asks_ask_member ON asks_ask (member);
CREATE INDEX asks_ask_joined ON asks_ask (joined) WHERE joined IS NOT NULL;

CREATE TABLE asks_part (
    object   INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    what     TEXT    NOT NULL,
    unit     TEXT    NOT NULL,
    minimum  INTEGER NOT NULL,
    optimum  INTEGER NOT NULL,
    starts   INTEGER,
    ends     INTEGER,
    PRIMARY KEY (object, part)
) STRICT, WITHOUT ROWID;

-- `id` is that of the event. `chosen`: 1 holds, 0 was passed over, NULL nobody chose.
CREATE TABLE asks_promise (
    object    INTEGER NOT NULL,
    id        BLOB    NOT NULL,
    part      INTEGER NOT NULL,
    member    BLOB    NOT NULL,
    amount    INTEGER NOT NULL,
    note      TEXT    NOT NULL,
    tick      INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    chosen    INTEGER,
    released  INTEGER,              -- when
    why       TEXT    NOT NULL,     -- why it was released
    handed    BLOB,
    help      TEXT,
    on_track  INTEGER,              -- when they said so
    until     INTEGER,              -- until when they need
    PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_promise_member ON asks_promise (member);

-- What became of promises. `kind`: 0 delivered, 1 confirmed, 2 not there or to be done again.
CREATE TABLE asks_step (
    object   INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    promise  BLOB    NOT NULL,
    part     INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_step_outcome ON asks_step (tick) WHERE kind <> 0;

-- Who leads. `offered_by` is set until the lead is taken. `instead`: that one's own lead ends then.
CREATE TABLE asks_lead (
    object      INTEGER NOT NULL,
    member      BLOB    NOT NULL,
    tick        INTEGER NOT NULL,
    offered_by  BLOB,
    instead     INTEGER NOT NULL,
    PRIMARY KEY (object, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_lead_member ON asks_lead (member);

CREATE TABLE asks_news (
    object  INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    kind    TEXT    NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    text    TEXT    NOT NULL,
    PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE asks_follow (
    object  INTEGER NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    PRIMARY KEY (object, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_follow_member ON asks_follow (member);

-- Thanks, and words for the next time.
CREATE TABLE asks_word (
    object   INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    promise  BLOB    NOT NULL,
    kind     TEXT    NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE asks_review (
    object   INTEGER NOT NULL,
    promise  BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    again    INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (object, promise, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE asks_profile (
    object    INTEGER PRIMARY KEY,
    member    BLOB    NOT NULL,
    capacity  INTEGER NOT NULL,
    hours     BLOB    NOT NULL,
    tick      INTEGER NOT NULL
) STRICT;

-- The topics of profiles. `learning`: they want to learn it.
CREATE TABLE asks_topic (
    object    INTEGER NOT NULL,
    member    BLOB    NOT NULL,
    topic     TEXT    NOT NULL,
    learning  INTEGER NOT NULL,
    PRIMARY KEY (object, topic, learning)
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_topic_topic ON asks_topic (topic, learning, member);
