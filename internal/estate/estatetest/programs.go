//go:build linux

// Package estatetest finds or builds the programs of a lane for tests.
//
// Tests import it, nothing else may.
package estatetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
)

var built = sync.OnceValues(build) //nolint:gochecknoglobals // building takes long: once in a test binary

// Programs is a folder with all programs: STRONGROOM_BIN, or ./bin where all are
// there, or a folder into which they are built. It returns "" where this machine
// has no virtual card reader; the test then leaves itself out.
func Programs(t testing.TB) string {
	t.Helper()
	if missing := pcscbox.Missing(); missing != "" {
		if os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatalf("%s is not installed and STRONGROOM_REQUIRE=all", missing)
		}
		t.Logf("LEFT OUT: %s is not installed", missing)
		return ""
	}
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		return dir
	}
	root := moduleRoot(t)
	if dir := filepath.Join(root, "bin"); estate.Built(dir) == nil {
		return dir
	}
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Remove removes what was built; call it last in TestMain.
func Remove() { _ = os.RemoveAll(builtDir()) }

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
}

// program is one to be built, as the Makefile does.
type program struct {
	name, folder string
	env, flags   []string
}

func programs() []program {
	const module = "GOFIPS140=v1.0.0" // as in the Makefile, to which tests/attestation holds it
	native, withC := []string{"CGO_ENABLED=0", module}, []string{"CGO_ENABLED=1", module}
	return []program{
		{"terminal", "./terminal", native, nil},
		{"reader", "./reader", withC, nil},
		{"pinpad", "./pinpad", native, nil},
		{"secureworld", "./secureworld", native, nil},
		{"kernel", "./secureworld/kernel", native, nil},
		{"guest", "./secureworld/guest", native, nil},
		{"tpm", "./secureworld/tpm", native, nil},
		{"payment.wasm", "./secureworld/ta/payment", []string{"GOOS=wasip1", "GOARCH=wasm"}, []string{"-buildmode=c-shared"}},
		{"acquirer", "./acquirer", native, nil},
		{"element-stdlib", "./secureworld/element/stdlib", native, nil},
		{"element-gcrypt", "./secureworld/element/gcrypt", withC, nil},
		{"element-nettle", "./secureworld/element/nettle", withC, nil},
		{"mcu", "./secureworld/element/mcu", native, nil},
	}
}

// builtDir is one for each process.
func builtDir() string {
	return filepath.Join(os.TempDir(), "strongroom-programs-"+strconv.Itoa(os.Getpid()))
}

func build() (string, error) {
	root, err := findRoot()
	if err != nil {
		return "", err
	}
	dir := builtDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for _, p := range programs() {
		args := append([]string{"build", "-trimpath", "-o", filepath.Join(dir, p.name)}, p.flags...)
		cmd := exec.Command("go", append(args, p.folder)...) //nolint:gosec,noctx // fixed words
		cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), p.env...), os.Stderr
		if err := cmd.Run(); err != nil {
			return "", err
		}
	}
	return dir, nil
}
