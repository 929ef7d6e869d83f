package handover

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

func TestBeforeTheKernelIsReadyRaisingReceivesByItself(t *testing.T) {
	b, l := ends(t)
	provide(t, b)
	if _, err := l.Provisions(); err != nil {
		t.Fatal(err)
	}
	for _, n := range []uint64{4, 9} {
		raised := make(chan error, 1)
		go func() { raised <- l.RaiseAnchor(n) }()
		if m, err := b.Receive(); err != nil || m != (Anchor{n}) {
			t.Fatalf("%v, %v; want %d", m, err, n)
		}
		send(t, b, Anchored{n - 1}, nil) // an answer to something else
		send(t, b, Anchored{n}, nil)
		if err := <-raised; err != nil {
			t.Fatal(err)
		}
	}
	send(t, b, Stop{}, nil)
	send(t, b, Anchored{10}, nil)
	if err := l.RaiseAnchor(10); err != nil {
		t.Fatal(err)
	}
	<-l.Stopping() // what came between is not lost
	b.Close()
	if err := l.RaiseAnchor(11); err == nil {
		t.Error("boot has gone, and the anchor is raised")
	}
}

func TestWhileTheKernelServesRaisingWaitsForBoot(t *testing.T) {
	b, l, done := serving(t)
	raised := make(chan error, 1)
	go func() { raised <- l.RaiseAnchor(12) }()
	if m, err := b.Receive(); err != nil || m != (Anchor{12}) {
		t.Fatalf("%v, %v", m, err)
	}
	send(t, b, Anchored{11}, nil) // an answer to something else
	send(t, b, Health{1}, nil)
	if m, err := b.Receive(); err != nil || m != (Healthy{1}) {
		t.Fatalf("%v, %v", m, err)
	}
	select {
	case err := <-raised:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	send(t, b, Anchored{12}, nil)
	if err := <-raised; err != nil {
		t.Fatal(err)
	}
	go func() { raised <- l.RaiseAnchor(13) }()
	if _, err := b.Receive(); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if err := <-raised; !errors.Is(err, errGone) {
		t.Errorf("boot has gone: %v", err)
	}
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestAPartComesOnceAndIsOneThatThereIs(t *testing.T) {
	b, l := ends(t)
	send(t, b, Confine{}, nil)
	for range 2 {
		send(t, b, DevicePart{Part: 1, Digest: [32]byte{1}}, nil)
	}
	send(t, b, Config{}, memoryFile(t, "", unix.F_SEAL_SEAL))
	if _, err := l.Provisions(); err == nil {
		t.Error("a part twice")
	}
	for name, m := range map[string]Message{"an absent part": DevicePart{Part: 1}, "a part that there is not": DevicePart{7, [32]byte{1}}} {
		p, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := session{state: Provisioning}
	if s.step(TypeStorage) != nil || s.step(TypeStorage) == nil {
		t.Error("anchors")
	}
}
