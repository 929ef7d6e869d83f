//go:build linux && cgo

package main

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// childEnv makes the test a process that translates a PIN and searches itself.
const childEnv = "STRONGROOM_PKCS11_SEARCH"

// The clear PIN field of a translation is nowhere in the process afterwards. A copy
// that is kept on purpose is found, so the search can find one.
func TestNoClearPINStaysInMemory(t *testing.T) {
	if kept := os.Getenv(childEnv); kept != "" {
		translateAndSearch(t, kept == "kept")
		return
	}
	for kept, want := range map[string]string{"gone": "found: false", "kept": "found: true"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoClearPINStaysInMemory$", "-test.v")
		cmd.Env = append(os.Environ(), childEnv+"="+kept, "GLIBC_TUNABLES="+tunables)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", kept, err, out)
		}
	}
}

func translateAndSearch(t *testing.T, keep bool) {
	bdk := make([]byte, keySize)
	_, _ = rand.Read(bdk)
	w, err := conformance.NewWorld(1, map[element.Slot][]byte{element.SlotPINBDK: bdk})
	if err != nil {
		t.Fatal(err)
	}
	ops := opened(t, newPlace(t), w)
	r := element.TranslatePIN{KSN: element.KSN{0x33, 0x33, 0x44, 0x44, 7, 7, 7, 7, 0, 0, 0, 1}, PAN: []byte("476173900101")}
	pin := []byte("902718281828")
	seal(t, bdk, &r, pin)
	for range 20 {
		if _, err := ops.TranslatePIN(r, &element.Chance{}); err != nil {
			t.Fatal(err)
		}
	}
	var copied []byte
	if keep {
		copied = []byte{0x4C, 0x90, 0x27, 0x18, 0x28, 0x18, 0x28, 0xAA}
	}
	t.Logf("found: %v", search(t, pin))
	clear(copied)
}

// seal makes the block as a PIN pad does, in place.
func seal(t *testing.T, bdk []byte, r *element.TranslatePIN, pin []byte) {
	t.Helper()
	initial, key := make([]byte, keySize), make([]byte, keySize)
	if err := receiver.InitialKey(initial, bdk, dukpt.AES256, [8]byte(r.KSN[:8])); err != nil {
		t.Fatal(err)
	}
	pad, err := receiver.Transaction(initial, dukpt.AES256, dukpt.KSN(r.KSN), make([]byte, dukpt.RoomTransaction))
	if err != nil {
		t.Fatal(err)
	}
	defer pad.Wipe()
	if err := pad.PINEncryptionKey(key, dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := pinblock.EncodeFormat4(r.Block[:], b, pin, r.PAN, rand.Reader); err != nil {
		t.Fatal(err)
	}
}

// search looks for the field of a PIN of 12 digits in all memory that this process
// can write, without having the field itself. Larger regions than any heap here are
// the race detector's.
func search(t *testing.T, pin []byte) (found bool) {
	t.Helper()
	const largest, chunk = 128 << 20, 1 << 16
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	room, regions := make([]byte, chunk), writable(t)
	for _, r := range regions {
		for at := r[0]; at < r[1] && r[1]-r[0] <= largest; at += chunk - 8 {
			n, _ := mem.ReadAt(room[:min(chunk, r[1]-at)], at)
			found = found || isIn(room[:n], pin)
		}
	}
	if len(regions) < 5 {
		t.Fatalf("only %d regions", len(regions))
	}
	return found
}

func writable(t *testing.T) (regions [][2]int64) {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err == nil && strings.HasPrefix(mode, "rw") {
			regions = append(regions, [2]int64{from, to})
		}
	}
	return regions
}

func isIn(b, pin []byte) bool {
	for {
		i := bytes.IndexByte(b, 0x4C)
		if i < 0 || i+8 > len(b) {
			return false
		}
		if b = b[i+1:]; b[6] == 0xAA && digitsAre(b[:6], pin) {
			return true
		}
	}
}

func digitsAre(b, pin []byte) bool {
	for i, c := range pin {
		if b[i/2]>>(4*(1-i%2))&0xF != c-'0' {
			return false
		}
	}
	return true
}
