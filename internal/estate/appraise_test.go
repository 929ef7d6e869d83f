//go:build linux

package estate_test

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/tpm/swtpm"
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

func TestTheAcquirerLetsADeviceSignOnByTheQuoteOfItsTPMAlone(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	ctx := t.Context()
	l, err := estate.Start(ctx, estate.Options{Programs: programs, Home: t.TempDir(), TPM: "unix:" + swtpm.Lasting(t, t.TempDir()), Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	sell(t, l)
	if v, err := l.Till.Security(ctx); err != nil || v.Attestation != "tpm" || v.StorageRoot != "tpm" {
		t.Errorf("the terminal says %q, and %q of the root of its storage, %v", v.Attestation, v.StorageRoot, err)
	}
	policy, err := l.Policy()
	if err != nil || !policy.TPM {
		t.Fatalf("no quote is asked for: %v", err)
	}
	for id, keys := range policy.TPMKeys {
		policy.TPMKeys[id] = []string{"00" + keys[0][2:]} // another TPM's
	}
	if err := l.Desk.Appraise(ctx, policy); err != nil {
		t.Fatal(err)
	}
	if err := l.Kill(estate.Kernel); err != nil { // the next one signs on again
		t.Fatal(err)
	}
	awaitRefusal(t, l, "quote")
}

// awaitRefusal asks until the terminal says it, for minutes: on a busy machine a kernel
// may need one to start.
func awaitRefusal(t *testing.T, l *estate.Lane, want string) {
	t.Helper()
	said := ""
	for range 1000 {
		if v, err := l.Till.Terminal(t.Context()); err == nil {
			if said = v.HostRefusal; said == want && v.HostSignedOn == (want == "none") {
				return
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("the terminal says %q, want %q", said, want)
}
