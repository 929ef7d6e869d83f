package journal

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
)

func TestClientsAreKeptAsTheyWerePut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_700_000_000_123).UTC()
	next := pairing.Digest{3}
	a := pairing.Record{ID: "cli_a", Name: "A", Scopes: pairing.Pay, Token: pairing.Digest{1}, Created: at}
	b := pairing.Record{ID: "cli_b", Name: "B", Scopes: pairing.All, Token: pairing.Digest{2}, Next: &next, Created: at}
	c := pairing.Record{ID: "cli_c", Name: "C", Scopes: pairing.Batch, Created: at}
	for _, r := range []pairing.Record{a, b, c} {
		if err := j.PutClient(r); err != nil {
			t.Fatal(err)
		}
	}
	a.Revoked, a.Token, b.Next = true, pairing.Digest{9}, nil
	for _, err := range []error{j.PutClient(b), j.PutClient(a), j.DropClient(c.ID), j.DropClient("nobody"), j.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	j, err = Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	got, err := j.Clients()
	if err != nil || !reflect.DeepEqual(got, []pairing.Record{a, b}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
