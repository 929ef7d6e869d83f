package host

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// retentionSchema keeps, for each host key, how high its counters were when a batch was
// closed under it last, and when the one before was.
//
// When a batch is closed, key serial numbers and answers from before the closing of the
// one before it are dropped: a terminal closes a batch when nothing of it is open, so it
// repeats nothing older. A key serial number up to the floor counts as used from then on;
// a message whose answer was dropped is known by its payment still, and answered 94.
const retentionSchema = `
CREATE TABLE IF NOT EXISTS ksn_floors (
	key BLOB PRIMARY KEY, closed INTEGER NOT NULL, floor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

// dropOld forgets what no terminal repeats any more, as a batch is closed by q.
func dropOld(ctx context.Context, tx *database.Tx, q *request) error {
	key := q.ksn[:8]
	var floor uint32
	err := tx.QueryRowContext(ctx, `
		INSERT INTO ksn_floors (key, closed, floor) SELECT key, counter, 0 FROM host_keys WHERE key = ?
		ON CONFLICT (key) DO UPDATE SET floor = ksn_floors.closed, closed = excluded.closed RETURNING floor`, key).Scan(&floor)
	if err != nil {
		return fmt.Errorf("dropping what is old: %w", err)
	}
	first, last := append(key[:8:8], 0, 0, 0, 0), binary.BigEndian.AppendUint32(key[:8:8], floor)
	if _, err := tx.ExecContext(ctx, `DELETE FROM ksns WHERE ksn BETWEEN ? AND ?`, first, last); err != nil {
		return fmt.Errorf("dropping what is old: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM messages WHERE class IN (256, 512, 544) AND terminal = ?1 AND (stan, date, rrn) IN (SELECT stan, date, rrn FROM lives JOIN payments ON id = payment
		WHERE lives.terminal = ?1 AND batch = (SELECT MAX(batch) FROM batches WHERE terminal = ?1 AND batch < ?2))`,
		q.terminal.id, q.batch())
	if err != nil {
		return fmt.Errorf("dropping what is old: %w", err)
	}
	return nil
}

// dropped reports whether a key serial number that is not in the set is so old that it
// would not be. What a person brings is older.
func dropped(ctx context.Context, tx *database.Tx, q *request) (bool, error) {
	if q.byHand {
		return false, nil
	}
	var floor uint32
	err := tx.QueryRowContext(ctx, `SELECT floor FROM ksn_floors WHERE key = ?`, q.ksn[:8]).Scan(&floor)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading a key's floor: %w", err)
	}
	return binary.BigEndian.Uint32(q.ksn[8:]) <= floor, nil
}
