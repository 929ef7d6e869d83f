package fingerprint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxValue bounds one file: the longest is /proc/cpuinfo, of whose beginning the
// first processor is enough.
const maxValue = 4096

// Machine says where to read: the files of the system below Root, and the
// directory of the storage.
type Machine struct {
	Root    string // "/" but for tests
	Storage string
}

// Read reads all parts that the machine tells.
func (m Machine) Read() (p Parts) {
	for part, value := range map[Part][]byte{
		Make:         m.make(),
		System:       first(m.identifier("sys/class/dmi/id/product_uuid"), m.identifier("sys/firmware/devicetree/base/serial-number")),
		Board:        m.identifier("sys/class/dmi/id/board_serial"),
		Product:      m.identifier("sys/class/dmi/id/product_serial"),
		Disk:         m.disk(),
		FileSystem:   m.fileSystem(),
		Installation: m.identifier("etc/machine-id"),
	} {
		p[part] = digest(part, value)
	}
	return p
}

func first(values ...[]byte) []byte {
	for _, v := range values {
		if len(v) != 0 {
			return v
		}
	}
	return nil
}

func (m Machine) file(name string) []byte {
	f, err := os.Open(filepath.Join(m.Root, name))
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxValue))
	if err != nil {
		return nil
	}
	return bytes.Trim(b, " \t\r\n\x00")
}

// identifier is a value that is one of its kind; what makers leave in every board
// alike is none.
func (m Machine) identifier(name string) []byte {
	b := m.file(name)
	if len(b) < 4 || placeholder(string(b)) {
		return nil
	}
	return b
}

func placeholder(s string) bool {
	s = strings.ToLower(s)
	if strings.Trim(s, "0-") == "" || strings.Trim(s, "f-") == "" || strings.Trim(s, "x.-") == "" || s == "uninitialized" {
		return true
	}
	return slices.Contains([]string{
		"none", "n/a", "not specified", "not applicable", "not available", "unknown", "invalid", "default string", "default",
		"to be filled by o.e.m.", "to be filled by oem", "system serial number", "base board serial number",
		"board serial number", "chassis serial number", "123456789", "0123456789", "1234567890",
		"03000200-0400-0500-0006-000700080009",
	}, s)
}

// make is what all machines of one make have in common.
func (m Machine) make() []byte {
	var b []byte
	for _, line := range strings.Split(string(m.file("proc/cpuinfo")), "\n") {
		key, value, ok := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); ok && kindOfProcessor(key) {
			b = fmt.Appendf(b, "%s=%s\n", key, strings.TrimSpace(value))
		}
		if line == "" && b != nil {
			break // the first processor
		}
	}
	for _, name := range []string{"sys_vendor", "product_name", "board_vendor", "board_name"} {
		if value := m.file("sys/class/dmi/id/" + name); len(value) != 0 {
			b = fmt.Appendf(b, "%s=%s\n", name, value)
		}
	}
	return b
}

// kindOfProcessor leaves out what an update changes (microcode) and what differs
// from moment to moment (MHz).
func kindOfProcessor(key string) bool {
	return slices.Contains([]string{"vendor_id", "cpu family", "model", "model name", "stepping",
		"CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"}, key)
}

// disk is the number that the maker gave the disk with the storage.
func (m Machine) disk() []byte {
	var s unix.Stat_t
	if unix.Stat(m.Storage, &s) != nil {
		return nil
	}
	device := fmt.Sprintf("sys/dev/block/%d:%d", unix.Major(s.Dev), unix.Minor(s.Dev))
	path, err := filepath.EvalSymlinks(filepath.Join(m.Root, device))
	if err != nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(path, "partition")); err == nil {
		path = filepath.Dir(path)
	}
	at := Machine{Root: path}
	return first(at.identifier("wwid"), at.identifier("device/wwid"), at.identifier("serial"), at.identifier("device/serial"))
}

// fileSystem is f_fsid where it comes from the file system's UUID; elsewhere it
// comes from the device's number, or from nothing that lasts.
func (m Machine) fileSystem() []byte {
	var s unix.Statfs_t
	if unix.Statfs(m.Storage, &s) != nil || s.Type != unix.EXT4_SUPER_MAGIC && s.Type != unix.BTRFS_SUPER_MAGIC {
		return nil
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(s.Fsid.Val[0]))
	b = binary.BigEndian.AppendUint32(b, uint32(s.Fsid.Val[1]))
	if bytes.Equal(b, make([]byte, 8)) {
		return nil
	}
	return b
}
