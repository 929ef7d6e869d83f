package applications

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// built compiles a trusted application as make build does.
func built(path string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "application")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "app.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, path)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if told, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(told))
	}
	return os.ReadFile(out)
}

// The modules: one that does whatever it is told, and the example.
var (
	probe   = sync.OnceValues(func() ([]byte, error) { return built("../tahost/testdata/probe") })
	loyalty = sync.OnceValues(func() ([]byte, error) { return built("../../../ta/loyalty") })
)

// Operations of the probe.
const (
	echo = 1 + iota
	keep
	kept
	loop
	trap
	exit
	host
	ownCode
	eat
	_
	_
	look
	clock
)

// shelves stand for the trusted storage.
type shelves struct {
	mu     sync.Mutex
	spaces map[string]map[string][]byte
	limits map[string]int
}

var errAbsent, errFull = errors.New("absent"), errors.New("full")

func (s *shelves) Open(name string, bytes int) (Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces[name] == nil {
		s.spaces[name] = map[string][]byte{}
	}
	s.limits[name] = bytes
	return board{s, name}, nil
}

func (s *shelves) Erase(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.spaces, func(space string, _ map[string][]byte) bool {
		return space == name || strings.HasPrefix(space, name+"/")
	})
	return nil
}

func (s *shelves) Refusal(err error) call.Code {
	switch {
	case errors.Is(err, errAbsent):
		return call.CodeNotFound
	case errors.Is(err, errFull):
		return call.CodeQuota
	}
	return call.CodeFailed
}

type board struct {
	s    *shelves
	name string
}

func (b board) Get(name string, room []byte) (int, error) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	v, ok := b.s.spaces[b.name][name]
	if !ok {
		return 0, errAbsent
	}
	return copy(room, v), nil
}

func (b board) Put(name string, value []byte) error {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if len(value) > b.s.limits[b.name] {
		return errFull
	}
	b.s.spaces[b.name][name] = append([]byte(nil), value...)
	return nil
}

func (b board) Delete(name string) error {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	delete(b.s.spaces[b.name], name)
	return nil
}

func (b board) List() ([]string, error) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	return slices.Sorted(maps.Keys(b.s.spaces[b.name])), nil
}

// stores are the spaces in which the services keep an application's keys.
func (s *shelves) stores(owner string) (out services.Stores, err error) {
	for name, into := range map[string]*services.Space{"keys": &out.Keys, "certificates": &out.Certificates, "data": &out.Data} {
		space, err := s.Open(owner+"/"+name, 1<<20)
		if err != nil {
			return services.Stores{}, err
		}
		*into = drawer{space}
	}
	return out, nil
}

// drawer answers as the services ask.
type drawer struct{ Space }

func (d drawer) Get(name string, room []byte) (int, error) {
	n, err := d.Space.Get(name, room)
	if errors.Is(err, errAbsent) {
		err = services.ErrNotFound
	}
	return n, err
}

// world is a registry with everything that it needs.
type world struct {
	*testing.T
	*Registry
	shelves *shelves
	mu      sync.Mutex
	skipped time.Duration // the clock was put forward
	fell    []string
}

var memory = sync.OnceValues(func() (*secretmem.Memory, error) {
	return secretmem.Open(secretmem.Config{Arenas: 1, ArenaPages: 1, KeyBytes: 1 << 20, Small: 8, SmallPages: 128})
})

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	m, err := memory()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, shelves: &shelves{spaces: map[string]map[string][]byte{}, limits: map[string]int{}}}
	s, err := services.New(services.Config{Memory: m.Keys(), Device: "TERM0001", Spaces: w.shelves.stores})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Arenas: m.Small(), Spaces: w.shelves, Services: s, Payment: mailbox.Inspected{Present: true, Name: []byte("payment")},
		Fell: func(name string) { w.fell = append(w.fell, name) }, Now: w.now, Pause: time.Millisecond}
	for _, c := range change {
		c(&cfg)
	}
	w.Registry = registry(t, cfg, nil)
	t.Cleanup(w.Close)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skipped)
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skipped += d
}

func given(t testing.TB, name string, module func() ([]byte, error), g entitlement.Grant) handover.ProvidedApplication {
	t.Helper()
	wasm, err := module()
	if err != nil {
		t.Fatal(err)
	}
	g.Version = max(g.Version, 1)
	return handover.ProvidedApplication{Name: name, SHA256: sha256.Sum256(wasm), Wasm: wasm, Grant: g}
}

// install runs the probe under a name.
func (w *world) install(name string, g entitlement.Grant) {
	w.Helper()
	if g.Quotas.DeadlineMillis == 0 {
		g.Quotas.DeadlineMillis = entitlement.MaxDeadline // a busy machine is slow
	}
	if g.Quotas.CallsPerSecond == 0 {
		g.Quotas.CallsPerSecond, g.Quotas.CPUMillis = entitlement.MaxCalls, entitlement.MaxCPU
	}
	if o := w.Install(given(w, name, probe, g)); o != handover.OutcomeDone {
		w.Fatalf("%s: %v", name, o)
	}
}

// asks invokes an operation as the app world does, and has its time share grow back.
func (w *world) asks(name string, op uint32, request []byte) (mailbox.Invoked, mailbox.Code) {
	w.Helper()
	w.wait(10 * time.Second) // its longest call, paid back
	return w.asksAtOnce(name, op, request)
}

func (w *world) asksAtOnce(name string, op uint32, request []byte) (mailbox.Invoked, mailbox.Code) {
	w.Helper()
	body, err := frame.Append(nil, mailbox.Invoke{Application: []byte(name), Operation: op, Request: request})
	if err != nil {
		w.Fatal(err)
	}
	kind, message := w.Answer(w.Context(), mailbox.KindInvoke, body)
	switch m := message.(type) {
	case mailbox.Invoked:
		if kind != mailbox.KindInvoke|0x80 {
			w.Fatalf("answered by %02x", kind)
		}
		return m, mailbox.CodeNone
	case mailbox.Refused:
		return mailbox.Invoked{}, m.Code
	}
	w.Fatalf("answered by %T", message)
	panic("unreachable")
}

// goesOn is the positive control: this application serves.
func (w *world) goesOn(name string) {
	w.Helper()
	if a, code := w.asks(name, echo, []byte("still here")); code != mailbox.CodeNone || string(a.Answer) != "still here" {
		w.Errorf("%s: %q, %v", name, a.Answer, code)
	}
}

func (w *world) state(name string) mailbox.Inspected {
	w.Helper()
	for i := range 9 {
		a := w.inspect(i)
		if string(a.Name) == name {
			return a
		}
	}
	w.Fatalf("%s is not told of", name)
	panic("unreachable")
}

// hostCall lets the probe call a function of the kernel.
func (w *world) hostCall(name string, fn uint32, data string) (string, int32) {
	w.Helper()
	s := w.find(name)
	w.wait(10 * time.Second)
	answer, err := s.call(w.Context(), appWorld, host, append(binary.BigEndian.AppendUint32(nil, fn), data...))
	return string(answer), codeOf(w.T, err)
}

func codeOf(t *testing.T, err error) int32 {
	t.Helper()
	if err == nil {
		return 0
	}
	var n int32
	if _, digits, ok := strings.Cut(err.Error(), "refused with code "); ok {
		for _, c := range strings.TrimPrefix(digits, "-") {
			n = n*10 + c - '0'
		}
		return -n
	}
	t.Fatal(err)
	return 0
}

// BenchmarkInvoke measures the app world's call of an application that does nothing,
// compiled before the sandbox and interpreted.
func BenchmarkInvoke(b *testing.B) {
	m, err := memory()
	if err != nil {
		b.Fatal(err)
	}
	for name, interpreted := range map[string]bool{"compiled": false, "interpreted": true} {
		b.Run(name, func(b *testing.B) {
			r := registry(b, Config{Arenas: m.Small()}, []Module{ready(b.Context(), given(b, "probe", probe, entitlement.Grant{}), m.Small(), interpreted, nil)})
			defer r.Close()
			a := r.find("probe")
			for b.Loop() {
				if _, err := a.call(b.Context(), kernelSelf, echo, []byte("x")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func registry(t testing.TB, cfg Config, modules []Module) *Registry {
	t.Helper()
	r, err := New(cfg, modules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
