-- The index of words, filled in behind the commits: for each message a row more in its own
-- transaction would cost more than the message itself.

-- What waits to be indexed.
CREATE TABLE search_waiting (
    place        INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL
) STRICT;
CREATE TABLE search_waiting_contacts (age INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER search_message AFTER INSERT ON placements BEGIN
    INSERT INTO search_waiting (conversation, message) VALUES (new.conversation, new.message);
END;
-- Not INSERT OR IGNORE: in a trigger the conflict clause of the statement outside is the one that
-- counts, and an upsert has another.
CREATE TRIGGER search_contact AFTER INSERT ON contacts BEGIN
    INSERT INTO search_waiting_contacts SELECT new.age
        WHERE NOT EXISTS (SELECT 1 FROM search_waiting_contacts WHERE age = new.age);
END;
CREATE TRIGGER search_contact_again AFTER UPDATE ON contacts BEGIN
    INSERT INTO search_waiting_contacts SELECT new.age
        WHERE NOT EXISTS (SELECT 1 FROM search_waiting_contacts WHERE age = new.age);
END;

-- A message where it stands. The id says when it was written, and so in which order it is found:
-- its milliseconds shifted by 20 bits, and something of its names behind them.
CREATE TABLE search_docs (
    id           INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL
) STRICT;

-- Words come as `words_of` has them, so there is nothing left to fold. Marks that no word can hold
-- say the account, the conversation, and that a message is no note.
CREATE VIRTUAL TABLE search_messages USING fts5(
    words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
-- By their age. A contact changes, and then is another document.
CREATE VIRTUAL TABLE search_contacts USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '2 3');

INSERT INTO search_waiting (conversation, message) SELECT conversation, message FROM placements;
INSERT INTO search_waiting_contacts SELECT age FROM contacts;
