package packaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

func programs(t *testing.T) string {
	t.Helper()
	dir := estatetest.Programs(t)
	if dir == "" {
		t.Fatal("no programs: this machine lacks what a lane needs")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a tool and returns what it printed.
func run(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute) // also in a clean-up
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the test's own words
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func must(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	out, err := run(t, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// packed makes packages; only names them, empty for all.
func packed(t *testing.T, only, version, release string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	must(t, []string{"LEVEL=1", "ONLY=" + only, "SOURCE_DATE_EPOCH=1763800000"},
		filepath.Join(repository, "packaging/debian/build"), programs(t), dir, version, release)
	return dir
}

func packages(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no packages: %v", err)
	}
	return files
}

func TestPackagesAreTheSameBytesEachTime(t *testing.T) {
	const only = "strongroom-common strongroom-terminal strongroom-reader"
	first := packed(t, only, "0.1.0", "1")
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // another second on the clock
	second := packed(t, only, "0.1.0", "1")
	for _, file := range packages(t, first) {
		if a, b := digest(t, file), digest(t, filepath.Join(second, filepath.Base(file))); a != b {
			t.Errorf("%s: %s and %s", filepath.Base(file), a, b)
		}
	}
	other := packed(t, "strongroom-common", "0.1.1", "1")
	if digest(t, filepath.Join(first, "strongroom-common_0.1.0_amd64.deb")) == digest(t, packages(t, other)[0]) {
		t.Error("another version has the same bytes: the digests say nothing")
	}
}

func digest(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestPackagesAreCleanForLintian(t *testing.T) {
	dir := packed(t, "strongroom-common strongroom-reader", "0.1.0", "1")
	clean := []string{"--allow-root", "--fail-on", "warning,error", "--tag-display-limit", "0"}
	must(t, nil, "lintian", append(clean, packages(t, dir)...)...)
	// The control: without the reasons that the packages carry, it finds something.
	if out, err := run(t, nil, "lintian", append(append(clean, "--no-override"), packages(t, dir)...)...); err == nil {
		t.Errorf("lintian finds nothing at all:\n%s", out)
	}
}

// machine is a file system of its own with dpkg's books, into which packages go
// without touching this machine.
type machine struct{ root string }

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{t.TempDir()}
	if err := os.Chmod(m.root, 0o755); err != nil { //nolint:gosec // programs of other users run from it
		t.Fatal(err)
	}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc", "run", "tmp"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil { //nolint:gosec // as on any machine
			t.Fatal(err)
		}
	}
	m.write(t, "var/lib/dpkg/status", "")
	m.write(t, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
	m.write(t, "etc/group", "root:x:0:\n")
	return m
}

func (m machine) path(name string) string { return filepath.Join(m.root, name) }

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil { //nolint:gosec // as on any machine
		t.Fatal(err)
	}
	if err := os.WriteFile(m.path(name), []byte(text), 0o644); err != nil { //nolint:gosec // as on any machine
		t.Fatal(err)
	}
}

func (m machine) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(m.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// dpkg installs without the packages that this root lacks, and keeps changed
// configuration.
func (m machine) dpkg(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return run(t, []string{"DEBIAN_FRONTEND=noninteractive"}, "dpkg", append([]string{"--root=" + m.root,
		"--force-script-chrootless", "--force-depends", "--force-confold", "--force-unsafe-io", "--log=/dev/null"}, args...)...)
}

func (m machine) install(t *testing.T, files ...string) {
	t.Helper()
	if out, err := m.dpkg(t, append([]string{"-i"}, files...)...); err != nil {
		t.Fatalf("dpkg: %v\n%s", err, out)
	}
}

func TestAnUpgradeKeepsStateAndRefusesAnOlderSecureWorld(t *testing.T) {
	const only = "strongroom-common strongroom-secureworld strongroom-terminal"
	before, after := packed(t, only, "0.1.0", "1"), packed(t, only, "0.2.0", "2")
	m := newMachine(t)
	m.install(t, packages(t, before)...)
	if users := m.read(t, "etc/passwd"); !strings.Contains(users, "strongroom-terminal") || !strings.Contains(users, "strongroom-kernel") {
		t.Errorf("users: %s", users)
	}
	const journal, counter, flags = "var/lib/strongroom/terminal/journal.db", "var/lib/strongroom/secureworld/counter", "etc/default/strongroom-terminal"
	m.write(t, journal, "what the merchant keeps")
	m.write(t, flags, "STRONGROOM_TERMINAL_FLAGS=\"-merchant Mine\"\n")
	m.install(t, packages(t, after)...)
	m.write(t, counter, "strongroom-counter 1\n2\n") // as boot does when release 2 has proved healthy

	old := filepath.Join(before, "strongroom-secureworld_0.1.0_amd64.deb")
	out, err := m.dpkg(t, "-i", old)
	if err == nil || !strings.Contains(out, "release 1 of the secure world, and this device takes none below 2") {
		t.Errorf("an older secure world: %v\n%s", err, out)
	}
	m.write(t, counter, "strongroom-counter 1\ntwo\n")
	if out, err := m.dpkg(t, "-i", old); err == nil || !strings.Contains(out, "counter is damaged") {
		t.Errorf("a damaged counter: %v\n%s", err, out)
	}
	m.write(t, counter, "strongroom-counter 1\n1\n")
	if m.version(t, "strongroom-secureworld") != "0.2.0" || m.version(t, "strongroom-terminal") != "0.2.0" {
		t.Error("the newer packages are not installed")
	}
	if out, err := m.dpkg(t, "-i", old); err != nil { // the control: the counter permits it
		t.Errorf("going back as far as the counter permits: %v\n%s", err, out)
	}
	if out, err := m.dpkg(t, "--purge", "strongroom-terminal", "strongroom-secureworld"); err != nil {
		t.Errorf("purge: %v\n%s", err, out)
	}
	if m.read(t, journal) != "what the merchant keeps" {
		t.Error("the journal went")
	}
	if _, err := os.Stat(m.path(flags)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("purge leaves the configuration: %v", err)
	}
}

func (m machine) version(t *testing.T, name string) string {
	t.Helper()
	return must(t, nil, "dpkg-query", "--admindir="+m.path("var/lib/dpkg"), "-W", "-f", "${Version}", name)
}
