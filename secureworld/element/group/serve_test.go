package group_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func TestAMemberIsServedOnASocketUntilItEnds(t *testing.T) {
	w := newWorld(t, 1)
	path := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(t.Context())
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	w.must(err)
	done := make(chan error, 1)
	go func() { done <- w.members[0].Serve(ctx, l) }()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	w.must(err)
	defer conn.Close()
	for range 3 {
		w.must(frame.Send(conn, door.KindIdentify, door.Identify{}))
		kind, body, err := frame.Read(conn, door.MaxBody)
		var i door.Identity
		if err != nil || kind != door.KindIdentify|door.KindAnswer || frame.Parse(body, &i) != nil {
			t.Fatalf("%02x, %v", kind, err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, _, err := frame.Read(conn, door.MaxBody); err == nil {
		t.Error("still served")
	}
}

func TestAnEpochDrainsForTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.agree(1)
		s := w.opened()
		w.agree(2)
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeAnswered {
			t.Errorf("after nine seconds: %v", a.Code)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeEpoch {
			t.Errorf("after eleven: %v", a.Code)
		}
	})
}
