//go:build linux

// Package e2e holds what the product promises over its real programs, each a
// process of its own: sales by script, hostile input, and a crash at every durable
// write and send. See README.md in the folder above.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/tests/internal/cutter"
)

func TestMain(m *testing.M) {
	cutter.RunIfTracer()
	pcscbox.RunIfChild()
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the lane:", err)
		code = 1
	}
	if err := built.remove(); err != nil {
		fmt.Fprintln(os.Stderr, "removing the programs:", err)
		code = 1
	}
	os.Exit(code)
}

// ready reports whether a lane can be brought up here. What is missing fails the
// test where everything is required; elsewhere it is left out, loudly.
func ready(t *testing.T) bool {
	t.Helper()
	missing := pcscbox.Missing()
	if os.Geteuid() != 0 {
		missing = "root"
	}
	switch {
	case missing == "":
		return true
	case os.Getenv("STRONGROOM_REQUIRE") == "all":
		t.Fatalf("%s is missing and required", missing)
	}
	t.Logf("LEFT OUT: this needs %s", missing)
	return false
}

// built are the programs that the tests start. One built, all share it.
var built programs

type programs struct {
	once      sync.Once
	dir       string
	temporary bool
	err       error
}

func (p *programs) remove() error {
	if !p.temporary {
		return nil
	}
	return os.RemoveAll(p.dir)
}

// programsDir is STRONGROOM_BIN, or bin of this module where it is complete, or a
// temporary folder into which all are built once.
func programsDir(t *testing.T) string {
	t.Helper()
	built.once.Do(func() { built.dir, built.err = built.find() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

func (p *programs) find() (string, error) {
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		return filepath.Abs(dir)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	if complete(filepath.Join(root, "bin")) {
		return filepath.Join(root, "bin"), nil
	}
	dir, err := os.MkdirTemp("", "strongroom-bin-")
	if err != nil {
		return "", err
	}
	p.temporary = true
	for _, b := range builds() {
		if err := b.into(root, dir); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// build is a line of the Makefile's target build.
type build struct{ name, folder, env, flags string }

func builds() []build {
	return []build{
		{"terminal", "./terminal", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""}, {"reader", "./reader", "CGO_ENABLED=1 GOFIPS140=v1.0.0", ""},
		{"pinpad", "./pinpad", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""}, {"secureworld", "./secureworld", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"kernel", "./secureworld/kernel", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"guest", "./secureworld/guest", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"payment.wasm", "./secureworld/ta/payment", "GOOS=wasip1 GOARCH=wasm", "-buildmode=c-shared"},
		{"acquirer", "./acquirer", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"element-stdlib", "./secureworld/element/stdlib", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"element-gcrypt", "./secureworld/element/gcrypt", "CGO_ENABLED=1 GOFIPS140=v1.0.0", ""},
		{"element-nettle", "./secureworld/element/nettle", "CGO_ENABLED=1 GOFIPS140=v1.0.0", ""},
		{"mcu", "./secureworld/element/mcu", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
		{"hub", "./secureworld/element/bus/hub", "CGO_ENABLED=0 GOFIPS140=v1.0.0", ""},
	}
}

func (b build) into(root, dir string) error {
	args := append([]string{"build", "-trimpath"}, strings.Fields(b.flags)...)
	cmd := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), append(args, "-o", filepath.Join(dir, b.name), b.folder)...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), strings.Fields(b.env)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", b.name, err, out)
	}
	return nil
}

func complete(dir string) bool {
	for _, b := range builds() {
		if _, err := os.Stat(filepath.Join(dir, b.name)); err != nil {
			return false
		}
	}
	return true
}
