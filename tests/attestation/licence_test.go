//go:build linux

package attestation

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// licensed signs a licence like that of the release, but for what f changes.
func licensed(f func(*signing.Release)) func(signing.Manufacturer, signing.Release) ([]byte, error) {
	return func(m signing.Manufacturer, r signing.Release) ([]byte, error) {
		f(&r)
		s, err := m.Sign(r)
		return s.Licence, err
	}
}

func TestNothingRunsWithoutAFittingLicenceAndTheReasonIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*signing.Release)
		reason string
	}{
		"expired": {func(r *signing.Release) {
			r.Valid = signing.Validity{From: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)}
		}, "expired"},
		"not valid yet": {func(r *signing.Release) {
			r.Valid = signing.Validity{From: time.Now().Add(time.Hour), Until: time.Now().Add(2 * time.Hour)}
		}, "not valid yet"},
		"for another kernel":           {func(r *signing.Release) { r.Kernel = append(r.Kernel[:len(r.Kernel):len(r.Kernel)], 0) }, "issued for another kernel"},
		"for another customer":         {func(r *signing.Release) { r.Customer = "somebody else" }, "issued for another customer"},
		"for another kernel's key":     {func(r *signing.Release) { r.KernelKey = strings.Repeat("5a", 32) }, "another licence key"},
		"for a kernel that has no key": {func(r *signing.Release) { r.KernelKey = "" }, "another licence key"},
	} {
		t.Run(name, func(t *testing.T) {
			w := prepare(t)
			if w == nil {
				return
			}
			w.cfg.Licence = licensed(c.change)
			if told := w.refusesToStart(c.reason); !strings.Contains(told, c.reason) {
				t.Errorf("told %q, want %q", told, c.reason)
			}
		})
	}
}

// refusesToStart returns what was told when no kernel got ready. Boot starts a kernel
// that ended again and again, so the reason in its log is waited for.
func (w *world) refusesToStart(reason string) string {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	log := w.cfg.Dir + "/secureworld.log"
	go func() {
		for ctx.Err() == nil {
			if b, err := os.ReadFile(log); err == nil && strings.Contains(string(b), reason) {
				cancel()
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	running, err := secureside.Start(ctx, w.cfg)
	if err == nil {
		running.Stop()
		w.Fatal("it runs")
	}
	b, _ := os.ReadFile(log)
	return err.Error() + "\n" + string(b)
}

func TestAnAppWorldThatTheLicenceDoesNotNameIsNotServed(t *testing.T) {
	w := prepare(t)
	if w == nil {
		return
	}
	w.cfg.Licence = licensed(func(r *signing.Release) { r.AppWorld = [][]byte{[]byte("another program")} })
	running, err := secureside.Start(t.Context(), w.cfg)
	w.must(err)
	w.running = running
	t.Cleanup(running.Stop)
	if _, err := w.connect().Attest(payment.Digest{}); err == nil {
		t.Error("it is served")
	}
	if reason := "app world's program is not licensed"; !w.tells(reason) {
		t.Errorf("the reason %q is not told", reason)
	}
}

// tells waits until boot's log has a reason: a peer may see the end of its connection
// before that is written.
func (w *world) tells(reason string) bool {
	for range 100 {
		if b, err := os.ReadFile(w.running.Log); err == nil && strings.Contains(string(b), reason) {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}
