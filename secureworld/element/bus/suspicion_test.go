package bus_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

func auditor() subject.Role { return subject.Role{Kind: subject.Auditor, Name: "audit"} }

func TestASuspectedGroupIsAskedByNobodyUntilItIsCleared(t *testing.T) {
	n := newSite(t, server.User{Role: auditor(), Token: token})
	n.serve(t, mcu("g1", "a"), &bustest.Group{Branch: "north", Name: "g1", Epoch: 7})
	n.serve(t, mcu("g2", "a"), &bustest.Group{Branch: "north", Name: "g2", Epoch: 7})
	d, conn := n.directory(t, client("a")), n.connect(t, auditor())
	eventually(t, "both are listed", func() bool { return len(d.Carriers()) == 2 })
	if err := bus.Suspect(t.Context(), conn, registry.Suspicion{Branch: "north", Group: "g1", What: "it lies"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one is suspected", func() bool {
		list := d.Carriers()
		if len(list) != 1 {
			return false
		}
		_, group := list[0].Name()
		return group == "g2"
	})
	late := n.directory(t, client("b")) // who comes later knows too
	eventually(t, "who comes later knows", func() bool { return len(late.Records()) == 2 && len(late.Carriers()) == 1 })
	if s := d.Suspicions(); len(s) != 1 || s[0].By != "audit" || s[0].What != "it lies" {
		t.Errorf("%+v", s)
	}
	if err := bus.Clear(t.Context(), conn, "north", "g1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is cleared", func() bool { return len(d.Carriers()) == 2 && len(late.Carriers()) == 2 })
}

func TestAnAuditorAloneMaySuspect(t *testing.T) {
	n := newSite(t)
	for name, r := range map[string]subject.Role{"a client": client("a"), "the group's own MCU": mcu("g1", "a")} {
		if err := bus.Suspect(t.Context(), n.connect(t, r), registry.Suspicion{Branch: "north", Group: "g1"}); err == nil {
			t.Errorf("%s suspects", name)
		}
	}
}

func TestWhoJoinsWaitsForTheServer(t *testing.T) {
	address := freeAddress(t)
	config := bus.Config{URLs: []string{address}, Role: client("a"), Token: token}
	waits, joined := make(chan struct{}), make(chan *bus.Conn)
	go func() {
		conn, err := bus.Join(t.Context(), config, func() { close(waits) })
		if err != nil {
			t.Error(err)
		}
		joined <- conn
	}()
	<-waits
	s, err := server.Start(server.Config{Name: "a", Listen: address, Users: []server.User{{Role: client("a"), Token: token}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if conn := <-joined; conn != nil {
		conn.Close()
	}
}

func TestWhoJoinsDoesNotWaitForWhatNeverWillBe(t *testing.T) {
	for name, c := range map[string]bus.Config{
		"no role": {URLs: []string{"127.0.0.1:1"}},
		"no seed": {URLs: []string{"127.0.0.1:1"}, Role: client("a"), Seed: filepath.Join(t.TempDir(), "none")},
	} {
		if _, err := bus.Join(t.Context(), c, nil); err == nil || errors.Is(err, bus.ErrUnreached) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bus.Join(ctx, bus.Config{URLs: []string{"127.0.0.1:1"}, Role: client("a")}, nil); err == nil {
		t.Error("joined nobody")
	}
	if _, err := bus.Trust(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("trusts a file that is not there")
	}
}
