//go:build linux

package microvm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
)

func put(t *testing.T, path, content string) File {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(content))
	return File{path, hex.EncodeToString(digest[:])}
}

func TestAMachineStartsFromTheConfiguredBytesAlone(t *testing.T) {
	dir := t.TempDir()
	whole := Config{
		Linux: put(t, filepath.Join(dir, "linux"), "linux"), Guest: put(t, filepath.Join(dir, "guest"), "guest"),
		Modules: []File{put(t, filepath.Join(dir, "module"), "module")},
	}
	s, err := whole.system()
	if err != nil {
		t.Fatal(err)
	}
	_ = s.linux.Close()
	for _, name := range []string{"linux", "guest", "module"} {
		path := filepath.Join(dir, name)
		put(t, path, "changed")
		if _, err := whole.system(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("another %s: %v", name, err)
		}
		put(t, path, name)
	}
}

func TestTheMachinesDigestCoversEveryFile(t *testing.T) {
	dir := t.TempDir()
	a, b := put(t, filepath.Join(dir, "a"), "a"), put(t, filepath.Join(dir, "b"), "b")
	seen := map[[32]byte]bool{}
	for _, c := range []Config{{Linux: a, Guest: a}, {Linux: b, Guest: a}, {Linux: a, Guest: b}, {Linux: a, Guest: a, Modules: []File{a}}, {Linux: a, Guest: a, Modules: []File{b}}} {
		s, err := c.system()
		if err != nil {
			t.Fatal(err)
		}
		_ = s.linux.Close()
		if seen[s.digest] {
			t.Errorf("two machines share the digest %x", s.digest)
		}
		seen[s.digest] = true
	}
}

func TestTheMachineHasADiskItsPortsAndNoOtherDevice(t *testing.T) {
	for _, a := range []carrier.Accelerator{carrier.Emulated, carrier.KVM} {
		all := arguments(attempt{accelerator: a}, "1:1", "/empty")
		var devices []string
		for i, word := range all {
			switch word {
			case "-device":
				devices = append(devices, strings.Split(all[i+1], ",")[0])
			case "-netdev", "-nic", "-net", "-monitor", "-mon", "-qmp", "-gdb", "-s", "-vnc", "-usb", "-virtfs", "-fsdev":
				t.Errorf("it has %s", word)
			}
		}
		want := append([]string{"virtio-blk-pci", "virtio-serial-pci"}, slices.Repeat([]string{"virtserialport"}, len(initramfs.Ports()))...)
		if !slices.Equal(devices, want) {
			t.Errorf("its devices are %q", devices)
		}
		if !slices.Contains(all, "-nodefaults") || !slices.Contains(all, "-no-user-config") {
			t.Error("it has what nobody named")
		}
	}
}

func TestADiskTakesTheStorageInOnceAndLeavesTheFolderEmpty(t *testing.T) {
	dir := t.TempDir()
	path, folder := filepath.Join(dir, "disk"), filepath.Join(dir, "storage")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	marker := strings.Repeat("what the kernel keeps ", 400)
	put(t, filepath.Join(folder, "record"), marker)
	for _, moment := range []string{"made", "opened again"} {
		disk, err := openDisk(path, folder)
		if err != nil {
			t.Fatal(err)
		}
		_ = disk.Close()
		if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
			t.Errorf("%s: the folder holds %v, %v", moment, left, err)
		}
		if image, err := os.ReadFile(path); err != nil || !bytes.Contains(image, []byte(marker)) || len(image) != diskSize {
			t.Errorf("%s: the disk of %d bytes lacks what was in the folder, %v", moment, len(image), err)
		}
	}
	if _, err := os.Stat(path + ".next"); err == nil {
		t.Error("something is left beside the disk")
	}
}

func TestAConfigurationThatCannotStartIsRefused(t *testing.T) {
	good := Config{QEMU: "q", Linux: File{Path: "l"}, Guest: File{Path: "g"}, Disk: "d", KVM: "off"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"no qemu": func(c *Config) { c.QEMU = "" }, "no linux": func(c *Config) { c.Linux.Path = "" },
		"no guest": func(c *Config) { c.Guest.Path = "" }, "no disk": func(c *Config) { c.Disk = "" },
		"kvm of some kind": func(c *Config) { c.KVM = "yes" }, "many modules": func(c *Config) { c.Modules = make([]File, maxModules+1) },
	} {
		c := good
		if spoil(&c); c.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
