-- The intake journal. Small: what is delivered is deleted.
CREATE TABLE intake (
    -- Never used again, so that the feed's place in the file stays true after deletions.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('kept', 'quarantined')),
    source TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    -- What a signature covers, and what it was to be judged by.
    method TEXT NOT NULL,
    target TEXT NOT NULL,
    public_url TEXT,
    content_type TEXT,
    signature TEXT,
    peer TEXT,
    body BLOB NOT NULL,
    -- Bytes, as the limits count them.
    size INTEGER NOT NULL,
    -- Why it waits in the quarantine.
    reason TEXT,
    -- As far as they could be read; unverified, and shown in the quarantine list only.
    provider_id TEXT,
    sender TEXT,
    receiver TEXT
) STRICT;

-- The feed asks for kept rows after an id, the quarantine list for quarantined ones before one.
CREATE INDEX intake_by_state ON intake (state, id);

-- Limits are looked up at every request, and counting rows would cost more the more there are.
CREATE TABLE totals (
    state TEXT PRIMARY KEY,
    count INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO totals (state) VALUES ('kept'), ('quarantined');

CREATE TRIGGER intake_added AFTER INSERT ON intake BEGIN
    UPDATE totals SET count = count + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
END;
CREATE TRIGGER intake_gone AFTER DELETE ON intake BEGIN
    UPDATE totals SET count = count - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
END;
CREATE TRIGGER intake_moved AFTER UPDATE OF state ON intake BEGIN
    UPDATE totals SET count = count - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
    UPDATE totals SET count = count + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
END;

PRAGMA user_version = 1;
