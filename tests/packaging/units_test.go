package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const repository = "../.."

// exposure is what systemd-analyze may find of a unit at most, in tenths: 0 is
// nothing, 100 everything.
func exposure() map[string]string {
	return map[string]string{
		"strongroom-terminal.service":    "15",
		"strongroom-reader.service":      "10",
		"strongroom-pinpad.service":      "15",
		"strongroom-element@.service":    "10",
		"strongroom-mcu.service":         "10",
		"strongroom-acquirer.service":    "15",
		"strongroom-secureworld.service": "50", // boot is root: it makes the kernel's sandbox
	}
}

func TestUnitsKeepTheirHardening(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository, "packaging/systemd/*.service"))
	if err != nil || len(files) != len(exposure()) {
		t.Fatalf("%d units, and bounds for %d: %v", len(files), len(exposure()), err)
	}
	for _, file := range files {
		bound := exposure()[filepath.Base(file)]
		if out, err := analyze(file, bound); err != nil {
			t.Errorf("%s is more exposed than %s: %v\n%s", filepath.Base(file), bound, err, out)
		}
	}
}

func TestASpoiltUnitIsFound(t *testing.T) {
	for name, spoil := range map[string][2]string{
		"strongroom-reader.service":   {"PrivateNetwork=yes\nRestrictAddressFamilies=AF_UNIX\nIPAddressDeny=any\n", ""},
		"strongroom-terminal.service": {"User=strongroom-terminal\n", ""},
		"strongroom-pinpad.service":   {"CapabilityBoundingSet=\n", ""},
	} {
		b, err := os.ReadFile(filepath.Join(repository, "packaging/systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(b), spoil[0], spoil[1], 1)
		if text == string(b) {
			t.Errorf("%s: nothing was spoilt", name)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := analyze(file, exposure()[name]); err == nil {
			t.Errorf("%s without %q passes:\n%s", name, spoil[0], out)
		}
	}
}

func analyze(file, bound string) (string, error) {
	//nolint:gosec,noctx // a file of the repository; it ends by itself
	out, err := exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold="+bound, file).CombinedOutput()
	return string(out), err
}

// A program that is not installed on the machine that runs the test is no fault of a
// unit, and so the units name the programs of a root of the test's own.
func TestUnitsAreWhatSystemdUnderstands(t *testing.T) {
	root := t.TempDir()
	if problems := verify(t, root, func(text string) string { return text }); problems != "" {
		t.Error(problems)
	}
	for name, spoil := range map[string][2]string{
		"an unknown setting":       {"NoNewPrivileges=yes", "NoNewPrivilege=yes"},
		"a program that is nobody": {"ExecStart=", "ExecStart=/nowhere"},
		"an unknown call":          {"SystemCallFilter=@system-service", "SystemCallFilter=@sistem-service"},
	} {
		text := func(s string) string { return strings.Replace(s, spoil[0], spoil[1], 1) }
		if verify(t, t.TempDir(), text) == "" {
			t.Errorf("%s is not found", name)
		}
	}
}

var program = regexp.MustCompile(`/usr/lib/strongroom/`)

func verify(t *testing.T, root string, change func(string) string) string {
	t.Helper()
	var instances []string
	for name := range exposure() {
		b, err := os.ReadFile(filepath.Join(repository, "packaging/systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text := program.ReplaceAllString(change(string(b)), root+"/")
		text = regexp.MustCompile(`(?m)^Documentation=.*\n`).ReplaceAllString(text, "")
		instance := strings.Replace(name, "@.", "@stdlib.", 1)
		instances = append(instances, filepath.Join(root, instance))
		if err := os.WriteFile(filepath.Join(root, instance), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"terminal", "reader", "pinpad", "secureworld", "acquirer", "mcu", "element-stdlib", "give-door"} {
		if err := os.WriteFile(filepath.Join(root, p), []byte("#!/bin/sh\n"), 0o755); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	//nolint:gosec,noctx // the test's own files; it ends by itself
	out, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no", "--recursive-errors=no"}, instances...)...).CombinedOutput()
	if err != nil && len(out) == 0 {
		return err.Error()
	}
	return ours(string(out))
}

// ours are the lines about our units: the machine may have faults of its own.
func ours(out string) string {
	var lines []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "strongroom") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
