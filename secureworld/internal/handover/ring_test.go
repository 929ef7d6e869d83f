package handover

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestARingReachesTheConnectionItIsMeantForAndNoOther(t *testing.T) {
	b, l, _ := serving(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ring := func(id uint32) { send(t, b, Ring{ID: id}, memoryFile(t, "shared", unix.F_SEAL_SHRINK)) }
	connect := func(door Door, id uint32) Connection {
		t.Helper()
		_, theirs := socket(t)
		send(t, b, Connected{Door: door, ID: id}, theirs)
		c, err := l.Accept(ctx, door)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ring(1)
	if c := connect(DoorSRED, 1); c.Ring != nil {
		t.Error("another door's connection got it")
	}
	if c := connect(DoorMailbox, 2); c.Ring != nil {
		t.Error("another connection got it")
	}
	first := connect(DoorMailbox, 1)
	if first.Ring == nil {
		t.Fatal("it did not arrive")
	}
	if c := connect(DoorMailbox, 1); c.Ring != nil {
		t.Error("it came twice")
	}
	ring(3)
	ring(4)
	if c := connect(DoorMailbox, 3); c.Ring != nil {
		t.Error("it was kept although another came")
	}
	if c := connect(DoorMailbox, 4); c.Ring == nil {
		t.Error("the later one was lost")
	}
	if err := first.Close(); err != nil || first.Ring.Close() == nil {
		t.Errorf("the memory stays open: %v", err)
	}
}

func TestNoRingComesBeforeTheKernelServes(t *testing.T) {
	for _, state := range []State{Confining, Provisioning, Starting} {
		s := session{state: state}
		if s.step(TypeRing) == nil {
			t.Errorf("state %d", state)
		}
	}
}
