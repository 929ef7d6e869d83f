package boot

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// soPeerPIDFD is SO_PEERPIDFD (linux/asm-generic/socket.h, Linux 6.5).
const soPeerPIDFD = 77

// peer is the process at the other end of a socket. Its descriptor, taken from the
// socket, shows that the process number did not come to belong to another meanwhile.
//
// BUG(measurement): a process that passes its socket on is measured, and not who got
// the socket. What a process does between two measurements and undoes is not seen.
type peer struct {
	pid     int
	process *os.File // a pidfd
}

// peerOf takes the process from a socket.
func peerOf(conn *net.UnixConn) (p *peer, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	controlErr := raw.Control(func(fd uintptr) { p, err = takePeer(int(fd)) })
	return p, errors.Join(controlErr, err)
}

func takePeer(fd int) (*peer, error) {
	credentials, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || credentials.Pid <= 0 {
		return nil, errors.New("peer's process is not visible")
	}
	process, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, soPeerPIDFD)
	if err != nil {
		return nil, fmt.Errorf("peer's process: %w", err)
	}
	return &peer{int(credentials.Pid), os.NewFile(uintptr(process), "peer")}, nil
}

func (p *peer) close() { _ = p.process.Close() }

func (p *peer) lives() (lives bool) {
	raw, err := p.process.SyscallConn() // its Fd could be closed, and another's, meanwhile
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) { lives = unix.PidfdSendSignal(int(fd), 0, nil, 0) == nil })
	return lives && err == nil
}

// licensed tells whether a licence covers a program, or a library that is mapped
// into one.
type licensed func(digest [32]byte) error

// measure looks at what the peer runs: its program, whether that is still the file
// that it was, what else is mapped to be executed, and whether somebody traces it.
// The digest is the program's, zero where it cannot be read.
func (p *peer) measure(covers licensed) (digest [32]byte, v handover.Verdict) {
	program, err := os.Open(p.path("exe"))
	if err != nil {
		return digest, p.unless(handover.VerdictUnreadable)
	}
	defer program.Close()
	if digest, err = digestOf(program); err != nil {
		return [32]byte{}, p.unless(handover.VerdictUnreadable)
	}
	for _, look := range []func() handover.Verdict{
		p.traced, p.deleted, func() handover.Verdict { return p.mapped(program, covers) },
	} {
		if v := look(); v != handover.VerdictUnchanged {
			return digest, p.unless(v)
		}
	}
	return digest, p.unless(handover.VerdictUnchanged)
}

// unless: what was read of a process that has ended may be another's.
func (p *peer) unless(v handover.Verdict) handover.Verdict {
	if !p.lives() {
		return handover.VerdictEnded
	}
	return v
}

func (p *peer) path(name string) string { return "/proc/" + strconv.Itoa(p.pid) + "/" + name }

// traced reads TracerPid (proc_pid_status(5)).
func (p *peer) traced() handover.Verdict {
	status, err := readBounded(p.path("status"), maxStatusBytes)
	if err != nil {
		return handover.VerdictUnreadable
	}
	for line := range bytes.Lines(status) {
		if tracer, ok := bytes.CutPrefix(line, []byte("TracerPid:")); ok {
			if string(bytes.TrimSpace(tracer)) == "0" {
				return handover.VerdictUnchanged
			}
			return handover.VerdictTraced
		}
	}
	return handover.VerdictUnreadable
}

// deleted: the link says so when the file has no name any more (proc_pid_exe(5)).
func (p *peer) deleted() handover.Verdict {
	name, err := os.Readlink(p.path("exe"))
	switch {
	case err != nil:
		return handover.VerdictUnreadable
	case strings.HasSuffix(name, " (deleted)"):
		return handover.VerdictDeleted
	}
	return handover.VerdictUnchanged
}

// mapped holds every executable mapping to the program itself, to what the kernel
// of the machine maps, or to a library that the licence covers.
func (p *peer) mapped(program *os.File, covers licensed) handover.Verdict {
	maps, err := readBounded(p.path("maps"), maxMapsBytes)
	if err != nil {
		return handover.VerdictUnreadable
	}
	known := map[[2]uint64]bool{}
	if id, err := identity(program); err == nil {
		known[id] = true
	}
	lines := bufio.NewScanner(bytes.NewReader(maps))
	for lines.Scan() {
		m, ok := parseMapping(lines.Text())
		if !ok {
			return handover.VerdictUnreadable
		}
		if m.executable() && !p.covered(m, known, covers) {
			return handover.VerdictForeign
		}
	}
	return handover.VerdictUnchanged
}

// covered tells whether a mapping may be there; known are the files that may.
func (p *peer) covered(m mapping, known map[[2]uint64]bool, covers licensed) bool {
	if m.name == "[vdso]" || m.name == "[vsyscall]" {
		return true
	}
	if m.inode == 0 || len(known) > maxLibraries {
		return false
	}
	file, err := p.open(m)
	if err != nil {
		return false
	}
	defer file.Close()
	id, err := identity(file)
	if err != nil || id[1] != m.inode {
		return false
	}
	if known[id] {
		return true
	}
	digest, err := digestOf(file)
	known[id] = err == nil && covers(digest) == nil
	return known[id]
}

// open opens what is mapped: by the mapping itself where boot may, else by its name
// as the peer sees it.
func (p *peer) open(m mapping) (*os.File, error) {
	file, err := os.Open(p.path("map_files/" + m.place))
	if err == nil {
		return file, nil
	}
	if !strings.HasPrefix(m.name, "/") {
		return nil, err
	}
	return os.Open(p.path("root") + m.name)
}

func identity(file *os.File) (id [2]uint64, err error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &s); err != nil {
		return id, err
	}
	return [2]uint64{s.Dev, s.Ino}, nil
}

// mapping is a line of proc_pid_maps(5).
type mapping struct {
	place  string // first and last address, as in map_files
	rights string
	inode  uint64
	name   string
}

func (m mapping) executable() bool { return strings.Contains(m.rights, "x") }

func parseMapping(line string) (m mapping, ok bool) {
	fields := make([]string, 0, 5)
	for len(fields) < 5 {
		field, rest, _ := strings.Cut(line, " ")
		if field == "" {
			return m, false
		}
		fields, line = append(fields, field), rest
	}
	inode, err := strconv.ParseUint(fields[4], 10, 64)
	first, last, found := strings.Cut(fields[0], "-")
	if err != nil || !found {
		return m, false
	}
	return mapping{trimmed(first) + "-" + trimmed(last), fields[1], inode, strings.TrimLeft(line, " ")}, true
}

// trimmed is how map_files writes an address: without zeros in front.
func trimmed(address string) string {
	if t := strings.TrimLeft(address, "0"); t != "" {
		return t
	}
	return "0"
}

func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil || int64(len(b)) > limit {
		return nil, errors.New("unreadable or too long")
	}
	return b, nil
}
