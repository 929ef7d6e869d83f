package pairing

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

// memory is a store that can fail.
type memory struct {
	records []Record
	fails   error
}

func (m *memory) Clients() ([]Record, error) { return m.records, m.fails }

func (m *memory) PutClient(r Record) error {
	if m.fails != nil {
		return m.fails
	}
	for i := range m.records {
		if m.records[i].ID == r.ID {
			m.records[i] = r
			return nil
		}
	}
	m.records = append(m.records, r)
	return nil
}

func (m *memory) DropClient(id string) error {
	for i := range m.records {
		if m.records[i].ID == id {
			m.records = append(m.records[:i], m.records[i+1:]...)
			break
		}
	}
	return m.fails
}

type bench struct {
	*Desk
	store *memory
	at    time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{store: &memory{}, at: time.Unix(1_700_000_000, 0)}
	now := func() time.Time { return b.at }
	clients, err := Load(b.store, now)
	if err != nil {
		t.Fatal(err)
	}
	b.Desk = NewDesk(Config{Clients: clients, Now: now, URL: "https://192.0.2.7:8443", SPKI: "x"})
	return b
}

func here(i byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, i}) }

func TestADeskWithoutAnAddressTakesNoRequest(t *testing.T) {
	b := newBench(t)
	d := NewDesk(Config{Clients: b.Clients(), Now: time.Now})
	if _, err := d.Ask("Till", Pay, here(1), true); !errors.Is(err, ErrOff) {
		t.Errorf("got %v", err)
	}
}

func TestASecretIsToldOnlyWhileItCanBeUsed(t *testing.T) {
	b := newBench(t)
	q, err := b.Ask("Till", Pay|Refund, here(1), false)
	if err != nil || q.Code != "" || q.Secret != "" {
		t.Fatalf("%+v, %v", q, err)
	}
	if _, err := b.Confirm(q.ID, All); !errors.Is(err, ErrScopes) {
		t.Errorf("more than was asked for: %v", err)
	}
	q, err = b.Confirm(q.ID, Pay)
	if err != nil || len(q.Code) != 8 || len(q.Secret) != 22 || q.Scopes != Pay {
		t.Fatalf("%+v, %v", q, err)
	}
	if _, err := b.Confirm(q.ID, 0); err != nil {
		t.Errorf("said twice: %v", err)
	}
	c, token, err := b.Complete(q.ID, Proof{Secret: q.Secret}, here(9))
	if err != nil || c.Scopes != Pay {
		t.Fatalf("%+v, %v", c, err)
	}
	if q, _ := b.Current(); q.Code != "" || q.Secret != "" || q.Client != c.ID || q.Status != Completed {
		t.Errorf("afterwards %+v", q)
	}
	if _, _, err := b.Complete(q.ID, Proof{Secret: q.Secret}, here(9)); !errors.Is(err, ErrOver) {
		t.Errorf("twice: %v", err)
	}
	if got, err := b.Clients().Authenticate(token); err != nil || got.ID != c.ID {
		t.Errorf("%+v, %v", got, err)
	}
}

// What the other proof would be does not open: code and secret are not each other.
func TestAProofIsOneOfTheTwo(t *testing.T) {
	r := Request{Code: "12345678", Secret: "abcdefghijklmnopqrstuv"}
	for p, want := range map[Proof]bool{
		{Code: r.Code}: true, {Secret: r.Secret}: true, {}: false, {Code: r.Secret}: false, {Secret: r.Code}: false,
		{Code: r.Code, Secret: r.Secret}: false, {Code: "12345679"}: false,
	} {
		if r.proven(p) != want {
			t.Errorf("%+v", p)
		}
	}
	if (&Request{}).proven(Proof{}) {
		t.Error("nothing proves nothing")
	}
}

func TestNothingHoldsThatWasNotStored(t *testing.T) {
	b := newBench(t)
	q, _ := b.Ask("Till", Pay, here(1), true)
	b.store.fails = errors.New("the disk is full")
	if _, _, err := b.Complete(q.ID, Proof{Code: q.Code}, here(1)); err == nil || len(b.Clients().List()) != 0 {
		t.Fatal("a client was paired that is not stored")
	}
	b.store.fails = nil
	c, token, err := b.Complete(q.ID, Proof{Code: q.Code}, here(1))
	if err != nil {
		t.Fatal(err)
	}
	b.store.fails = errors.New("the disk is full")
	if b.Clients().Revoke(c.ID) == nil {
		t.Error("revoked without being stored")
	}
	if _, err := b.Clients().Authenticate(token); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestOnlySoManyClientsAndEndedPairingsAreKept(t *testing.T) {
	b := newBench(t)
	c := b.Clients()
	for range maxClients {
		if _, _, err := c.add("Till", Pay); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := c.add("Till", Pay); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
	if _, err := b.Ask("Till", Pay, here(1), true); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
	first := c.List()[0].ID
	for range maxRevoked + 1 {
		if err := c.Revoke(c.List()[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.add("Till", Pay); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.store.records) != maxClients+maxRevoked || b.store.records[0].ID == first {
		t.Errorf("%d are stored", len(b.store.records))
	}
}

func TestWaitsDoubleAndAreForgotten(t *testing.T) {
	var s throttle
	now := time.Unix(1_700_000_000, 0)
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		s.fail(here(1), now)
		var wait *ThrottledError
		if err := s.check(here(1), now); !errors.As(err, &wait) || wait.After != want*time.Second {
			t.Fatalf("after failure %d: %v", i+1, err)
		}
		if err := s.check(here(2), now); err != nil {
			t.Fatalf("another address waits: %v", err)
		}
		now = now.Add(wait.After)
		if err := s.check(here(1), now); err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	}
	now = now.Add(forget + 1)
	s.fail(here(1), now)
	if err := s.check(here(1), now.Add(time.Second)); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

// Many addresses do not buy many tries, and do not fill the memory.
func TestManyAddressesLetEverybodyWait(t *testing.T) {
	var s throttle
	now := time.Unix(1_700_000_000, 0)
	for i := range 2 * maxAddresses {
		s.fail(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
		if waits := s.check(here(1), now) != nil; waits != (i >= freeForAll) {
			t.Fatalf("after %d failures elsewhere: %v", i+1, waits)
		}
	}
	if len(s.by) != maxAddresses {
		t.Errorf("%d addresses are remembered", len(s.by))
	}
}

func TestAMachineIsItsNetworkOfIPv6(t *testing.T) {
	for a, want := range map[string]string{"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::"} {
		if got := Network(netip.MustParseAddr(a)).String(); got != want {
			t.Errorf("%s: %s", a, got)
		}
	}
}

func TestCodesAreEightDigitsAndNotAlwaysTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		c, err := drawCode()
		if _, bad := ParseProof([]byte(`{"code":"` + c + `"}`)); err != nil || bad != nil {
			t.Fatalf("%q, %v", c, err)
		}
		seen[c] = true
	}
	if len(seen) < 90 {
		t.Errorf("%d of 100 codes differ", len(seen))
	}
}
