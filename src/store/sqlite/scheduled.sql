-- Messages to be sent later; they stand in no conversation until then.
CREATE TABLE scheduled (
    id           TEXT PRIMARY KEY,
    account      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    author       TEXT NOT NULL,
    uuid         TEXT NOT NULL,
    text         TEXT NOT NULL,
    attachments  TEXT NOT NULL,
    send_at      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    -- About to be sent: too late to withdraw it.
    claimed      INTEGER NOT NULL,
    UNIQUE (conversation, author, uuid)
) STRICT;

CREATE INDEX scheduled_due ON scheduled (send_at, id);
CREATE INDEX scheduled_in ON scheduled (conversation, send_at, id);

-- Only the first of a conversation is due; a table's rowid is the end of every index.
CREATE INDEX outbox_by_conversation ON outbox (conversation);
