//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
)

var errMissing = errors.New("a device does not appear")

// await asks again and again until something is there.
func await(there func() bool) error {
	for range deviceWithin / deviceEvery {
		if there() {
			return nil
		}
		time.Sleep(deviceEvery)
	}
	return errMissing
}

func awaitFile(path string) error {
	return await(func() bool { _, err := os.Stat(path); return err == nil })
}

// openPorts opens all ports by their names.
func openPorts() (map[string]*os.File, error) {
	ports := map[string]*os.File{}
	for _, name := range initramfs.Ports() {
		f, err := openPort(name)
		if err != nil {
			return nil, fmt.Errorf("port %s: %w", name, err)
		}
		ports[name] = f
	}
	return ports, nil
}

func openPort(name string) (*os.File, error) {
	fd := -1
	err := await(func() bool {
		device := deviceOf(name)
		if device == "" {
			return false
		}
		var err error
		// Blocking, since such a port wakes nobody who waits with epoll.
		fd, err = unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func deviceOf(name string) string {
	names, _ := filepath.Glob("/sys/class/virtio-ports/*/name") // the pattern is well-formed
	for _, path := range names {
		if b, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(b)) == name {
			return "/dev/" + filepath.Base(filepath.Dir(path))
		}
	}
	return ""
}

// port is one that may not be connected yet: until then it reads as ended.
type port struct {
	*os.File
	begun bool
}

func (p *port) Read(b []byte) (n int, err error) {
	for range deviceWithin / deviceEvery {
		n, err = p.File.Read(b)
		p.begun = p.begun || n > 0
		if p.begun || !errors.Is(err, io.EOF) {
			return n, err
		}
		time.Sleep(deviceEvery)
	}
	return n, err
}
