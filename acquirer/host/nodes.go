package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Several hosts may use one database, each of them a node. What decides anything stands
// in the database; what a node has in its memory besides is the ring of keys, which is
// read again where it does not know one, and what belongs to a connection: whether its
// terminal was let in by its evidence, which is made for that connection.

// lockTerminal makes a terminal's messages be judged one after the other, whichever
// nodes they came to.
func lockTerminal(ctx context.Context, tx *database.Tx, id string) error {
	lock := tx.ForUpdate("terminals")
	if lock == "" {
		return nil
	}
	if err := tx.QueryRowContext(ctx, `SELECT terminal FROM terminals WHERE terminal = ?`+lock, id).Scan(&id); err != nil {
		return fmt.Errorf("locking a terminal: %w", err)
	}
	return nil
}

// knowing opens a message, and once more where its key may be one that another node
// offered.
func (h *Host) knowing(ctx context.Context, terminal string, open func() (*request, error)) (*request, error) {
	q, err := open()
	if errors.Is(err, RefusalKey) && h.learnKeys(ctx, terminal) {
		return open()
	}
	return q, err
}

// learnKeys reads a terminal's keys again (of all, where it is empty), and reports
// whether there is a new one.
func (h *Host) learnKeys(ctx context.Context, terminal string) (news bool) {
	found := map[[8]byte]ringKey{}
	err := h.db.View(ctx, func(tx *database.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT key, terminal, state FROM host_keys WHERE terminal = ?1 OR ?1 = ''`, terminal)
		if err != nil {
			return fmt.Errorf("reading the host keys: %w", err)
		}
		return scanKeys(rows, found)
	})
	return err == nil && h.keys.learn(found)
}
