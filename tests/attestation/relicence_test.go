//go:build linux

package attestation

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// relicense hands boot a licence for a kernel's key and one program more.
func (w *world) relicense(door *control.Client, key string, program []byte) error {
	w.Helper()
	m, err := ceremony.Manufacturer(w.cfg.Dir)
	w.must(err)
	r := signing.Release{Customer: "demo", Version: 1, Minimum: 1, KernelKey: key, AppWorld: [][]byte{program},
		Valid: signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}}
	r.Kernel, err = os.ReadFile(filepath.Join(w.cfg.Bin, "kernel"))
	w.must(err)
	shared, err := secureside.Libraries()
	w.must(err)
	for _, path := range append(shared, "/proc/self/exe") {
		b, err := os.ReadFile(path)
		w.must(err)
		r.AppWorld = append(r.AppWorld, b)
	}
	signed, err := m.Sign(r)
	w.must(err)
	_, err = door.Submit(control.KindLicence, []control.Content{{File: control.File{Role: control.RoleLicence}, Bytes: signed.Licence}})
	return err
}

// kernel is the process that serves now.
func (w *world) kernel() (pid int) {
	w.Helper()
	var published struct {
		PID int `json:"kernel_pid"`
	}
	b, err := os.ReadFile(filepath.Join(w.cfg.Dir, "secureworld.addresses"))
	w.must(err)
	w.must(json.Unmarshal(b, &published))
	return published.PID
}

func TestAnAppWorldThatANewLicenceNamesStaysWhileTheKernelGoesOn(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	self, err := os.ReadFile("/proc/self/exe")
	w.must(err)
	// Bytes behind the end of an executable change what is measured, not what runs.
	next := append(bytes.Clone(self), "next version"...)
	if got := w.runs(next).order("measured"); got != "ended" {
		t.Fatalf("the control, an unlicensed one: %s", got)
	}
	before := w.run()
	before.goesOn()
	door, err := control.Dial(w.running.Control)
	w.must(err)
	t.Cleanup(func() { _ = door.Close() })
	if err := w.relicense(door, strings.Repeat("5a", 32), next); !errors.Is(err, control.ReasonLicence) {
		t.Errorf("a licence for another kernel's key: %v", err)
	}
	w.must(w.relicense(door, w.record.LicenceKey, next))
	after := w.runs(next)
	after.goesOn()
	before.goesOn()
	if pid := w.kernel(); pid != w.running.KernelPID {
		t.Errorf("the kernel was started again: %d, %d", w.running.KernelPID, pid)
	}
}
