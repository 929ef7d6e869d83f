//go:build linux

package pcscbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// driver is where Debian's vsmartcard-vpcd puts the reader driver.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// port is vpcd's own default, of its first slot; the network namespace makes it
// private.
const port = 35963

// slots of a reader.
const slots = 2

func slotName(slot int) string { return fmt.Sprintf("slot%d.sock", slot) }

// socketNames are what a box leaves in its folder when it is killed.
func socketNames() []string {
	return []string{"pcscd.comm", "pcscd.pid", "tray.sock", slotName(0), slotName(1)}
}

// Missing names the tool that is not installed, or nothing.
func Missing() string {
	if _, err := pcscd(); err != nil {
		return "pcscd"
	}
	if _, err := os.Stat(driver); err != nil {
		return "vsmartcard-vpcd"
	}
	return ""
}

// pcscd is often in /usr/sbin, which an ordinary user's PATH lacks.
func pcscd() (string, error) {
	if path, err := exec.LookPath("pcscd"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/pcscd")
}

// prepare makes the directories. Others may pass through to the socket, which
// pcscd makes 0666, but not list.
func prepare(dir string) error {
	if !filepath.IsAbs(dir) || len(dir)+len("/pcscd.comm") > maxSocketPath {
		return errors.New("the directory must be absolute and short")
	}
	if err := os.MkdirAll(filepath.Join(dir, "conf"), 0o711); err != nil { //nolint:gosec // others must reach the socket
		return err
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // others must reach the socket
		return err
	}
	conf := fmt.Sprintf("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", port, driver, port)
	if err := os.WriteFile(filepath.Join(dir, "conf", "vpcd"), []byte(conf), 0o600); err != nil { //nolint:gosec // dir is the caller's own
		return err
	}
	for _, stale := range socketNames() {
		if err := os.Remove(filepath.Join(dir, stale)); err != nil && !errors.Is(err, os.ErrNotExist) { //nolint:gosec // dir is the caller's own
			return err
		}
	}
	return nil
}

// pcscdArgs leaves polkit out where this pcscd knows it: a box has no polkitd,
// and an older pcscd ends on the unknown flag.
func pcscdArgs(ctx context.Context, path, conf string) []string {
	args := []string{"--foreground", "--error", "-c", conf}
	help, _ := exec.CommandContext(ctx, path, "--help").CombinedOutput()
	if strings.Contains(string(bytes.ToLower(help)), "--disable-polkit") {
		args = append(args, "--disable-polkit")
	}
	return args
}
