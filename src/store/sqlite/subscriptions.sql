-- Who outside wants to be told. What they are told is read from the log, from `reached` on.
CREATE TABLE subscriptions (
    id              TEXT PRIMARY KEY,
    account         TEXT NOT NULL,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL,
    secret          BLOB NOT NULL,
    active          INTEGER NOT NULL,
    -- Rises when it is put or rewound: a delivery under way then belongs to the past.
    revision        INTEGER NOT NULL,
    reached         INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    failing_since   INTEGER,
    last_failure    TEXT,
    disabled_at     INTEGER,
    disabled_reason TEXT
) STRICT;

CREATE INDEX subscriptions_by_account ON subscriptions (account, id);
CREATE INDEX subscriptions_in_force ON subscriptions (id)
    WHERE active = 1 AND disabled_at IS NULL;

-- Events that are not tried any more.
CREATE TABLE parked_events (
    age          INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL,
    position     INTEGER NOT NULL,
    kind         TEXT,
    at           INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    reason       TEXT NOT NULL
) STRICT;

CREATE INDEX parked_by_subscription ON parked_events (subscription, age);
