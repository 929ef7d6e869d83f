package host_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

func (b *bench) offer() [8]byte {
	b.Helper()
	id, err := b.host.OfferKey(context.Background(), b.terminal.ID)
	if err != nil {
		b.Fatal(err)
	}
	return id
}

func (b *bench) signOn() *codec.Message {
	b.Helper()
	return b.wants(b.terminal.Network(b, hostspec.NetworkSignOn, nil), hostspec.ResponseApproved)
}

func (b *bench) topOf(answer *codec.Message) uint32 {
	b.Helper()
	raw, _ := answer.Get(48)
	elements, err := hostspec.ParsePrivate(raw)
	if err != nil {
		b.Fatal(err)
	}
	return binary.BigEndian.Uint32(hostspec.FindPrivate(elements, hostspec.PrivateTopCounter))
}

func (b *bench) states() map[string]int {
	b.Helper()
	keys, err := b.host.Keys(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]int{}
	for _, k := range keys {
		if k.TerminalID == b.terminal.ID {
			out[k.State]++
		}
	}
	return out
}

// Until the terminal proves the new key, either is good; from then on the new one alone.
func TestTheOldKeyIsGoodUntilTheNewOneIsProved(t *testing.T) {
	b := newBench(t)
	b.signOn()
	b.signOn()
	id := b.offer()
	b.signOn() // the terminal did not load it
	back := b.lane.Rekey(t, b.terminal, id)
	if top := b.topOf(b.signOn()); top != 0 {
		t.Errorf("a new key looks rolled back: %d", top)
	}
	if top := b.topOf(b.signOn()); top != 1 {
		t.Errorf("it is not counted: %d", top)
	}
	back()
	b.refuses(b.terminal.Network(t, hostspec.NetworkSignOn, nil), host.RefusalKey)
	if s := b.states(); s["active"] != 1 || s["retired"] != 1 || s["offered"] != 0 {
		t.Errorf("%v", s)
	}
}

// The host is started anew at every point: it forgets neither key.
func TestKeysOutliveTheHost(t *testing.T) {
	b := newBench(t)
	again := func() { _ = b.host.Close(); b.open(b.lane.Client) }
	b.signOn()
	id := b.offer()
	again()
	b.signOn()
	if b.offer() != id {
		t.Error("a loading that is tried again gets another key: the first may be loaded already")
	}
	back := b.lane.Rekey(t, b.terminal, id)
	b.signOn()
	again()
	b.signOn()
	back()
	b.refuses(b.terminal.Network(t, hostspec.NetworkSignOn, nil), host.RefusalKey)
	if next := b.offer(); next == id {
		t.Error("a key that is in use is offered")
	}
}

func TestAKeyIsForOneTerminal(t *testing.T) {
	b := newBench(t)
	id := b.offer()
	b.terminal = b.lane.NewTerminal(t, 1)
	back := b.lane.Rekey(t, b.terminal, id)
	m := b.terminal.Network(t, hostspec.NetworkSignOn, nil)
	if _, err := b.host.Handle(context.Background(), host.NewSession(b.terminal.ID, [32]byte{}), m.Frame); err != host.RefusalKey { //nolint:errorlint // it is one
		t.Errorf("%v", err)
	}
	back()
	if _, err := b.host.OfferKey(context.Background(), "NOBODY"); err == nil {
		t.Error("an unknown terminal is offered a key")
	}
}

// A message that only says that it is under the new key proves nothing.
func TestAMessageThatIsNotAuthenticRetiresNoKey(t *testing.T) {
	b := newBench(t)
	id := b.offer()
	back := b.lane.Rekey(t, b.terminal, id)
	m := b.terminal.Network(t, hostspec.NetworkSignOn, nil)
	m.Frame[len(m.Frame)-1] ^= 1
	b.refuses(m, host.RefusalMAC)
	back()
	b.signOn()
	if s := b.states(); s["active"] != 1 || s["offered"] != 1 {
		t.Errorf("%v", s)
	}
}

// A database of before there was a counter for each key: what was counted for the
// terminal is the first key's.
func TestWhatAFormerVersionCountedIsTheFirstKeys(t *testing.T) {
	b := newBench(t)
	b.signOn()
	_ = b.host.Close()
	db, err := database.Open(context.Background(), b.path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(context.Background(), func(tx *database.Tx) error {
		_, err := tx.ExecContext(context.Background(), `DELETE FROM host_keys`)
		if err == nil {
			_, err = tx.ExecContext(context.Background(), `UPDATE terminals SET counter = 77`)
		}
		return err
	})
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	b.open(b.lane.Client)
	if top := b.topOf(b.signOn()); top != 77 {
		t.Errorf("%d", top)
	}
	b.lane.Rekey(t, b.terminal, b.offer())
	if top := b.topOf(b.signOn()); top != 0 {
		t.Errorf("the next key begins at %d", top)
	}
}
