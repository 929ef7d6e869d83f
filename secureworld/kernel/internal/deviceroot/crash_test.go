package deviceroot

import (
	"errors"
	"testing"

	fp "github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable/durabletest"
)

// started opens and renews, as a start does; key is what it had before the power
// failed, or nothing.
func started(t *testing.T, cfg Config) (key string, err error) {
	t.Helper()
	r, err := Open(cfg)
	if err != nil {
		return "", err
	}
	key = derived(t, r)
	return key, r.Renew()
}

// cuts are the steps before which the power fails: all of the first, among which
// the firmware root key is taken over, all of the last, which make the record
// durable, and some of the bytes between.
func cuts(all int) (steps []int) {
	for n := range all + 1 {
		if n <= keySize+4 || n%29 == 0 || n >= all-8 {
			steps = append(steps, n)
		}
	}
	return steps
}

// The power fails at any step of a first start. The next start
// succeeds, and has the key that the first one had if that got one.
func TestAPowerCutAnywhereInTheFirstStartLosesNoKey(t *testing.T) {
	first := storage(t)
	counter := durabletest.New(t, first.Dir)
	first.Disk = counter
	if _, err := started(t, first); err != nil {
		t.Fatal(err)
	}
	for _, cut := range cuts(counter.Steps) {
		for name, loss := range durabletest.Losses() {
			cfg := storage(t)
			disk := durabletest.New(t, cfg.Dir)
			disk.CutAfter(cut)
			cfg.Disk = disk
			key, err := started(t, cfg)
			if (err == nil) != (cut == counter.Steps) || err != nil && !errors.Is(err, durabletest.ErrCut) {
				t.Fatalf("cut %d of %d: %v", cut, counter.Steps, err)
			}
			disk.After(t, loss)
			cfg.Disk = durabletest.New(t, cfg.Dir) // which syncs nothing for real
			if again, err := started(t, cfg); err != nil || key != "" && again != key {
				t.Fatalf("cut %d, %s: another key, %v", cut, name, err)
			}
		}
	}
}

// The power fails while the parts of now are made those that count. The storage
// opens on the device as it was and as it is, with the same key.
func TestAPowerCutAnywhereInARenewalLosesNoKey(t *testing.T) {
	whole, want := made(t)
	first := copied(t, whole)
	counter := durabletest.New(t, first.Dir)
	first.Disk, first.Parts = counter, parts(fp.Board, fp.Disk)
	if _, err := started(t, first); err != nil {
		t.Fatal(err)
	}
	for _, cut := range cuts(counter.Steps) {
		for name, loss := range durabletest.Losses() {
			cfg := copied(t, whole)
			disk := durabletest.New(t, cfg.Dir)
			disk.CutAfter(cut)
			cfg.Disk, cfg.Parts = disk, parts(fp.Board, fp.Disk)
			key, err := started(t, cfg)
			if key != want || (err == nil) != (cut == counter.Steps) {
				t.Fatalf("cut %d of %d: another key before the power failed, or no cut: %v", cut, counter.Steps, err)
			}
			disk.After(t, loss)
			for when, now := range map[string]fp.Parts{"as it is": cfg.Parts, "as it was": parts()} {
				cfg.Disk, cfg.Parts = nil, now // opening writes nothing
				if r, err := Open(cfg); err != nil || derived(t, r) != want {
					t.Fatalf("cut %d, %s, the device %s: another key, %v", cut, name, when, err)
				}
			}
		}
	}
}
