//go:build linux

package ring

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// put writes a number as a peer would that keeps to nothing.
func put(memory []byte, at int, n uint32) { binary.NativeEndian.PutUint32(memory[at:], n) }

func TestNumbersThatCannotBeEndTheSession(t *testing.T) {
	for name, c := range map[string]struct {
		numbers []uint32
		want    error // of the last
	}{
		"some bytes":                {[]uint32{10}, nil},
		"as many as fit":            {[]uint32{capacity}, nil},
		"one more than fits":        {[]uint32{capacity + 1}, ErrPeer},
		"before the first":          {[]uint32{^uint32(0)}, ErrPeer},
		"on":                        {[]uint32{10, 11}, nil},
		"back behind what was read": {[]uint32{10, 9}, ErrPeer},
	} {
		t.Run("written, "+name, func(t *testing.T) {
			_, kernel := pair(t)
			must(t, kernel.SetReadDeadline(time.Now().Add(time.Minute)))
			var err error
			for _, n := range c.numbers {
				put(kernel.memory, questionWriter, n)
				_, err = kernel.Read(make([]byte, capacity))
			}
			if !errors.Is(err, c.want) {
				t.Error(err)
			}
		})
	}
	for name, c := range map[string]struct {
		numbers []uint32
		want    error
	}{
		"as it was":               {[]uint32{0}, nil},
		"all that was written":    {[]uint32{8}, nil},
		"more than was written":   {[]uint32{9}, ErrPeer},
		"before the first":        {[]uint32{^uint32(0)}, ErrPeer},
		"back behind what it was": {[]uint32{8, 7}, ErrPeer},
	} {
		t.Run("read, "+name, func(t *testing.T) {
			_, kernel := pair(t)
			_, err := kernel.Write(make([]byte, 8))
			must(t, err)
			for _, n := range c.numbers {
				put(kernel.memory, answerReader, n)
				_, err = kernel.Write([]byte{1})
			}
			if !errors.Is(err, c.want) {
				t.Error(err)
			}
		})
	}
}

// What was read is the reader's: the peer changes the memory and nothing follows.
func TestWhatWasReadCannotBeChangedAnyMore(t *testing.T) {
	app, kernel := pair(t)
	_, err := app.Write([]byte("amount 1"))
	must(t, err)
	got := make([]byte, 8)
	_, err = io.ReadFull(kernel, got)
	must(t, err)
	copy(app.memory[questionBytes:], "amount 9") // and the control: it is the same memory
	if string(got) != "amount 1" || string(kernel.memory[questionBytes:questionBytes+8]) != "amount 9" {
		t.Errorf("%q", got)
	}
}

// FuzzHostileMemory lets a peer write what it likes between the kernel's reads and
// writes. Each piece is a place (2), a value (4) and what the kernel does then (1).
func FuzzHostileMemory(f *testing.F) {
	piece := func(at uint16, n uint32, do byte) []byte {
		return append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, at), n), do)
	}
	f.Add(piece(questionWriter, 10, 0))
	f.Add(append(piece(questionWriter, 10, 0), piece(questionWriter, 9, 0)...))
	f.Add(append(piece(answerReader, 5, 1), piece(answerReader, 1<<31, 3)...))
	f.Fuzz(func(t *testing.T, program []byte) {
		_, kernel := pair(t)
		room := make([]byte, 64)
		var read, written uint32
		for ; len(program) >= 7; program = program[7:] {
			put(kernel.memory, int(binary.BigEndian.Uint16(program))%(Size-4), binary.BigEndian.Uint32(program[2:]))
			must(t, kernel.SetDeadline(time.Now().Add(200*time.Microsecond)))
			var n int
			var err error
			if program[6]&1 == 0 {
				n, err = kernel.Read(room)
				read += uint32(n) //nolint:gosec // at most 64
			} else {
				n, err = kernel.Write(room[:program[6]%64])
				written += uint32(n) //nolint:gosec // at most 64
			}
			if n < 0 || n > len(room) || kernel.in.taken != read || kernel.out.put != written {
				t.Fatal("the peer moved the kernel's own number")
			}
			if err != nil && !errors.Is(err, ErrPeer) && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
				t.Fatal(err)
			}
		}
		must(t, kernel.Close())
	})
}
