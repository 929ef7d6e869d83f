package doctor

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxRead bounds what is read of a file: certificates and notes are small.
const maxRead = 64 << 10

// This is this machine.
func This(programs, home string, pages map[string]string) Machine {
	return Machine{
		Now: time.Now, Root: os.Geteuid() == 0, Find: find, Match: match,
		SecretMemory: trySecretMemory, UserNamespaces: permitted, LockedMemory: mayLock, Swap: swaps, Listen: tryListen,
		Synchronised: synchronised, Free: free, Programs: programs, Home: home, Pages: pages,
		Files:        func() []File { return secretFiles(home) },
		Certificates: func() []Certificate { return readCertificates(home) },
		Homed:        func() Home { return lookHome(home) },
	}
}

// find looks into /usr/sbin too, which an ordinary user's PATH lacks.
func find(program string) bool {
	_, err := exec.LookPath(program)
	if err != nil {
		_, err = exec.LookPath("/usr/sbin/" + program)
	}
	return err == nil
}

func match(pattern string) []string {
	found, _ := filepath.Glob(pattern) // the patterns are our own
	return found
}

func trySecretMemory() error {
	fd, err := unix.MemfdSecret(0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// permitted reads the switches that forbid user namespaces to ordinary users.
func permitted() error {
	for path, forbids := range map[string]string{
		"/proc/sys/user/max_user_namespaces":                     "0",
		"/proc/sys/kernel/unprivileged_userns_clone":             "0",
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
	} {
		if b, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(b)) == forbids {
			return errors.New("user namespaces are forbidden")
		}
	}
	return nil
}

func mayLock() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit) != nil {
		return 0
	}
	return limit.Cur
}

// swaps counts areas that end on a disk.
func swaps() (n int) {
	b, _ := os.ReadFile("/proc/swaps") // none where it is not there
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "/dev/zram") {
			n++
		}
	}
	return n
}

func tryListen(address string) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

func synchronised() (bool, error) {
	state, err := unix.Adjtimex(&unix.Timex{})
	return state != unix.TIME_ERROR, err
}

// free asks the nearest folder that is there.
func free(folder string) (uint64, error) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return 0, err
	}
	for ; ; path = filepath.Dir(path) {
		var s unix.Statfs_t
		switch err := unix.Statfs(path, &s); {
		case err == nil:
			return s.Bavail * uint64(s.Bsize), nil
		case !errors.Is(err, unix.ENOENT) || path == "/":
			return 0, err
		}
	}
}

// secretFiles are those whose name says that they hold a key, a token or a PIN.
func secretFiles(home string) (out []File) {
	walk(home, func(name string, d fs.DirEntry) {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || !secret(name) {
			return
		}
		out = append(out, File{name, info.Mode().Perm()&0o077 != 0 && reachable(home, name)})
	})
	return out
}

func secret(name string) bool {
	base := filepath.Base(name)
	switch filepath.Ext(base) {
	case ".key", ".token", ".seed":
		return true
	}
	return base == "key.pem" || base == "kbpk" || base == "state" || base == "page.url" || base == "keys.json" || strings.Contains(name, "cards/")
}

// reachable: a file is closed to others where a folder above it is.
func reachable(home, name string) bool {
	for dir := filepath.Dir(filepath.Join(home, name)); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o011 == 0 {
			return false
		}
		if dir == filepath.Clean(home) || dir == filepath.Dir(dir) {
			return true
		}
	}
}

func readCertificates(home string) (out []Certificate) {
	walk(home, func(name string, d fs.DirEntry) {
		if d.IsDir() || filepath.Ext(name) != ".pem" || filepath.Base(name) == "key.pem" {
			return
		}
		out = append(out, certificateOf(name, readSmall(filepath.Join(home, name))))
	})
	return out
}

// certificateOf takes the first of a file.
func certificateOf(name string, b []byte) Certificate {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return Certificate{Name: name, Bad: true}
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return Certificate{Name: name, Bad: true}
	}
	return Certificate{Name: name, Until: c.NotAfter}
}

// walk names what is below home, less what a lane that runs inside a home keeps there.
func walk(home string, each func(name string, d fs.DirEntry)) {
	_ = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error { // what cannot be read is passed by
		if err != nil {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if name, err := filepath.Rel(home, path); err == nil && name != "." {
			if d.IsDir() && (name == "vm" || name == "logs" || name == "browser") {
				return fs.SkipDir
			}
			each(name, d)
		}
		return nil
	})
}

func readSmall(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxRead))
	return b
}

// lookHome reads what a lane left.
func lookHome(home string) (h Home) {
	record := readSmall(filepath.Join(home, "ceremony.json"))
	if info, err := os.Stat(home); err == nil {
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			h.Other = int(s.Uid) != os.Geteuid()
		}
	}
	if len(record) == 0 {
		_, err := os.Stat(filepath.Join(home, "worlds"))
		h.There, h.Bad = err == nil, err == nil
		return h
	}
	var r struct {
		TerminalID string `json:"terminal_id"`
	}
	h.There, h.Bad = true, json.Unmarshal(record, &r) != nil || r.TerminalID == ""
	for _, name := range []string{"worlds/acquirer/ca.crl", "worlds/secureworld/kernel.json", "cards"} {
		if _, err := os.Stat(filepath.Join(home, name)); err != nil {
			h.Old = true
		}
	}
	h.Dead = died(home)
	return h
}

// died: the note of a lane whose process is gone.
func died(home string) bool {
	var note struct {
		PID int `json:"pid"`
	}
	b := readSmall(filepath.Join(home, "lane.json"))
	return len(b) > 0 && (json.Unmarshal(b, &note) != nil || note.PID <= 0 || syscall.Kill(note.PID, 0) == syscall.ESRCH)
}
