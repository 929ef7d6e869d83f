package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

const otherDialect = "hostspec/profile/testdata/example.json"

// withUpstream are the flags of a start whose decisions are made elsewhere.
func withUpstream(t *testing.T) (dir string, args []string) {
	t.Helper()
	b, err := os.ReadFile(otherDialect)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	there := testlane.StartUpstream(t, p)
	dir, args = files(t, testlane.Start(t))
	i := slices.Index(args, "-cards")
	ca, cert, key := there.Files(t, dir)
	return dir, append(slices.Delete(args, i, i+2), "-upstream", there.Address, "-profile", otherDialect,
		"-upstream-ca", ca, "-upstream-cert", cert, "-upstream-key", key)
}

func TestTheProgramSignsOnUpstream(t *testing.T) {
	dir, args := withUpstream(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, &bytes.Buffer{}) }()
	addresses := published(t, filepath.Join(dir, "addresses.json"))
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		h := health(t, addresses["control"])
		if h.Ready && h.Upstream != nil && h.Upstream.Connected && h.Upstream.Pending.Reversals == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("never signed on: %+v", h)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestAStartThatCouldNotForwardIsRefused(t *testing.T) {
	_, args := withUpstream(t)
	from := slices.Index(args, "-upstream")
	for why, bad := range map[string][]string{
		"cards as well":             append(slices.Clone(args), "-cards", "cards.json"),
		"an upstream without files": args[:from+2],
		"a profile without a host":  append(slices.Clone(args[:from]), "-profile", otherDialect),
		"no time for the terminal":  append(slices.Clone(args), "-upstream-seconds", "19"),
		"no address":                append(slices.Clone(args), "-upstream", "upstream"),
		"no profile":                append(slices.Clone(args), "-profile", "main.go"),
		"a key of another":          append(slices.Clone(args), "-upstream-key", args[slices.Index(args, "-tls-key")+1]),
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		if err := run(ctx, bad, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: started", why)
		}
		cancel()
	}
}

// What upstream has yet to confirm is not left to a host that does not ask it.
func TestReversalsThatWaitForUpstreamAreNotForgotten(t *testing.T) {
	dir, args := withUpstream(t)
	plain := args[:slices.Index(args, "-upstream")]
	for _, waits := range []bool{false, true} { // the first start makes the tables
		if waits {
			wait(t, filepath.Join(dir, "host.db"))
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, plain, &bytes.Buffer{}) }()
		if !waits {
			published(t, filepath.Join(dir, "addresses.json"))
			cancel()
		}
		if err := <-ended; (err != nil) != waits {
			t.Errorf("reversals wait: %v, and it ended with %v", waits, err)
		}
		cancel()
	}
}

func wait(t *testing.T, path string) {
	t.Helper()
	db, err := database.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(context.Background(), func(tx *database.Tx) error {
		_, err := tx.ExecContext(context.Background(), `
			INSERT INTO forwarded (terminal, stan, date, rrn, processing, amount, currency, sent, time, merchant, state, net, due, tries)
			VALUES ('TERM0001', '000001', '0102', '000000000001', '000000', 100, '978', '0102030405', '040506', 'MERCHANT0000001', 'reverse', 0, 0, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
