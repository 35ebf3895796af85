-- What the team has of a conversation, and the lists it goes by.
--
-- A deleted conversation leaves its key to another one, and a table's own UNIQUE cannot make that
-- exception: so the table is made anew.

CREATE TABLE conversations_anew (
    id             TEXT PRIMARY KEY,
    account        TEXT NOT NULL,
    contact        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    version        INTEGER NOT NULL,
    title          TEXT,
    image          TEXT NOT NULL,
    is_open        INTEGER NOT NULL,
    starred        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    last_seq       INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    public_at      INTEGER,
    public_message TEXT,
    deleted            INTEGER NOT NULL DEFAULT 0,
    assignee           TEXT,
    team_read          INTEGER NOT NULL DEFAULT 0,
    team_unread        INTEGER NOT NULL DEFAULT 0,
    team_unread_set    INTEGER,
    is_request         INTEGER NOT NULL DEFAULT 0,
    last_kind          TEXT,
    last_medium        TEXT,
    manual_at          INTEGER,
    outgoing_at        INTEGER,
    outgoing_automated INTEGER,
    -- The row of the team's lists: what follows is derived from the rest.
    at                 INTEGER NOT NULL,
    at_manual          INTEGER NOT NULL,
    unread             INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO conversations_anew (id, account, contact, channel, version, title, image, is_open,
    starred, created_at, updated_at, last_seq, last_at, public_at, public_message, team_read,
    last_kind, last_medium, manual_at, outgoing_at, outgoing_automated, at, at_manual)
SELECT id, account, contact, channel, version, title, image, is_open, starred, created_at,
    updated_at, last_seq, last_at, public_at, public_message,
    -- Until now nobody kept how far the team has read: as far as who is furthest on.
    coalesce((SELECT max(read) FROM participants WHERE conversation = id AND removed = 0), 0),
    (SELECT kind FROM communications c WHERE c.id = public_message),
    (SELECT medium FROM communications c WHERE c.id = public_message),
    (SELECT max(p.created_at) FROM placements p JOIN communications c ON c.id = p.message
        WHERE p.conversation = conversationprospects.id AND c.kind <> 'NOTE'
            AND (c.author_user IS NOT NULL OR c.author_contact IS NOT NULL)),
    (SELECT max(p.created_at) FROM placements p JOIN communications c ON c.id = p.message
        WHERE p.conversation = conversationprospects.id AND c.kind = 'OUTGOING'),
    NULL,
    coalesce(public_at, created_at),
    created_at
FROM conversationprospects;

UPDATE conversations_anew SET
    at_manual = coalesce(manual_at, created_at),
    outgoing_automated = (
        SELECT c.author_user IS NULL FROM placements p JOIN communications c ON c.id = p.message
        WHERE p.conversation = conversations_anew.id AND c.kind = 'OUTGOING'
        ORDER BY p.created_at DESC, p.message DESC LIMIT 1),
    team_unread = (
        SELECT count(*) FROM placements p JOIN communications c ON c.id = p.message
        WHERE p.conversation = conversations_anew.id AND p.seq > team_read
            AND c.kind = 'INCOMING');
UPDATE conversations_anew SET unread = team_unread WHERE team_unread > 0;

DROP TABLE conversationprospects;
ALTER TABLE conversations_anew RENAME TO conversationprospects;

-- (account, contact, channel) makes a conversation the one it is, and finds those of a contact.
CREATE UNIQUE INDEX conversations_by_key ON conversationprospects (account, contact, channel)
    WHERE deleted = 0;

-- One index for each way into the team's lists, in their order. The flags behind it let a page
-- step over what another condition leaves out without fetching the row, and counts fetch none.
CREATE INDEX team_open ON conversationprospects
    (account, is_open, at, id, is_request, starred, unread, last_kind, deleted) WHERE deleted = 0;
CREATE INDEX team_channel ON conversationprospects
    (account, channel, at, id, is_open, is_request, starred, unread, last_kind, deleted) WHERE deleted = 0;
CREATE INDEX team_assignee ON conversationprospects
    (account, assignee, at, id, is_open, is_request, starred, unread, last_kind, channel,
     deleted)
    WHERE deleted = 0;
CREATE INDEX team_manual ON conversationprospects (account, at_manual, id, deleted) WHERE deleted = 0;
-- Short lists: only what is in them is indexed.
CREATE INDEX team_unread ON conversationprospects
    (account, at, id, is_open, is_request, starred, unread, deleted)
    WHERE deleted = 0 AND unread > 0;
CREATE INDEX team_starred ON conversationprospects (account, at, id, starred, deleted)
    WHERE deleted = 0 AND starred = 1;
CREATE INDEX team_requests ON conversationprospects (account, at, id, is_open, is_request, deleted)
    WHERE deleted = 0 AND is_request = 1;
-- We wrote last, and wait.
CREATE INDEX team_waiting ON conversationprospects
    (account, at, id, is_request, is_open, last_kind, deleted)
    WHERE deleted = 0 AND is_open = 1 AND last_kind = 'OUTGOING';

CREATE INDEX channels_by_account ON channels (account);
