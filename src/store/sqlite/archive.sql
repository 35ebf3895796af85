-- What is known of conversations that were imported, as long as it matters.

-- The version that an import left behind: at any other, something has happened here since.
CREATE TABLE archived (
    conversation TEXT PRIMARY KEY,
    version      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many of the imported messages are to be unread, until the user moves the marker on from
-- where it was put for that.
CREATE TABLE archived_unread (
    conversation TEXT NOT NULL,
    user         TEXT NOT NULL,
    unread       INTEGER NOT NULL,
    read         INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

-- What contacts are sorted by. Clients pick by name, so that it is unique.
CREATE TABLE tags (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    color   TEXT NOT NULL,
    UNIQUE (account, name)
) STRICT;

CREATE TABLE statuses (
    id       TEXT PRIMARY KEY,
    account  TEXT NOT NULL,
    name     TEXT NOT NULL,
    color    TEXT NOT NULL,
    -- Rising along the pipeline.
    place    INTEGER NOT NULL,
    UNIQUE (account, name)
) STRICT;
