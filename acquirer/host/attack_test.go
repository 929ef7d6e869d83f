package host

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
	"github.com/strongroom-pos/strongroom/internal/timing"
)

// A74: how long a token is looked for does not tell how much of it is one on file. The
// classes are tokens that nobody has: one of them is right but for its last byte.
func TestA74ATokenIsLookedForInOneTime(t *testing.T) {
	h, err := Open(t.Context(), Config{Database: testdb.Name(t), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	q, kept := &request{terminal: terminal{merchant: pad("SHOP", 15)}}, [][]byte{}
	err = h.db.Update(t.Context(), func(tx *database.Tx) error {
		for range 200 {
			token, card := make([]byte, tokenSize), make([]byte, 32)
			_, _ = rand.Read(token) // never fails
			kept = append(kept, token)
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO vault (merchant, token, card) VALUES (?, ?, ?)`, q.terminal.merchant, token, card); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	near, far := append([]byte{}, kept[100]...), make([]byte, tokenSize)
	near[tokenSize-1] ^= 1
	_, _ = rand.Read(far)
	q.token = make([]byte, tokenSize)
	put := func(class int) { copy(q.token, [2][]byte{near, far}[class]) }
	err = h.db.View(t.Context(), func(tx *database.Tx) error {
		op := func() {
			d := &deal{}
			if err := h.weighStored(context.Background(), tx, q, d); err != nil || d.response != hostspec.ResponseNoCard {
				t.Errorf("%q, %v", d.response, err)
			}
		}
		if got := timing.DifferSlow(put, op); got > timing.Found {
			t.Errorf("a statistic of %.1f", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	leaky := func() { // byte by byte through all that are kept
		for _, token := range kept {
			for i := range token {
				if token[i] != q.token[i] {
					break
				}
				time.Sleep(0)
			}
		}
	}
	if got := timing.DifferSlow(put, leaky); got < timing.Found {
		t.Errorf("hole: a search that ends early has a statistic of %.1f", got)
	}
}
