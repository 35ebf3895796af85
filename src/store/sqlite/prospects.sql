-- What teams keep about contacts, apart from what is known of them elsewhere.
CREATE TABLE prospects (
    contact          TEXT PRIMARY KEY,
    account          TEXT NOT NULL,
    notes            TEXT,
    valuation        REAL,
    -- Ids, in the order they were put on.
    tags             TEXT NOT NULL,
    status           TEXT,
    assignee         TEXT,
    done             INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    -- Since when its conversations perhaps do not follow; unset: they do. And what was ordered for
    -- all of them meanwhile: nothing (unset), to be open or closed, to be somebody's ('': nobody's).
    unspread_since   INTEGER,
    ordered_open     INTEGER,
    ordered_assignee TEXT
) STRICT;

CREATE INDEX prospects_by_valuation ON prospects (account, valuation, contact)
    WHERE valuation IS NOT NULL;
CREATE INDEX prospects_by_status ON prospects (account, status, contact) WHERE status IS NOT NULL;
-- Nearly always empty.
CREATE INDEX prospects_unspread ON prospects (unspread_since, contact)
    WHERE unspread_since IS NOT NULL;

-- The tags once more, to find contacts by them.
CREATE TABLE prospect_tags (
    account TEXT NOT NULL,
    tag     TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (account, tag, contact)
) STRICT, WITHOUT ROWID;

-- Labels that were taken away and that contacts may still have.
CREATE TABLE retired_labels (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX contacts_by_account ON contacts (account, id);
CREATE INDEX contacts_by_platform ON contacts (account, details ->> '$.platformId', age)
    WHERE details ->> '$.platformId' IS NOT NULL;

-- What accounts score their contacts by, as JSON.
CREATE TABLE score_rules (
    account TEXT PRIMARY KEY,
    rules   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When a user was first put; who was there before that was kept is there since then.
ALTER TABLE users ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE users SET created_at = unixepoch() * 1000;
CREATE INDEX users_by_account ON users (account);

-- What the team marked its contact with, on each conversation, for the team's lists.
ALTER TABLE conversationprospects ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE conversationprospects ADD COLUMN status TEXT;

-- The tags once more, in the orders of lists. Deleted conversations are not in it.
CREATE TABLE conversation_tags (
    conversation TEXT NOT NULL,
    tag          TEXT NOT NULL,
    of_account   TEXT NOT NULL,
    listed_at    INTEGER NOT NULL,
    begun_at     INTEGER NOT NULL,
    PRIMARY KEY (conversation, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX team_tag ON conversation_tags (of_account, tag, listed_at, conversation);
CREATE INDEX team_tag_begun ON conversation_tags (of_account, tag, begun_at, conversation);
CREATE INDEX team_status ON conversationprospects
    (account, status, at, id, is_open, is_request, last_kind, channel, assignee, deleted)
    WHERE deleted = 0;
CREATE INDEX team_created ON conversationprospects
    (account, created_at, id, is_open, is_request, last_kind, channel, assignee, status, deleted)
    WHERE deleted = 0;
