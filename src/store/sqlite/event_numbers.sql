-- How far the events of an account were numbered for its team, and the numbers.
CREATE TABLE event_feeds (
    account TEXT PRIMARY KEY,
    last    INTEGER NOT NULL,
    reached INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event_numbers (
    account  TEXT NOT NULL,
    number   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_numbers_by_account ON event_numbers (account, position, number);
CREATE INDEX event_numbers_by_position ON event_numbers (position);

-- In which form a subscriber is told.
ALTER TABLE subscriptions ADD COLUMN form TEXT NOT NULL DEFAULT 'standard';
