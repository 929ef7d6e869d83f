//go:build wasip1

// Command probe is the trusted application that tahost's tests run.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
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
	case 11:
		before := time.Now()
		time.Sleep(5 * time.Millisecond)
		return copy(out, fmt.Sprint(time.Since(before) >= 5*time.Millisecond)), 0
	}
	return 0, -2
}
