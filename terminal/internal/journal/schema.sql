CREATE TABLE payments (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  client      TEXT NOT NULL,
  key         TEXT,
  fingerprint BLOB NOT NULL,
  finished    INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  record      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX payments_key ON payments (client, key) WHERE key IS NOT NULL;
CREATE INDEX payments_open ON payments (finished) WHERE finished = 0;
CREATE TABLE events (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  body    TEXT NOT NULL
) STRICT;
