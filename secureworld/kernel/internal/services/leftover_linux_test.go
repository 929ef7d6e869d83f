package services

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// searchedVariable holds the inverted secrets, in hexadecimal, of the process that
// is searched: no other has them.
const searchedVariable = "STRONGROOM_SERVICES_SEARCHED"

// spread are the algorithms whose keys are looked for, and no others: those of HMAC,
// HKDF and ChaCha20-Poly1305 pass over a goroutine's stack, as the package says.
func spread() []call.Algorithm {
	return []call.Algorithm{call.AES256GCM, call.AES256CBC, call.AES256CTR, call.AES256CMAC, call.AES512SIV}
}

// After AES keys were born from outside, used many times and stored, the process
// holds them in its secret memory alone, which a scraper cannot read. Preemption is
// off as in the kernel. An ordinary copy of one is the control.
func TestNoAESKeyIsLeftInOrdinaryMemory(t *testing.T) {
	var secrets []string
	for range spread() {
		secrets = append(secrets, hex.EncodeToString(drawn(nil, 64)))
	}
	searched := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSearchedProcess$", "-test.count=1", "-test.v") //nolint:gosec // this program
	searched.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", searchedVariable+"="+strings.Join(secrets, ","))
	out, err := searched.CombinedOutput()
	if strings.Contains(string(out), "no secret memory") {
		if os.Getenv("CI") == "true" || os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatal("this machine has no secret memory")
		}
		t.Log("LEFT OUT: this machine has no secret memory")
		return
	}
	if err != nil || !strings.Contains(string(out), "control found") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestSearchedProcess is the process that is searched. Run without its variable it
// searches nothing and proves nothing.
func TestSearchedProcess(t *testing.T) {
	if os.Getenv(searchedVariable) == "" {
		return
	}
	memory, err := secretmem.Open(secretmem.Config{Arenas: 1, ArenaPages: 1, KeyBytes: 512 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if !memory.Protection().HiddenFromRoot() {
		fmt.Println("no secret memory")
		return
	}
	var inverted [][]byte
	for _, s := range strings.Split(os.Getenv(searchedVariable), ",") {
		inverted = append(inverted, unhex(t, s))
	}
	d := &device{t: t, memory: memory.Keys(), spaces: map[string]Stores{}}
	if d.Services, err = New(Config{Memory: d.memory}); err != nil {
		t.Fatal(err)
	}
	for i, a := range spread() {
		useImported(t, d, a, inverted[i])
	}
	for i, a := range spread() {
		if n := hits(t, inverted[i][:32]); n != 0 {
			t.Errorf("%v is found %d times", a, n)
		}
	}
	leak := bytes.Clone(inverted[0][:32])
	upright(leak, inverted[0])
	found := hits(t, inverted[0][:32])
	runtime.KeepAlive(leak)
	if found == 0 {
		t.Fatal("control: an ordinary copy of a key is not found")
	}
	fmt.Println("control found")
}

// upright turns an inverted secret round into dst.
func upright(dst, inverted []byte) []byte {
	for i := range dst {
		dst[i] = inverted[i] ^ 0xff
	}
	return dst
}

// useImported asks as an application does: the secret comes from its memory, which
// is secret memory too.
func useImported(t *testing.T, d *device, a call.Algorithm, inverted []byte) {
	t.Helper()
	c := d.application("till")
	defer c.Close()
	n := d.algorithms[a].secret
	err := withRoom(d.memory, 1024, func(mem []byte) error {
		request := call.Append(mem[:0], call.Head{Algorithm: a, Usage: d.algorithms[a].usages}, nil, make([]byte, n))
		upright(request[len(request)-n:], inverted)
		_, code := c.answer(context.Background(), call.FnImport, functions()[call.FnImport], request)
		if code != call.OK {
			t.Fatal(code)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := c.List()
	for range 50 {
		message := make([]byte, 256)
		if d.algorithms[a].usages == tags {
			if _, code := c.MAC(nil, keys[0].Handle, message); code != call.OK {
				t.Fatal(code)
			}
			continue
		}
		sealed, code := c.Seal(nil, keys[0].Handle, message, nil)
		if code != call.OK {
			t.Fatal(code)
		}
		if _, code := c.Open(nil, keys[0].Handle, sealed, nil); code != call.OK {
			t.Fatal(code)
		}
	}
}

// hits counts, in the writable memory of this process that can be read, what
// inverted is the complement of.
func hits(t *testing.T, inverted []byte) (n int) {
	t.Helper()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1<<20)
	own := int64(uintptr(unsafe.Pointer(&buffer[0])))
	total := 0
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if k, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); k != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := from; at < to; at += int64(len(buffer) - len(inverted)) {
			got, _ := memory.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at)
			n += count(buffer[:got], inverted, func(i int) bool { // the searcher's own buffer apart
				return at+int64(i+len(inverted)) <= own || at+int64(i) >= own+int64(len(buffer))
			})
			total += got
		}
	}
	clear(buffer)
	if total < 1<<20 {
		t.Fatalf("only %d bytes could be read", total)
	}
	return n
}

func count(b, inverted []byte, elsewhere func(i int) bool) (n int) {
	for i := range max(0, len(b)-len(inverted)+1) {
		match := b[i] == ^inverted[0] && elsewhere(i)
		for j := 0; match && j < len(inverted); j++ {
			match = b[i+j] == ^inverted[j]
		}
		if match {
			n++
		}
	}
	return n
}
