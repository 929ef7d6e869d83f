package tahost

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

func sscan(line string, hits, read *int) (int, error) {
	return fmt.Sscanf(line, "hits %d read %d", hits, read)
}

// invert keeps the canary's digits out of the tested process: it hands over the
// complement.
func invert(b []byte) []byte {
	out := make([]byte, len(b))
	for i, v := range b {
		out[i] = ^v
	}
	return out
}

// TestSweepHelper is the scraper: another process of root. Run without its
// variables it scrapes nothing and proves nothing.
func TestSweepHelper(t *testing.T) {
	pid := os.Getenv("SWEEP_PID")
	if pid == "" {
		return
	}
	inverted, _ := hex.DecodeString(os.Getenv("SWEEP_SEALED"))
	canary := []byte(hex.EncodeToString(invert(inverted)))
	maps, err := os.ReadFile("/proc/" + pid + "/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/" + pid + "/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	hits, read := 0, 0
	chunk := make([]byte, 1<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || rights[0] != 'r' {
			continue
		}
		for at := from; at < to; at += int64(len(chunk)) - 16 {
			n, _ := mem.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at)
			hits += bytes.Count(chunk[:n], canary)
			read += n
		}
	}
	fmt.Printf("hits %d read %d\n", hits, read)
	os.Exit(0)
}
