package host

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// keySchema keeps the host keys of each terminal by their initial key ids, with the
// highest counter that was seen of each: a terminal whose key was replaced counts from
// the beginning, and was not rolled back.
const keySchema = `
CREATE TABLE IF NOT EXISTS host_keys (
	key BLOB PRIMARY KEY, terminal TEXT NOT NULL, state INTEGER NOT NULL, counter INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
`

// keyState is how a terminal's key stands. A key is offered before its token leaves, so
// a terminal that loaded it is understood at once; the one before is retired by the
// first authentic message under the new one, which proves that the terminal has it.
type keyState int

const (
	keyOffered keyState = iota + 1
	keyActive
	keyRetired
)

func (s keyState) String() string {
	return map[keyState]string{keyOffered: "offered", keyActive: "active", keyRetired: "retired"}[s]
}

var errKeys = errors.New("host: no such terminal")

// keyring is what is in the table, for messages of which nothing is authentic yet.
type keyring struct {
	mu   sync.RWMutex
	keys map[[8]byte]ringKey
}

type ringKey struct {
	terminal string
	state    keyState
}

// opens tells whether messages of a terminal may be under a key.
func (r *keyring) opens(terminal string, key [8]byte) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, known := r.keys[key]
	return known && k.terminal == terminal && k.state != keyRetired
}

// belongs tells whether a key is, or was, a terminal's.
func (r *keyring) belongs(terminal string, key [8]byte) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, known := r.keys[key]
	return known && k.terminal == terminal
}

func (r *keyring) offer(terminal string, key [8]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[key] = ringKey{terminal, keyOffered}
}

// learn takes up keys that another node offered.
func (r *keyring) learn(keys map[[8]byte]ringKey) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, k := range keys {
		if _, known := r.keys[id]; !known {
			r.keys[id], news = k, true
		}
	}
	return news
}

// prove makes a key the terminal's only one.
func (r *keyring) prove(terminal string, key [8]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, k := range r.keys {
		if k.terminal == terminal && k.state == keyActive {
			r.keys[id] = ringKey{terminal, keyRetired}
		}
	}
	r.keys[key] = ringKey{terminal, keyActive}
}

// proved tells whether a key is active already.
func (r *keyring) proved(key [8]byte) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[key].state == keyActive
}

// openKeys brings the table up to the file of terminals, and reads it. A key that the
// file names and the table does not is that of a terminal that was enrolled, perhaps
// once more; one that was retired stays so.
func (h *Host) openKeys(ctx context.Context) error {
	return h.db.Update(ctx, func(tx *database.Tx) error {
		h.keys.keys = map[[8]byte]ringKey{}
		for _, id := range slices.Sorted(maps.Keys(h.terminals)) { // as another node does, that starts too
			t := h.terminals[id]
			if err := enrolKey(ctx, tx, t); err != nil {
				return err
			}
		}
		return h.readKeys(ctx, tx)
	})
}

func enrolKey(ctx context.Context, tx *database.Tx, t terminal) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO terminals (terminal) VALUES (?) ON CONFLICT DO NOTHING`, t.id); err != nil {
		return fmt.Errorf("enrolling a terminal: %w", err)
	}
	var owner string
	switch err := tx.QueryRowContext(ctx, `SELECT terminal FROM host_keys WHERE key = ?`, t.key[:]).Scan(&owner); {
	case err == nil && owner != t.id:
		return errTerminals
	case err == nil:
		return nil
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("reading the host keys: %w", err)
	}
	for _, change := range []struct {
		statement string
		args      []any
	}{
		{`UPDATE host_keys SET state = ? WHERE terminal = ?`, []any{keyRetired, t.id}},
		{`INSERT INTO host_keys (key, terminal, state, counter) VALUES (?1, ?2, CAST(?3 AS BIGINT), CASE
			WHEN EXISTS (SELECT 1 FROM host_keys WHERE terminal = ?2) THEN 0
			ELSE COALESCE((SELECT counter FROM terminals WHERE terminal = ?2), 0) END)`,
			[]any{t.key[:], t.id, keyActive}}, // what a former version counted for the terminal
	} {
		if _, err := tx.ExecContext(ctx, change.statement, change.args...); err != nil {
			return fmt.Errorf("enrolling a host key: %w", err)
		}
	}
	return nil
}

func (h *Host) readKeys(ctx context.Context, tx *database.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT key, terminal, state FROM host_keys`)
	if err != nil {
		return fmt.Errorf("reading the host keys: %w", err)
	}
	return scanKeys(rows, h.keys.keys)
}

func scanKeys(rows *sql.Rows, into map[[8]byte]ringKey) error {
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var id []byte
		var k ringKey
		if err := rows.Scan(&id, &k.terminal, &k.state); err != nil || len(id) != 8 {
			return fmt.Errorf("reading the host keys: %w", errors.Join(err, errKeys))
		}
		into[[8]byte(id)] = k
	}
	return rows.Err()
}

// OfferKey names the next host key of a terminal: an id below that of its base
// derivation key, under which messages are taken from now on beside those under the
// active one. One that is offered already, and not proved, is offered again: so the
// terminal has the active key or that one, however often a loading was tried. The key
// itself is derived by who holds the base derivation key.
func (h *Host) OfferKey(ctx context.Context, terminalID string) (id [8]byte, err error) {
	t, known := h.terminals[pad(terminalID, 8)]
	if !known {
		return id, errKeys
	}
	h.offers.Lock()
	defer h.offers.Unlock()
	err = h.db.Update(ctx, func(tx *database.Tx) error {
		if err := lockTerminal(ctx, tx, t.id); err != nil {
			return err
		}
		var offered []byte
		err := tx.QueryRowContext(ctx, `SELECT key FROM host_keys WHERE terminal = ? AND state = ?`, t.id, keyOffered).Scan(&offered)
		if err == nil && len(offered) == len(id) {
			id = [8]byte(offered)
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("reading the host keys: %w", err)
		}
		copy(id[:4], t.key[:4])
		_, _ = rand.Read(id[4:])
		_, err = tx.ExecContext(ctx, `INSERT INTO host_keys (key, terminal, state) VALUES (?, ?, ?)`, id[:], t.id, keyOffered) // fails where it was drawn before
		return err
	})
	if err == nil {
		h.keys.offer(t.id, id)
	}
	return id, err
}

// proveKey takes an authentic message as the terminal's proof that it has a key. Of a
// key that another message retired meanwhile, it takes none.
func proveKey(ctx context.Context, tx *database.Tx, q *request) error {
	var state keyState
	if err := tx.QueryRowContext(ctx, `SELECT state FROM host_keys WHERE key = ? AND terminal = ?`, q.ksn[:8], q.terminal.id).Scan(&state); err != nil {
		return fmt.Errorf("reading a host key: %w", err)
	}
	switch state {
	case keyActive:
		return nil
	case keyRetired:
		return RefusalKey
	}
	_, err := tx.ExecContext(ctx, `UPDATE host_keys SET state = CASE WHEN key = ? THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END WHERE terminal = ?`,
		q.ksn[:8], keyActive, keyRetired, q.terminal.id)
	if err != nil {
		return fmt.Errorf("changing a terminal's key: %w", err)
	}
	return nil
}

// Key is one host key of the report.
type Key struct {
	TerminalID string `json:"terminal_id"`
	KeyID      string `json:"key_id"` // 16 hex digits
	State      string `json:"state"`  // offered, active or retired
	Counter    uint32 `json:"counter"`
}

// Keys lists the terminals' host keys.
func (h *Host) Keys(ctx context.Context) (out []Key, err error) {
	out = []Key{}
	err = h.db.View(ctx, func(tx *database.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT terminal, key, state, counter FROM host_keys ORDER BY terminal, state, key`)
		if err != nil {
			return fmt.Errorf("reading the host keys: %w", err)
		}
		defer rows.Close() //nolint:errcheck // Err says it
		for rows.Next() {
			var k Key
			var id []byte
			var state keyState
			if err := rows.Scan(&k.TerminalID, &id, &state, &k.Counter); err != nil {
				return fmt.Errorf("reading the host keys: %w", err)
			}
			k.TerminalID, k.KeyID, k.State = unpad(k.TerminalID), strings.ToUpper(hex.EncodeToString(id)), state.String()
			out = append(out, k)
		}
		return rows.Err()
	})
	return out, err
}
