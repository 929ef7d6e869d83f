package leak

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// The leaky program is this program again, with one of these words in a variable.
const (
	variable = "STRONGROOM_SCOPE_LEAK"
	manyWays = "everywhere"
	argument = "argument"
)

// RunIfChild is the first thing that a program calls whose child the leaky program is.
func RunIfChild() {
	switch os.Getenv(variable) {
	case manyWays:
		if err := leakEverywhere(); err != nil {
			fmt.Fprintln(os.Stderr, "leak:", err)
			os.Exit(1)
		}
		os.Exit(0)
	case argument:
		_, _ = io.Copy(io.Discard, os.Stdin) // until the other end closes
		os.Exit(0)
	}
}

// maxLeak is more than any form is long.
const maxLeak = 1 << 16

// leakEverywhere takes the leaks from standard input, so that nothing but the leaks
// themselves is left of them, and leaves them in memory, in files of its directory, on
// standard error, on an HTTP interface and on a plain line. It ends when the other end
// closes.
func leakEverywhere() error {
	in := bufio.NewReaderSize(os.Stdin, 16)
	leaks, err := receive(in)
	if err != nil {
		return err
	}
	for i, b := range leaks {
		if err := os.WriteFile(filepath.Join("files", strconv.Itoa(i)+".bin"), b, 0o600); err != nil {
			return err
		}
		if _, err := os.Stderr.Write(append(b[:len(b):len(b)], '\n')); err != nil {
			return err
		}
	}
	page, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the process
	if err != nil {
		return err
	}
	line, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the process
	if err != nil {
		return err
	}
	go sink(line)
	go func() {
		s := &http.Server{Handler: handler(leaks, line.Addr().String()), ReadHeaderTimeout: time.Minute}
		_ = s.Serve(page) // ends with the process
	}()
	fmt.Println(page.Addr(), line.Addr())
	_, _ = io.Copy(io.Discard, in)
	runtime.KeepAlive(leaks)
	return nil
}

// receive takes a count, and frames of a length and that many bytes.
func receive(in io.Reader) ([][]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(in, n[:]); err != nil {
		return nil, err
	}
	var out [][]byte
	for range binary.BigEndian.Uint32(n[:]) {
		if _, err := io.ReadFull(in, n[:]); err != nil {
			return nil, err
		}
		length := binary.BigEndian.Uint32(n[:])
		if length > maxLeak {
			return nil, errors.New("a leak is too long")
		}
		b := make([]byte, length)
		if _, err := io.ReadFull(in, b); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// sink is the far end of the plain line.
func sink(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}
}

// handler is a careless terminal's interface.
func handler(leaks [][]byte, line string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /body/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 0 || n >= len(leaks) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(leaks[n]) //nolint:gosec // the page's purpose
	})
	mux.HandleFunc("GET /header/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 0 || n >= len(leaks) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Card", string(leaks[n]))
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) { stream(w, leaks, "text/event-stream", "data: ") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { stream(w, leaks, "text/plain", "careless_total ") })
	mux.HandleFunc("POST /line", func(w http.ResponseWriter, _ *http.Request) {
		if err := sendTo(line, leaks); err != nil {
			http.Error(w, "the plain line failed", http.StatusInternalServerError)
		}
	})
	return mux
}

func stream(w http.ResponseWriter, leaks [][]byte, kind, before string) {
	w.Header().Set("Content-Type", kind)
	for _, b := range leaks {
		_, _ = io.WriteString(w, before)
		_, _ = w.Write(b) //nolint:gosec // the page's purpose
		_, _ = io.WriteString(w, "\n\n")
	}
}

// sendTo sends each leak in a frame, as a host message without protection.
func sendTo(address string, leaks [][]byte) error {
	c, err := net.Dial("tcp", address) //nolint:noctx // loopback
	if err != nil {
		return err
	}
	defer c.Close()
	for _, b := range leaks {
		if _, err := c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(b)))); err != nil { //nolint:gosec // at most maxLeak
			return err
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
	return nil
}
