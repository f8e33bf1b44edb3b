-- Everything is keyed by the event that says it, and joined when it is read: so nothing depends on the order of arrival,
-- and an event that is erased leaves with its own rows.

-- A message. `text` is NULL where only its place is left: its payload was erased, or (`deleted` set) the row is that of the
-- event that deleted the message `deleted`, at that message's tick.
CREATE TABLE chat_message (
    event    INTEGER PRIMARY KEY,
    object   INTEGER NOT NULL,
    tick     INTEGER NOT NULL,
    member   BLOB    NOT NULL,
    text     TEXT,
    thread   BLOB,
    reply    BLOB,
    deleted  BLOB
) STRICT;
CREATE INDEX chat_message_order ON chat_message (object, tick, thread);
CREATE INDEX chat_message_thread ON chat_message (thread, tick) WHERE thread IS NOT NULL;
CREATE INDEX chat_message_deleted ON chat_message (deleted) WHERE deleted IS NOT NULL;

-- What its author did to an earlier event (`target`, an event's id). `kind`: 0 edits it, 1 deletes it, 2 erases one of the
-- versions of a message that is deleted. Of several edits the newest by (tick, prefix) shows.
CREATE TABLE chat_version (
    object  INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    target  BLOB    NOT NULL,
    kind    INTEGER NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    prefix  INTEGER NOT NULL,
    text    TEXT,
    PRIMARY KEY (object, event, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_version_target ON chat_version (target);

-- A member's reaction, or its taking back. For each member and word the newest counts.
CREATE TABLE chat_reaction (
    object   INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    target   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    prefix   INTEGER NOT NULL,
    word     TEXT    NOT NULL,
    present  INTEGER NOT NULL,
    PRIMARY KEY (object, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_reaction_target ON chat_reaction (target);

-- A message is pinned, or no longer. The newest counts.
CREATE TABLE chat_pin (
    object   INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    target   BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    tick     INTEGER NOT NULL,
    prefix   INTEGER NOT NULL,
    present  INTEGER NOT NULL,
    PRIMARY KEY (object, event)
) STRICT, WITHOUT ROWID;

-- What is said of the channel itself. `kind`: 0 its first name, 1 a new name, 2 a topic, 3 archived ("yes") or not ("").
-- Of each kind the newest by (tick, prefix) counts.
CREATE TABLE chat_setting (
    object  INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    prefix  INTEGER NOT NULL,
    text    TEXT    NOT NULL,
    PRIMARY KEY (object, event, kind)
) STRICT, WITHOUT ROWID;

-- Who was called by name, in a message or in an edit of one.
CREATE TABLE chat_mention (
    object  INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    member  BLOB    NOT NULL,
    tick    INTEGER NOT NULL,
    PRIMARY KEY (object, event, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_mention_member ON chat_mention (member, tick);
