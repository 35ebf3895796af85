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
