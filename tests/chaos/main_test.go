//go:build linux

// Package chaos sells over the real programs while they are killed, stopped, cut off
// from each other and left without disk, and then holds four books against each other,
// to the cent. See README.md in the folder above.
package chaos

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
)

// options of a run. Without any it is what CI does.
type options struct {
	sales, lanes, every int
	seed                uint64
	out, home           string
}

var given options //nolint:gochecknoglobals // the command line of this test binary

func TestMain(m *testing.M) {
	flag.IntVar(&given.sales, "sales", 200, "how many sales, on all lanes together")
	flag.IntVar(&given.lanes, "lanes", 2, "how many lanes side by side")
	flag.IntVar(&given.every, "every", 8, "a fault of a lane after so many of its sales")
	flag.Uint64Var(&given.seed, "chaos.seed", 1, "what is drawn: cards, faults, moments")
	flag.StringVar(&given.out, "out", "", "file for the figures, JSON")
	flag.StringVar(&given.home, "home", "", "folder that keeps the lanes' logs; empty: none are kept")
	flag.Parse()
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// ready reports whether a lane can be brought up here. What is missing fails the
// test where everything is required; elsewhere it is left out, loudly.
func ready(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() == 0 {
		return true
	}
	if os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatal("root is missing and required")
	}
	t.Log("LEFT OUT: this needs root")
	return false
}

// pause waits, or returns why it could not.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func sentence(format string, a ...any) string { return fmt.Sprintf(format, a...) }
