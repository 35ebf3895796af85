-- Times are milliseconds since 1970 (UTC), truth values 0 and 1, lists JSON arrays.
-- Texts compare byte by byte, as the domain's ids do.

CREATE TABLE accounts (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    time_zone TEXT
) STRICT;

CREATE TABLE users (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    email   TEXT NOT NULL,
    image   TEXT,
    role    TEXT,
    active  INTEGER NOT NULL
) STRICT;

-- The rowid says who came first.
CREATE TABLE contacts (
    age     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name    TEXT,
    email   TEXT,
    phone   TEXT,
    image   TEXT,
    details TEXT NOT NULL
) STRICT;

-- An inbound message finds its contact, the oldest first. Not unique: imports may bring two
-- contacts with one number.
CREATE INDEX contacts_by_phone ON contacts (account, phone, age) WHERE phone IS NOT NULL;

-- And a mail its sender, whatever the case.
CREATE INDEX contacts_by_email ON contacts (account, lower(email), age) WHERE email IS NOT NULL;

CREATE TABLE channels (
    id               TEXT PRIMARY KEY,
    account          TEXT NOT NULL,
    kind             TEXT NOT NULL,
    name             TEXT NOT NULL,
    address          TEXT,
    -- The address as it is compared: lower case for a mailbox.
    address_key      TEXT,
    members          TEXT NOT NULL,
    message_requests INTEGER NOT NULL
) STRICT;

-- A provider names the receiver; there must be one answer.
CREATE UNIQUE INDEX channels_by_address ON channels (kind, address_key)
    WHERE address_key IS NOT NULL;

CREATE TABLE push_tokens (
    user  TEXT NOT NULL,
    token TEXT NOT NULL,
    PRIMARY KEY (user, token)
) STRICT, WITHOUT ROWID;

-- One row per conversation. (account, contact, channel) makes it the one it is, and finds those
-- of a contact.
CREATE TABLE conversationprospects (
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
    UNIQUE (account, contact, channel)
) STRICT;

-- A user in a conversation, former ones included; and, beside it, that user's inbox row.
-- A table with rowids, because only there does SQLite look at the snooze inside an index before
-- it fetches the row.
CREATE TABLE participants (
    conversation TEXT NOT NULL,
    user         TEXT NOT NULL,
    -- 0 joined first.
    place        INTEGER NOT NULL,
    is_admin     INTEGER NOT NULL,
    show_on_top  INTEGER NOT NULL,
    -- When it ends; 9223372036854775807 at the next incoming message.
    snooze       INTEGER,
    is_archived  INTEGER NOT NULL,
    read         INTEGER NOT NULL,
    unread       INTEGER NOT NULL,
    note_at      INTEGER,
    note_message TEXT,
    removed      INTEGER NOT NULL,
    -- The inbox row: what follows is derived from the conversation.
    channel      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    last_message TEXT,
    is_open      INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT;

-- One index for each kind of list, so that a page reads just its own rows. In each, pinned rows
-- and others are two ranges in the order of the list, readable from both ends.

-- All, and (its pinned range alone) those with priority.
CREATE INDEX inbox_any ON participants (user, channel, show_on_top, at, conversation)
    WHERE removed = 0 AND is_archived = 0;
-- Open and closed. Ends with the snooze, which hides an open one, and ends by itself: it can be
-- no condition of the index, so a page steps over the snoozed without fetching them.
CREATE INDEX inbox_open ON participants (user, channel, is_open, show_on_top, at, conversation, snooze)
    WHERE removed = 0 AND is_archived = 0;
-- Snoozed; steps over those that have ended.
CREATE INDEX inbox_snoozed ON participants (user, channel, show_on_top, at, conversation, snooze)
    WHERE removed = 0 AND is_archived = 0 AND snooze IS NOT NULL;
CREATE INDEX inbox_unread ON participants (user, channel, show_on_top, at, conversation)
    WHERE removed = 0 AND is_archived = 0 AND unread > 0;
-- Whose snooze is over, for the wake-up; only what is snoozed is in it.
CREATE INDEX snoozes ON participants (snooze, conversation, user)
    WHERE removed = 0 AND snooze IS NOT NULL;
CREATE INDEX inbox_archived ON participants (user, channel, show_on_top, at, conversation)
    WHERE removed = 0 AND is_archived = 1;

-- What was written, once per message, wherever it stands.
CREATE TABLE communications (
    id             TEXT PRIMARY KEY,
    account        TEXT NOT NULL,
    uuid           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    -- Both unset: an automated message.
    author_user    TEXT,
    author_contact TEXT,
    contact        TEXT NOT NULL,
    text           TEXT NOT NULL,
    attachments    TEXT NOT NULL,
    mentions       TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    provider_id    TEXT,
    medium         TEXT,
    email          TEXT,
    status         TEXT,
    error_code     TEXT,
    channel        TEXT,
    from_number    TEXT,
    to_number      TEXT,
    dated          INTEGER NOT NULL,
    -- Where it was to stand when it was put, and where it stands.
    addressed      TEXT NOT NULL,
    conversations  TEXT NOT NULL,
    -- It stands in a conversation: somebody may have seen it.
    fixed          INTEGER NOT NULL,
    -- It stands in all of them.
    emitted        INTEGER NOT NULL,
    put_at         INTEGER
) STRICT;

-- What the sweep looks for; nearly always empty.
CREATE INDEX communications_forgotten ON communications (put_at, id)
    WHERE emitted = 0 AND put_at IS NOT NULL;

-- A message where it stands. What else names a message in its conversation is repeated here, so
-- that the database keeps it unique.
CREATE TABLE placements (
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    message      TEXT NOT NULL,
    -- As stamped in this conversation.
    created_at   INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    author_user  TEXT,
    uuid         TEXT NOT NULL,
    provider_id  TEXT,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, message)
) STRICT, WITHOUT ROWID;

-- A page of messages, from either end.
CREATE INDEX placements_by_time ON placements (conversation, created_at, message);
-- A client that repeats what it sent.
CREATE UNIQUE INDEX placements_by_uuid ON placements (conversation, author_user, uuid)
    WHERE author_user IS NOT NULL;
-- A provider that repeats what it delivered.
CREATE UNIQUE INDEX placements_by_provider ON placements (conversation, provider_id)
    WHERE provider_id IS NOT NULL;

-- What people were told. AUTOINCREMENT: a position never comes back, even if old rows go.
CREATE TABLE log (
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL,
    -- Unset: the announcement is the message, or its status.
    is_new       INTEGER,
    -- Whose sessions alone; unset: all participants'.
    to_user      TEXT,
    message      TEXT,
    is_status    INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

-- Messages on their way to contacts. A row goes when the provider has the message, or never will.
CREATE TABLE outbox (
    message      TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    account      TEXT NOT NULL,
    -- When to try (again).
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    -- Set before the provider is called: if it is still set after a restart, nobody knows whether
    -- the provider has it, and it is looked up before it is sent again.
    called_at    INTEGER
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at, message);

-- What providers call the messages they took. Apart from `communications`, whose provider_id is
-- the name of one that came in.
CREATE TABLE sent (
    provider_id  TEXT PRIMARY KEY,
    message      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    account      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sent_by_message ON sent (message);

-- Who said what about being written to. Nothing is ever changed or removed here.
CREATE TABLE consent (
    age      INTEGER PRIMARY KEY,
    account  TEXT NOT NULL,
    contact  TEXT NOT NULL,
    channel  TEXT NOT NULL,
    says     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    -- The message that says so, or was refused because of it; unset: an operator's service said so.
    message  TEXT,
    code     TEXT,
    words    TEXT,
    -- Yes or no, of which the latest counts.
    decides  INTEGER NOT NULL
) STRICT;

-- The same evidence counts once.
CREATE UNIQUE INDEX consent_once ON consent (message, channel, says) WHERE message IS NOT NULL;
CREATE INDEX consent_latest ON consent (contact, channel, age) WHERE decides = 1;
CREATE INDEX consent_by_contact ON consent (account, contact, age);
-- Few, and looked through for those about which nothing was decided since.
CREATE INDEX consent_doubtful ON consent (account, age) WHERE says = 'doubtful';
