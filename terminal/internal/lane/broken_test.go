package lane_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// The write that fails is the till's, and the link to the secure world is sound: it
// would stand for ever.
func TestALaneEndsWhenTheJournalBreaksWhoeverWrote(t *testing.T) {
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "mailbox"))
	check(t, err)
	world := standin.New(func(mailbox.Start) []standin.Step { return nil })
	go world.Serve(listener)
	t.Cleanup(func() { _ = listener.Close(); world.HangUp() })
	dial, err := session.Dialer(session.Config{Address: "unix:" + filepath.Join(dir, "mailbox")})
	check(t, err)
	j, err := journal.Open(filepath.Join(dir, "journal.db"))
	check(t, err)
	l, err := lane.New(j, lane.Config{Dial: session.Prefer(dial).Dial, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	ran := make(chan error, 1)
	go func() { ran <- l.Run(t.Context()) }()
	for !l.Up() {
		time.Sleep(time.Millisecond)
	}
	if err := j.Insert(sale.Record{}); !errors.Is(err, journal.ErrBroken) {
		t.Fatalf("a payment without currency was written: %v", err)
	}
	if err := <-ran; !errors.Is(err, journal.ErrBroken) {
		t.Errorf("the lane ended with %v", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
