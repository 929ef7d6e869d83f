package receiver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// masked holds a value inverted, so that looking for it does not plant it.
type masked []byte

func (m *masked) UnmarshalText(text []byte) error {
	*m = make(masked, len(text)/2)
	for i := range *m {
		var v byte
		if _, err := fmt.Sscanf(string(text[2*i:2*i+2]), "%02X", &v); err != nil {
			return err
		}
		(*m)[i] = ^v
	}
	return nil
}

// Go's preemption signal saves the vector registers, and with them key material,
// on a signal stack in ordinary memory. Programs that hold keys run without it,
// and so does this test: in a process of its own, since the setting is read at
// start only. With preemption on it fails.
const preemptionOff = "asyncpreemptoff=1"

func withoutPreemption(t *testing.T) (here bool) {
	t.Helper()
	debug := os.Getenv("GODEBUG")
	if strings.Contains(debug, preemptionOff) {
		return true
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	again.Env = append(os.Environ(), "GODEBUG="+strings.TrimPrefix(debug+","+preemptionOff, ","))
	out, err := again.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// After a derivation the process holds no key of the walk, and after Wipe not
// the transaction's either. The whole writable memory is searched, as a scraper
// does. The transaction key, found before Wipe, is the control.
func TestNoKeyIsLeftInTheProcessAfterADerivation(t *testing.T) {
	if !withoutPreemption(t) {
		return
	}
	var v struct {
		CounterEdges []struct {
			Counter        uint32
			TransactionKey masked `json:"transaction_key"`
		} `json:"counter_edges"`
		InitialKey hexBytes `json:"initial_key"`
	}
	load(t, "aes128.json", &v)
	keys := map[uint32]masked{}
	for _, e := range v.CounterEdges {
		keys[e.Counter] = e.TransactionKey
	}
	const last, onTheWay = 0x20001, 0x20000
	id := []byte{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56}
	for range 20 {
		transaction(t, v.InitialKey, dukpt.AES128, id, last).Wipe()
	}
	tr := transaction(t, v.InitialKey, dukpt.AES128, id, last)
	if hits(t, keys[last]) == 0 {
		t.Fatal("control: the transaction key is not found while it is in use")
	}
	if n := hits(t, keys[onTheWay]); n != 0 {
		t.Errorf("a key of the walk is found %d times", n)
	}
	tr.Wipe()
	if n := hits(t, keys[last]); n != 0 {
		t.Errorf("the transaction key is found %d times after Wipe", n)
	}
}

// hits counts pattern in the writable memory of this process.
func hits(t *testing.T, pattern masked) (n int) {
	t.Helper()
	if len(pattern) < 16 {
		t.Fatal("no pattern")
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = memory.Close() }()
	buffer := make([]byte, 1<<20)
	own := int64(uintptr(unsafe.Pointer(&buffer[0])))
	for _, r := range writable(t) {
		for at := r[0]; at < r[1]; at += int64(len(buffer)) - int64(len(pattern)) {
			got, _ := memory.ReadAt(buffer[:min(int64(len(buffer)), r[1]-at)], at)
			n += count(buffer[:got], pattern, func(i int) bool {
				found := at + int64(i)
				return found < own-int64(len(pattern)) || found >= own+int64(len(buffer))
			})
		}
	}
	clear(buffer)
	return n
}

// count counts pattern in b where it is elsewhere than in the searcher's buffer.
func count(b []byte, pattern masked, elsewhere func(i int) bool) (n int) {
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], ^pattern[0])
		if next < 0 || i+next+len(pattern) > len(b) {
			return n
		}
		if i += next; matches(b[i:], pattern) && elsewhere(i) {
			n++
		}
	}
}

func matches(b []byte, pattern masked) bool {
	for i, m := range pattern {
		if b[i] != ^m {
			return false
		}
	}
	return true
}

func writable(t *testing.T) (ranges [][2]int64) {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = maps.Close() }()
	for in := bufio.NewReader(maps); ; {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return ranges
		}
		var from, to uint64 // the last line of the map does not fit in an int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatal("a line of the memory map has another form")
		}
		// Above a gibibyte it is the shadow of the race detector, not our memory.
		if strings.HasPrefix(mode, "rw") && to-from < 1<<30 {
			ranges = append(ranges, [2]int64{int64(from), int64(to)})
		}
	}
}
