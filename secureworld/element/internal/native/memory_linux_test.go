//go:build !race

package native_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

const windowSize = 1 << 20

// region is a part of this process's memory, with its flags as the system writes
// them: lo locked, dd left out of dumps, dc left out of children.
type region struct {
	start, end uint64
	flags      string
}

// regionsWith searches all memory that can be written for masked values, by their
// names, and returns the flags of where each is.
func regionsWith(t *testing.T, needles map[string]string) (found map[string][]string) {
	t.Helper()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close() //nolint:errcheck // only read
	window, err := unix.Mmap(-1, 0, 2*windowSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(window) //nolint:errcheck // a test's own
	want := unmask(t, window[windowSize:], needles)
	found = make(map[string][]string)
	for _, r := range regions(t, uint64(uintptr(unsafe.Pointer(&window[0])))) {
		for name := range r.search(memory, window[:windowSize], want) {
			found[name] = append(found[name], r.flags)
		}
	}
	return found
}

// unmask writes the values into room, which is not searched.
func unmask(t *testing.T, room []byte, needles map[string]string) map[string][]byte {
	t.Helper()
	want := make(map[string][]byte)
	for name, needle := range needles {
		b, err := hex.DecodeString(needle)
		if err != nil || len(b) > len(room) {
			t.Fatal("the values do not fit")
		}
		value := room[:len(b):len(b)]
		room = room[len(b):]
		for i := range b {
			value[i] = b[i] ^ mask
		}
		want[name] = value
	}
	return want
}

// search reads window by window, which overlap.
func (r region) search(memory *os.File, window []byte, want map[string][]byte) map[string]bool {
	found := make(map[string]bool)
	for at := r.start; at < r.end; {
		n := min(uint64(len(window)), r.end-at)
		got, err := memory.ReadAt(window[:n], int64(at)) //nolint:gosec // user addresses
		for name, w := range want {
			if bytes.Contains(window[:got], w) {
				found[name] = true
			}
		}
		if err != nil || at+n == r.end {
			break
		}
		at += n - 64
	}
	return found
}

// regions lists what can be written, without the one that holds skip.
func regions(t *testing.T, skip uint64) (out []region) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	var now *region
	for line := range strings.Lines(string(b)) {
		var r region
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &r.start, &r.end, &mode); n == 3 {
			now = nil
			if strings.HasPrefix(mode, "rw") && (skip < r.start || skip >= r.end) {
				out = append(out, r)
				now = &out[len(out)-1]
			}
		}
		if rest, ok := strings.CutPrefix(line, "VmFlags:"); ok && now != nil {
			now.flags = fmt.Sprintf("%x-%x", now.start, now.end) + strings.TrimRight(rest, "\n")
		}
	}
	return out
}
