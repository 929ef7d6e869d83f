CREATE TABLE closings (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  client  TEXT NOT NULL,
  key     TEXT NOT NULL,
  batch   INTEGER NOT NULL,
  UNIQUE (client, key)
) STRICT;
