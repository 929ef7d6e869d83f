package boot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
)

// soPeerPIDFD is SO_PEERPIDFD (linux/asm-generic/socket.h, Linux 6.5).
const soPeerPIDFD = 77

// measure returns SHA-256 of the program that a peer runs. A descriptor of the
// process, taken from the socket, shows that the process number did not come to
// belong to another meanwhile.
//
// BUG(measurement): it measures who connected. A process that passes its socket
// on, or executes another program afterwards, is not measured again.
func measure(conn *net.UnixConn) (digest [32]byte, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return digest, err
	}
	controlErr := raw.Control(func(fd uintptr) { digest, err = measurePeer(int(fd)) })
	return digest, errors.Join(controlErr, err)
}

func measurePeer(fd int) (digest [32]byte, err error) {
	credentials, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || credentials.Pid <= 0 {
		return digest, errors.New("peer's process is not visible")
	}
	process, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, soPeerPIDFD)
	if err != nil {
		return digest, fmt.Errorf("peer's process: %w", err)
	}
	defer unix.Close(process)
	program, err := os.Open("/proc/" + strconv.Itoa(int(credentials.Pid)) + "/exe")
	if err != nil {
		return digest, errors.New("peer's program cannot be read")
	}
	defer program.Close()
	if err := unix.PidfdSendSignal(process, 0, nil, 0); err != nil {
		return digest, errors.New("peer has ended")
	}
	return digestOf(program)
}

func digestOf(program io.Reader) (digest [32]byte, err error) {
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(program, maxProgramBytes+1))
	if err != nil || n > maxProgramBytes {
		return digest, errors.New("peer's program cannot be read whole")
	}
	return [32]byte(hash.Sum(nil)), nil
}

// ownDigest is SHA-256 of the running boot program.
func ownDigest() ([32]byte, error) {
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		return [32]byte{}, errors.New("boot's own program cannot be read")
	}
	defer program.Close()
	return digestOf(program)
}

func (b *Boot) measureOwn() (err error) {
	b.measured, err = ownDigest()
	return err
}

// measurements is what a kernel that is started now is told.
func (b *Boot) measurements() string {
	return sandbox.Measurements{Boot: b.measured, Kernel: b.keeper.Now().Digest, Starts: uint32(b.starts.Load())}.String()
}
