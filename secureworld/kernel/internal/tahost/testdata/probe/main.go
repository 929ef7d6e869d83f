//go:build wasip1

// Command probe is the trusted application that tahost's tests run.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"time"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/licence"
)

var (
	kept  []byte
	grown [][]byte
)

func init() { tasdk.Serve(handle) }

func main() {}

func handle(op uint32, request, out []byte) (int, int32) {
	switch op {
	case 1: // echo
		return copy(out, request), 0
	case 2: // keep
		kept = append([]byte(nil), request...)
		return 0, 0
	case 3: // what is kept
		return copy(out, kept), 0
	case 4: // loop for ever
		for n := 0; ; n++ {
			out[n%64]++
		}
	case 5: // trap with the request in the text
		panic(string(request))
	case 6:
		os.Exit(3)
	case 7: // host function: number, then data in place
		fn := binary.BigEndian.Uint32(request)
		room := make([]byte, len(request)-4, len(request)+12)
		copy(room, request[4:])
		n, err := tasdk.Host(fn, room)
		if err != nil {
			return 0, err.(tasdk.HostError).Code
		}
		kept = room[:n]
		return copy(out, room[:n]), 0
	case 14: // the same, with room for the longest answer
		room := make([]byte, len(request)-4, 8<<10)
		copy(room, request[4:])
		n, err := tasdk.Host(binary.BigEndian.Uint32(request), room)
		if err != nil {
			return 0, err.(tasdk.HostError).Code
		}
		return copy(out, room[:n]), 0
	case 20: // ask the kernel whether it is licensed
		proof, err := licence.Prove([32]byte(request))
		if err != nil {
			return 0, err.(tasdk.HostError).Code
		}
		return copy(out, proof.AppendAnswer(nil)), 0
	case 8: // own code
		return 0, -42
	case 9: // eat memory
		for {
			grown = append(grown, make([]byte, 1<<20))
		}
	case 10: // look for files, environment, arguments
		_, err := os.ReadDir("/")
		_, err2 := os.Open("/etc/passwd")
		return copy(out, fmt.Sprint(err != nil, err2 != nil, len(os.Environ()), len(os.Args))), 0
	case 12: // look for the request, each byte of it inverted, in all memory that can be read
		for i := range request {
			request[i] ^= 0xff
		}
		return copy(out, fmt.Sprint(search(request))), 0
	case 13: // what time it is
		return copy(out, time.Now().UTC().Format(time.RFC3339)), 0
	case 11:
		before := time.Now()
		time.Sleep(5 * time.Millisecond)
		return copy(out, fmt.Sprint(time.Since(before) >= 5*time.Millisecond)), 0
	}
	return 0, -2
}

// search counts how often something stands in this instance's memory, from its first
// byte to its last.
func search(what []byte) (found int) {
	grown = append(grown, make([]byte, 1<<20)) // the heap grows upwards: all else lies below
	var end uintptr
	for _, b := range grown {
		end = max(end, uintptr(unsafe.Pointer(unsafe.SliceData(b)))+uintptr(len(b)))
	}
	end = max(end, uintptr(unsafe.Pointer(unsafe.SliceData(what)))+uintptr(len(what)))
	all := unsafe.Slice((*byte)(unsafe.Pointer(uintptr(1))), end-1) //nolint:govet // the very point
	for at := 0; ; found++ {
		i := bytes.Index(all[at:], what)
		if i < 0 {
			return found
		}
		at += i + 1
	}
}
