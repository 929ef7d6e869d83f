//go:build linux

package microvm

import (
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// maxLastWords bounds what is kept of what QEMU and Linux said.
const maxLastWords = 300

// console is what QEMU says, and what Linux writes to its serial line: it goes to
// where the kernel's last words go, and its end is kept for an error.
type console struct {
	theirs *os.File // QEMU's end
	to     *os.File
	done   chan struct{}

	mu   sync.Mutex
	last []byte
}

func openConsole(to *os.File) (*console, error) {
	number, err := unix.FcntlInt(to.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &console{to: os.NewFile(uintptr(number), "words"), done: make(chan struct{})}
	ours, theirs, err := os.Pipe()
	if err != nil {
		_ = c.to.Close()
		return nil, err
	}
	c.theirs = theirs
	go c.read(ours)
	return c, nil
}

// read ends when nobody holds QEMU's end any more.
func (c *console) read(ours *os.File) {
	defer close(c.done)
	defer ours.Close()
	piece := make([]byte, 1024)
	for {
		n, err := ours.Read(piece)
		if err != nil {
			return
		}
		c.say(piece[:n])
	}
}

// say passes words on, and keeps the last.
func (c *console) say(words []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = append(c.last, words...)
	c.last = c.last[max(0, len(c.last)-maxLastWords):]
	_, _ = c.to.Write(words) // nobody listens any more
}

// lastWords is on one line.
func (c *console) lastWords() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(strings.Fields(string(c.last)), " ")
}

// close lets go of QEMU's end here, and waits until all was read once QEMU ended.
func (c *console) close() {
	_ = c.theirs.Close() // again, perhaps
	<-c.done
	_ = c.to.Close()
}
