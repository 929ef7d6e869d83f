CREATE INDEX IF NOT EXISTS payments_created ON payments (created);
CREATE INDEX IF NOT EXISTS payments_reference ON payments (json_extract(record, '$.payment.reference'))
  WHERE json_extract(record, '$.payment.reference') IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_payment ON events (json_extract(body, '$.id'));
