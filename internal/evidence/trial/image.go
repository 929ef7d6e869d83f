//go:build linux

package trial

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
)

// writeImage writes what a debugger's core of a process has: every readable mapping.
// Pages of zeros are left out. The kernel's own core is not asked for: where it would
// be written is the machine's affair, and a program of the lane forbids it.
func writeImage(pid int, path string) (err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer memory.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if end := f.Close(); err == nil {
			err = end
		}
	}()
	out := bufio.NewWriterSize(f, 1<<20)
	for _, line := range strings.Split(string(maps), "\n") {
		var from, to uint64
		var perms string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &perms); n == 3 && perms[0] == 'r' && !strings.Contains(line, "[v") {
			if err := writeRegion(out, memory, from, to); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

const imageChunk = 64 << 10

// writeRegion steps over what is refused, such as secret memory.
func writeRegion(out *bufio.Writer, memory *os.File, from, to uint64) error {
	chunk, zeros := make([]byte, imageChunk), make([]byte, imageChunk)
	defer clear(chunk)
	for at := from; at < to; at += imageChunk {
		n, err := memory.ReadAt(chunk[:min(imageChunk, to-at)], int64(at)) //nolint:gosec // an address of user space
		if err != nil && n == 0 || bytes.Equal(chunk[:n], zeros[:n]) {
			continue
		}
		if _, err := out.Write(chunk[:n]); err != nil {
			return err
		}
	}
	return nil
}
