//go:build linux

package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/backup"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

// places are where the parts of a terminal that can be backed up lie.
type places struct {
	terminal string
	secure   backup.SecureWorld
	control  string // where boot would answer; empty where none can
}

// ofPackages are those of the Debian packages' services.
func ofPackages() places {
	const state = "/var/lib/strongroom"
	return places{filepath.Join(state, "terminal"), backup.SecureWorld{
		Storage: filepath.Join(state, "secureworld/storage"), Counter: filepath.Join(state, "secureworld/counter"),
		Configuration: "/etc/strongroom/secureworld/kernel.json",
	}, "/run/strongroom/doors/control.sock"}
}

// ofHome are a lane's: where it runs, or what is kept of it.
func ofHome(home string) places {
	worlds, control := filepath.Join(home, "worlds"), ""
	if lane, err := estate.Find(home); err == nil {
		worlds, control = lane.Run, lane.Control
	}
	secure := filepath.Join(worlds, "secureworld")
	return places{filepath.Join(worlds, "terminal"), backup.SecureWorld{
		Storage: filepath.Join(secure, "storage"), Counter: filepath.Join(secure, "counter"), Configuration: filepath.Join(secure, "kernel.json"),
	}, control}
}

// backupFlags are those of both commands; system asks for the packages' places.
func backupFlags(name string, stderr io.Writer, s *settings) (f *flag.FlagSet, system *bool) {
	f = flags(name, stderr, s)
	return f, f.Bool("system", false, "of the installed services, below /var/lib/strongroom, and not of a lane of -var")
}

// fileFirst takes the file before or behind the flags.
func fileFirst(f *flag.FlagSet, args []string) (string, error) {
	file := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[0], args[1:]
	}
	if err := f.Parse(args); err != nil {
		return "", err
	}
	if file == "" && f.NArg() == 1 {
		return f.Arg(0), nil
	}
	if file == "" || f.NArg() > 0 {
		return "", errors.New("one file is needed: strongroom " + f.Name()[len("strongroom "):] + " FILE")
	}
	return file, nil
}

func placesOf(s settings, system bool) places {
	if system {
		return ofPackages()
	}
	return ofHome(s.home)
}

// makeBackup is `strongroom backup`.
func makeBackup(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f, system := backupFlags("backup", stderr, &s)
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	file, err := fileFirst(f, args)
	if err != nil {
		return help(err)
	}
	p := placesOf(s, *system)
	var from backup.Sources
	if exists(filepath.Join(p.terminal, "journal.db")) {
		from.Journal = func(ctx context.Context, to string) error { return copyJournal(ctx, s.programs, p.terminal, to) }
	}
	if exists(filepath.Join(p.secure.Storage, "journal")) {
		from.SecureWorld = &p.secure
	}
	m, err := backup.Make(ctx, from, file, time.Now())
	if err != nil {
		return err
	}
	tellBackup(stdout, m)
	fmt.Fprintf(stdout, "written to %s, readable by you alone: it holds what the merchant's journal holds\n", file)
	return nil
}

func tellBackup(out io.Writer, m backup.Manifest) {
	if m.Journal() {
		fmt.Fprintf(out, "merchant's journal   of %s\n", m.Made.Format(time.RFC3339))
	} else {
		fmt.Fprintln(out, "merchant's journal   not there")
	}
	if m.Stand == nil {
		fmt.Fprintln(out, "secure world         not there")
		return
	}
	fmt.Fprintf(out, "secure world         sealed files of device %s: storage record %d, journal entry %d, host key state %d\n",
		m.Device[:16], m.Stand.Anchor, m.Stand.Entry, m.Stand.HostKey)
}

// copyJournal has the terminal copy its journal: it alone knows its form and has its lock.
func copyJournal(ctx context.Context, programs, data, to string) error {
	//nolint:gosec // the operator's own program
	out, err := exec.CommandContext(ctx, filepath.Join(programs, "terminal"), "-data", data, "-snapshot", to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copying the merchant's journal: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// restoreBackup is `strongroom restore`.
func restoreBackup(args []string, stdout, stderr io.Writer) error {
	var s settings
	f, system := backupFlags("restore", stderr, &s)
	secure := f.Bool("secureworld", false, "the secure world's sealed files, on their own device and where they are its newest; not the merchant's journal")
	file, err := fileFirst(f, args)
	if err != nil {
		return help(err)
	}
	p := placesOf(s, *system)
	if !*secure {
		m, err := backup.RestoreJournal(file, p.terminal)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "the merchant's journal of %s is back; start the terminal. What came after it, the secure world tells it: payments, not their idempotency keys\n",
			m.Made.Format(time.RFC3339))
		return nil
	}
	if p.serves() {
		return errors.New("boot runs; stop the secure world first")
	}
	m, err := backup.RestoreSecureWorld(file, p.secure)
	if errors.Is(err, backup.ErrOlder) || errors.Is(err, backup.ErrNoWitness) {
		return fmt.Errorf("%w; nothing was changed. A storage that is lost begins anew by the customer's paper (strongroom provision customer storage-reset)", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "the secure world's sealed files of %s are back; the kernel judges them at its start\n", m.Made.Format(time.RFC3339))
	return nil
}

// serves tells whether boot answers.
func (p places) serves() bool {
	if p.control == "" {
		return false
	}
	conn, err := net.DialTimeout("unixpacket", p.control, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
