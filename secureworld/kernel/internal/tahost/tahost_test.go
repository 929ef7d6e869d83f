package tahost

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

const deadline = 2 * time.Second

var probe = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "probe")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "probe.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", path, "./testdata/probe")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(path)
})

func newHost(t testing.TB, change func(*Config)) *Host {
	t.Helper()
	wasm, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	memory, err := secretmem.Open(secretmem.Config{Arenas: 3, ArenaPages: 256, KeyBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Wasm: wasm, Memory: memory, CallDeadline: deadline, CompilationWorkers: 2}
	if change != nil {
		change(&cfg)
	}
	h, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(context.Background()) })
	return h
}

func acquire(t testing.TB, h *Host, session any) *Instance {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	i, err := h.Acquire(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func TestApplicationOnOneHost(t *testing.T) {
	h := newHost(t, func(c *Config) {
		c.Host = HostFunctions{
			1: func(ctx context.Context, mem []byte) (int, int32) {
				mem = append(mem, SessionFrom(ctx).(string)...)
				for i := range mem {
					mem[i] ^= 0x20
				}
				return len(mem), 0
			},
			2: func(context.Context, []byte) (int, int32) { return 0, -9 },
			3: func(context.Context, []byte) (int, int32) { panic("4111") },
			4: func(context.Context, []byte) (int, int32) { return 1 << 20, 0 },
		}
	})
	ctx := context.Background()
	t.Run("answers", func(t *testing.T) {
		i := acquire(t, h, nil)
		request := bytes.Repeat([]byte("ab"), tasdk.BufferSize/2)
		if got, err := i.Call(ctx, 1, request); err != nil || !bytes.Equal(got, request) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		copy(i.Exchange(), "in place")
		if got, err := i.CallInPlace(ctx, 1, 8); err != nil || string(got) != "in place" {
			t.Fatalf("%q, %v", got, err)
		}
		var refusal Refusal
		if _, err := i.Call(ctx, 8, nil); !errors.As(err, &refusal) || refusal.Code != -42 {
			t.Fatalf("own code came as %v", err)
		}
		if _, err := i.Call(ctx, 1, append(request, 0)); !errors.As(err, &refusal) || refusal.Code != tasdk.CodeRequestSize {
			t.Fatalf("long request came as %v", err)
		}
		if got, err := i.Call(ctx, 11, nil); string(got) != "true" {
			t.Fatalf("sleep: %q, %v", got, err)
		}
	})
	t.Run("every instance is fresh", func(t *testing.T) {
		first := acquire(t, h, nil)
		first.Call(ctx, 2, []byte("kept"))
		if got, _ := first.Call(ctx, 3, nil); string(got) != "kept" {
			t.Fatal("the control must find what it kept")
		}
		for range 6 {
			next := acquire(t, h, nil)
			if got, err := next.Call(ctx, 3, nil); err != nil || len(got) != 0 {
				t.Fatalf("another instance's data: %d bytes, %v", len(got), err)
			}
			next.Close()
			next.Close() // a second Close must not touch the arena's next owner
		}
	})
	t.Run("host functions work in place for their own session only", func(t *testing.T) {
		a, b := acquire(t, h, "A"), acquire(t, h, "B")
		if got, err := a.Call(ctx, 7, hostRequest(1, "xy")); string(got) != "XYa" {
			t.Fatalf("%q, %v", got, err)
		}
		if got, err := b.Call(ctx, 7, hostRequest(1, "xy")); string(got) != "XYb" {
			t.Fatalf("%q, %v", got, err)
		}
		for fn, want := range map[uint32]int32{2: -9, 3: tasdk.CodeHostFailed, 4: tasdk.CodeHostFailed, 99: tasdk.CodeHostUnknown} {
			var refusal Refusal
			if _, err := a.Call(ctx, 7, hostRequest(fn, "xy")); !errors.As(err, &refusal) || refusal.Code != want {
				t.Errorf("host function %d came as %v", fn, err)
			}
		}
	})
	for name, c := range map[string]struct {
		op   uint32
		want error
	}{"endless loop": {4, ErrDeadline}, "panic": {5, nil}, "exit": {6, ErrExited}, "memory": {9, nil}} {
		t.Run(name+" ends that instance only", func(t *testing.T) {
			bad, good := acquire(t, h, nil), acquire(t, h, nil)
			short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
			_, err := bad.Call(short, c.op, []byte("4111111111111111"))
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("ended with %v", err)
			}
			if strings.Contains(err.Error(), "4111") {
				t.Fatal("the error quotes the request")
			}
			if _, err := bad.Call(ctx, 1, nil); !errors.Is(err, ErrEnded) {
				t.Fatalf("an ended instance answered: %v", err)
			}
			if got, err := good.Call(ctx, 1, []byte("alive")); string(got) != "alive" {
				t.Fatalf("the other instance: %v", err)
			}
		})
	}
	t.Run("sees no files, environment or arguments", func(t *testing.T) {
		if got, err := acquire(t, h, nil).Call(ctx, 10, nil); string(got) != "true true 0 0" {
			t.Fatalf("%q, %v", got, err)
		}
	})
	if h.Counts().StderrBytes == 0 || h.Counts().HostPanics != 1 {
		t.Errorf("counts: %+v", h.Counts())
	}
}

func hostRequest(fn uint32, data string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, fn), data...)
}

func TestScraperFindsCanaryOfOrdinaryMemoryButNotOfAnApplication(t *testing.T) {
	h := newHost(t, func(c *Config) {
		c.Host = HostFunctions{1: func(_ context.Context, mem []byte) (int, int32) {
			mem = mem[:16] // eight pairs of hexadecimal digits into clear text, in place
			hex.Encode(mem, append([]byte(nil), mem[:8]...))
			return 16, 0
		}}
	})
	if h.cfg.Memory.(*secretmem.Memory).Protection().Kind != secretmem.KindSecret {
		t.Fatalf("this machine gives %+v", h.cfg.Memory.(*secretmem.Memory).Protection())
	}
	// The canary is built only inside the application: sealed here, 8 random
	// bytes; in clear, their 16 digits.
	i := acquire(t, h, nil)
	sealed := make([]byte, 8)
	rand.Read(sealed)
	if _, err := i.Call(context.Background(), 2, nil); err != nil {
		t.Fatal(err)
	}
	copy(i.Exchange(), hostRequest(1, string(sealed)))
	answer, err := i.CallInPlace(context.Background(), 7, 12)
	if err != nil || len(answer) != 16 {
		t.Fatalf("%d bytes, %v", len(answer), err)
	}
	if hits, _ := sweep(t, sealed); hits != 0 {
		t.Fatalf("%d copies of the canary are readable", hits)
	}
	control := []byte(hex.EncodeToString(sealed))
	hits, read := sweep(t, sealed)
	if hits == 0 || read < 1<<20 {
		t.Fatalf("the control found %d in %d bytes", hits, read)
	}
	clear(control)
	if got, _ := i.Call(context.Background(), 3, nil); len(got) != 16 {
		t.Fatal("the application no longer held the canary: the sweep proved nothing")
	}
}

// sweep lets another process read all of this one's memory that root can read,
// and count the canary.
func sweep(t *testing.T, sealed []byte) (hits, read int) {
	t.Helper()
	helper := exec.Command(os.Args[0], "-test.run=^TestSweepHelper$")
	helper.Env = append(os.Environ(), "SWEEP_PID="+itoa(os.Getpid()), "SWEEP_SEALED="+hex.EncodeToString(invert(sealed)))
	out, err := helper.CombinedOutput()
	if err != nil {
		t.Fatalf("sweep: %v: %s", err, out)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if _, err := sscan(line, &hits, &read); err != nil {
		t.Fatalf("sweep said %q", line)
	}
	return hits, read
}
