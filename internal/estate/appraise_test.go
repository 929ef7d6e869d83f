//go:build linux

package estate_test

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

func TestAKernelThatTheAcquirerDoesNotKnowDoesNotSignOnAndTheTerminalSaysWhy(t *testing.T) {
	l := start(t, t.TempDir())
	if l == nil {
		return
	}
	ctx := t.Context()
	policy, err := l.Policy()
	if err != nil {
		t.Fatal(err)
	}
	known := policy.Kernels
	policy.Kernels = nil
	if err := l.Desk.Appraise(ctx, policy); err != nil {
		t.Fatal(err)
	}
	if err := l.Kill(estate.Kernel); err != nil { // the next one signs on again
		t.Fatal(err)
	}
	awaitRefusal(t, l, "kernel_unknown")
	list, err := l.Desk.Attestations(ctx)
	if err != nil || len(list) != 1 || list[0].Accepted || list[0].Reason != "kernel_unknown" {
		t.Errorf("the acquirer keeps %+v, %v", list, err)
	}
	if err := l.Desk.AcceptKernel(ctx, known[len(known)-1]); err != nil {
		t.Fatal(err)
	}
	if err := l.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	awaitRefusal(t, l, "none")
}

// awaitRefusal asks until the terminal says it, for a minute.
func awaitRefusal(t *testing.T, l *estate.Lane, want string) {
	t.Helper()
	said := ""
	for range 300 {
		if v, err := l.Till.Terminal(t.Context()); err == nil {
			if said = v.HostRefusal; said == want && v.HostSignedOn == (want == "none") {
				return
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("the terminal says %q, want %q", said, want)
}
