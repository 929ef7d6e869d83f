package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// group is elements in processes of their own and their MCU.
type group struct {
	programs []*started
	client   *pool.Client
}

// members says what a group is of: the folder of its programs, and their names.
type members struct {
	mode  string
	makes []string
}

// startGroup brings a group up in dir.
func startGroup(ctx context.Context, o options, w *work, dir string, m members) (*group, error) {
	manufacturer, err1 := authority.New("manufacturer")
	operator, err2 := authority.New("operator")
	keys, kbpk, err3 := w.keyFiles(dir)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	g := &group{}
	var sockets []string
	for i, name := range m.makes {
		folder, socket := filepath.Join(dir, fmt.Sprint("element", i)), filepath.Join(dir, fmt.Sprint("e", i))
		if err := authority.WriteElement(folder, fmt.Sprintf("%016x", i+1), name, manufacturer, operator); err != nil {
			return g, err
		}
		program := filepath.Join(o.bin, "element-"+name)
		if err := g.start(ctx, program, socket, "-socket", socket, "-keys", keys, "-kbpk", kbpk, "-member", folder); err != nil {
			return g, err
		}
		sockets = append(sockets, socket)
	}
	folder, socket := filepath.Join(dir, "mcu"), filepath.Join(dir, "m")
	if err := authority.WriteMCU(folder, "mcu", manufacturer, operator); err != nil {
		return g, err
	}
	if err := g.start(ctx, filepath.Join(o.bin, "mcu"), socket, "-socket", socket, "-group", "bench", "-mode", m.mode,
		"-elements", strings.Join(sockets, ","), "-mcu", folder, "-evidence", filepath.Join(dir, "evidence"), "-audit", "0"); err != nil {
		return g, err
	}
	own := filepath.Join(dir, "client")
	if err := authority.WriteClient(own, "bench", manufacturer, operator); err != nil {
		return g, err
	}
	who, err := identity.LoadClient(own)
	if err != nil {
		return g, err
	}
	carrier := pool.Dial(socket)
	g.client, err = pool.NewClient(pool.Config{Identity: who, Groups: func() []pool.Carrier { return []pool.Carrier{carrier} }, Frames: 1})
	return g, err
}

func (g *group) start(ctx context.Context, program, socket string, args ...string) error {
	s, err := start(ctx, program, socket, args...)
	if err == nil {
		g.programs = append(g.programs, s)
	}
	return err
}

func (g *group) stop() {
	if g.client != nil {
		g.client.Close()
	}
	for _, s := range g.programs {
		s.stop()
	}
}

func (g *group) clock() clock {
	var pids []int
	for _, s := range g.programs {
		pids = append(pids, s.pid())
	}
	return together(pids...)
}

// callers asks everything once, so many at a time, which is what goes into a frame.
func (g *group) callers(ctx context.Context, w *work, n int) func() (int, error) {
	return func() (int, error) {
		var (
			next   atomic.Int64
			failed atomic.Pointer[error]
			wg     sync.WaitGroup
		)
		asked := min(len(w.requests), 64*n)
		for range n {
			wg.Go(func() {
				for i := next.Add(1) - 1; int(i) < asked; i = next.Add(1) - 1 {
					if _, err := g.client.TranslatePIN(ctx, w.requests[i]); err != nil {
						failed.Store(&err)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := failed.Load(); err != nil {
			return 0, *err
		}
		return asked, nil
	}
}

// batches asks everything once, in batches of a frame, one after the other.
func (g *group) batches(ctx context.Context, w *work) func() (int, error) {
	return func() (int, error) {
		asked := w.requests[:min(len(w.requests), 4096)]
		_, errs := g.client.TranslatePINs(ctx, asked)
		return len(asked), errors.Join(errs...)
	}
}

// measureGroups asks isolated elements through an MCU: one alone, and two of three.
func measureGroups(ctx context.Context, o options, w *work, stderr io.Writer) ([]Row, error) {
	var rows []Row
	for _, m := range []struct {
		name string
		of   members
	}{
		{aloneName, members{"single", []string{"stdlib"}}},
		{"two of three, of three makes", members{"quorum", []string{"stdlib", "gcrypt", "nettle"}}},
		{"two of three, of the Go make", members{"quorum", []string{"stdlib", "stdlib", "stdlib"}}},
	} {
		some, err := measureGroup(ctx, o, w, m.name, m.of, stderr)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

func measureGroup(ctx context.Context, o options, w *work, name string, m members, stderr io.Writer) (rows []Row, err error) {
	dir, err := os.MkdirTemp("", "elementbench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	g, err := startGroup(ctx, o, w, dir, m)
	if g != nil {
		defer g.stop()
	}
	if err != nil {
		return nil, err
	}
	for _, l := range []struct {
		name  string
		asked func() (int, error)
		full  bool // frames are full, as far as their maximum
	}{
		{"1 caller", g.callers(ctx, w, 1), false},
		{"8 callers", g.callers(ctx, w, 8), false},
		{"64 callers", g.callers(ctx, w, 64), true},
		{"256 callers", g.callers(ctx, w, 256), true},
		{inBatches, g.batches(ctx, w), true},
	} {
		r, err := rate(g.clock(), 2*roundOfCPU, l.asked)
		if err != nil {
			return nil, err
		}
		rows = append(rows, held(name, l.name, r, l.full && m.mode == "quorum")...)
	}
	return rows, g.shares(ctx, w, stderr)
}

const (
	aloneName = "one isolated element behind an MCU"
	inBatches = "batches, 128 questions in a frame"
)

// held makes the rows of one rate. What verifying costs is told by one element that is
// isolated and asked as the group is; the engine in this process stands beside it.
func held(name, load string, r float64, full bool) []Row {
	row := Row{Name: name + ", " + load, Rate: r, Against: aloneName + ", " + load}
	if !full {
		return []Row{row}
	}
	row.Wanted = 0.25
	inProcess := row
	inProcess.Name, inProcess.Against, inProcess.Wanted = row.Name+" (beside the engine in process)", wholeName, 0
	return []Row{row, inProcess}
}

// shares tells where the time of a question goes, in batches.
func (g *group) shares(ctx context.Context, w *work, stderr io.Writer) error {
	clocks := map[string]clock{"client": own}
	for i, s := range g.programs {
		name := fmt.Sprint("element ", i+1)
		if i == len(g.programs)-1 {
			name = "MCU"
		}
		clocks[name] = func() (time.Duration, error) { return processTime(s.pid()) }
	}
	before := map[string]time.Duration{}
	for name, c := range clocks {
		spent, err := c()
		if err != nil {
			return err
		}
		before[name] = spent
	}
	asked := 0
	for batch := g.batches(ctx, w); asked < 10*len(w.requests); {
		n, err := batch()
		if err != nil {
			return err
		}
		asked += n
	}
	for _, name := range slices.Sorted(maps.Keys(clocks)) {
		spent, err := clocks[name]()
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "  %s: %.1f us a question\n", name, float64((spent-before[name]).Microseconds())/float64(asked))
	}
	return nil
}
