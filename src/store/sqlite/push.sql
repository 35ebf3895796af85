-- Whether a message was pushed to a user, and why not. One row for each, kept for good measure as
-- long as hops are. The rowid says which was decided first.
CREATE TABLE pushes (
    age          INTEGER PRIMARY KEY,
    message      TEXT NOT NULL,
    user         TEXT NOT NULL,
    conversation TEXT NOT NULL,
    reason       TEXT NOT NULL,
    -- Since when it is so, and when it was first decided.
    at           INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    -- When to try (again); unset: it is over.
    due_at       INTEGER,
    attempts     INTEGER NOT NULL,
    -- Set before the provider is called: if it is still set after a restart, the push may have
    -- arrived.
    called_at    INTEGER,
    -- Fingerprints of the devices that have it.
    reached      TEXT NOT NULL,
    UNIQUE (message, user)
) STRICT;

-- Nearly always empty.
CREATE INDEX pushes_due ON pushes (due_at, age) WHERE due_at IS NOT NULL;

-- One row: every message up to this position was decided on.
CREATE TABLE push_cursor (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL
) STRICT;

INSERT INTO push_cursor
    SELECT 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0);

-- What happened to messages on their way. No bodies, numbers or addresses.
CREATE TABLE hops (
    age     INTEGER PRIMARY KEY,
    message TEXT NOT NULL,
    at      INTEGER NOT NULL,
    hop     TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;

CREATE INDEX hops_by_message ON hops (message, age);
