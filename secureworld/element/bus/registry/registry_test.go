package registry_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
)

func list(t *testing.T) *registry.Registry {
	t.Helper()
	s, err := server.Start(server.Config{Name: "a", Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	r, err := registry.Create(t.Context(), nc, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestServersOfOneGroupDoNotOverwriteEachOther(t *testing.T) {
	r := list(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			err := r.Change(t.Context(), "north", "g1", func(r *registry.Record) error {
				return r.Enlist(fmt.Sprintf("mcu%d", i), 1, nil, time.Now())
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	err := r.Change(t.Context(), "north", "g1", func(r *registry.Record) error {
		if len(r.Servers) != 4 {
			t.Errorf("%d servers", len(r.Servers))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAChangeThatFailsChangesNothing(t *testing.T) {
	r := list(t)
	refused := errors.New("refused")
	err := r.Change(t.Context(), "north", "g1", func(r *registry.Record) error {
		_ = r.Enlist("a", 1, nil, time.Now())
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	_ = r.Change(t.Context(), "north", "g1", func(r *registry.Record) error {
		if len(r.Servers) != 0 {
			t.Error("the record was stored")
		}
		return nil
	})
}

func TestAWatcherHearsAGroupComeChangeGoAndComeAgain(t *testing.T) {
	r := list(t)
	change := func(f func(*registry.Record) error) {
		if err := r.Change(t.Context(), "north", "g1", f); err != nil {
			t.Error(err)
		}
	}
	come := func(r *registry.Record) error { return r.Enlist("a", 1, nil, time.Now()) }
	drain := func(r *registry.Record) error { r.State = registry.Draining; return nil }
	leave := func(r *registry.Record) error { clear(r.Servers); return nil }
	change(come)
	steps, want := []func(*registry.Record) error{drain, leave, come}, []string{"serving", "draining", "gone", "serving"}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var heard []string
	_ = r.Watch(ctx, time.Minute, func() { heard = append(heard, "settled") }, func(e registry.Event) {
		state := "gone"
		if e.Record != nil {
			state = e.Record.State
		}
		if heard = append(heard, state); len(steps) > 0 {
			go change(steps[0])
			steps = steps[1:]
		} else {
			cancel()
		}
	})
	if heard[1] != "settled" {
		t.Fatal(heard)
	}
	if got := append(heard[:1:1], heard[2:]...); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatal(heard)
	}
}
