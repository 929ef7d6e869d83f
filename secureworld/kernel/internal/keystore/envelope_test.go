package keystore

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// cardReader seals as a reader does.
type cardReader struct {
	t      testing.TB
	id     orderauth.DeviceID
	device *dukpt.Device
}

func (e *estate) reader(t testing.TB) *cardReader {
	t.Helper()
	d, err := dukpt.Load(make([]byte, dukpt.StateSize), e.readerID, dukpt.AES256, bytes.Clone(e.keys[provisioning.KeyReaderInitial]))
	if err != nil {
		t.Fatal(err)
	}
	return &cardReader{t, e.readerID, d}
}

func (r *cardReader) seal(order [32]byte, number uint8) sred.Envelope {
	r.t.Helper()
	tx, err := r.device.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
	if err != nil {
		r.t.Fatal(err)
	}
	plain, err := contents.Pack(make([]byte, 0, sred.SealedSize), []byte("account"), []byte("emv"))
	if err != nil {
		r.t.Fatal(err)
	}
	env, err := sred.Seal(tx, order, r.id, number, plain)
	if err != nil {
		r.t.Fatal(err)
	}
	return env
}

func (e *estate) opensEnvelopes(t testing.TB, s *Store) bool {
	t.Helper()
	order := [32]byte(random(32))
	env := e.reader(t).seal(order, sred.NumberVerify)
	n, err := s.OpenEnvelope(env.Sealed[:], order, env.KSN, env.Number)
	if err != nil || n != sred.PlaintextSize {
		return false
	}
	account, _, err := contents.Unpack(env.Sealed[:n])
	return err == nil && string(account) == "account"
}

// A04, as far as the key goes: that a KSN rises is the core's to hold.
func TestAnEnvelopeOpensForItsOrderAlone(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	reader := e.reader(t)
	order := [32]byte(random(32))
	first, second := reader.seal(order, sred.NumberVerify), reader.seal(order, sred.NumberOnline)
	foreign := newEstate(t).reader(t).seal(order, sred.NumberOnline)
	ksnOf := func(n byte) (k [12]byte) { k = second.KSN; k[11] = n; return k }
	for name, c := range map[string]struct {
		sealed []byte
		order  [32]byte
		ksn    [12]byte
		number uint8
	}{
		"another order":            {second.Sealed[:], [32]byte{1}, second.KSN, 2},
		"another number":           {second.Sealed[:], order, second.KSN, 1},
		"the KSN before":           {second.Sealed[:], order, first.KSN, 2},
		"the KSN after":            {second.Sealed[:], order, ksnOf(3), 2},
		"counter zero":             {second.Sealed[:], order, ksnOf(0), 2},
		"another reader's":         {foreign.Sealed[:], order, foreign.KSN, 2},
		"another reader's, named":  {foreign.Sealed[:], order, second.KSN, 2},
		"cut short":                {second.Sealed[:sred.SealedSize-1], order, second.KSN, 2},
		"its tag cut off":          {second.Sealed[:sred.PlaintextSize], order, second.KSN, 2},
		"a byte longer":            {append(bytes.Clone(second.Sealed[:]), 0), order, second.KSN, 2},
		"nothing":                  {nil, order, second.KSN, 2},
		"a flipped bit":            {flipped(second.Sealed[:], 500), order, second.KSN, 2},
		"a flipped bit of its tag": {flipped(second.Sealed[:], sred.SealedSize-1), order, second.KSN, 2},
	} {
		memory := bytes.Clone(c.sealed)
		if n, err := s.OpenEnvelope(memory, c.order, c.ksn, c.number); !errors.Is(err, ErrEnvelope) || n != 0 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if bytes.Contains(memory, []byte("account")) {
			t.Errorf("%s: refused, but its plaintext is there", name)
		}
	}
	if n, err := s.OpenEnvelope(second.Sealed[:], order, second.KSN, 2); err != nil || !bytes.Contains(second.Sealed[:n], []byte("account")) {
		t.Errorf("twin: %d, %v", n, err)
	}
}

func BenchmarkOpenEnvelope(b *testing.B) {
	e := newEstate(b)
	s := e.open(b)
	order := [32]byte{1}
	env := e.reader(b).seal(order, 2)
	memory := make([]byte, sred.SealedSize)
	for b.Loop() {
		copy(memory, env.Sealed[:])
		if _, err := s.OpenEnvelope(memory, order, env.KSN, 2); err != nil {
			b.Fatal(err)
		}
	}
}
