package applets

import (
	"bytes"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

// asks runs operation op of a probe.
func (w *world) asks(id element.PackageID, op uint32, input string) (element.AppletAnswer, element.Code) {
	w.Helper()
	a, err := w.RunApplet(element.RunApplet{Package: id, Operation: op, Input: []byte(input)}, &element.Chance{1})
	return a, code(err)
}

// goesOn is the positive control: an honest applet answers.
func (w *world) goesOn(id element.PackageID) {
	w.Helper()
	if a, c := w.asks(id, 0, "still here"); c != 0 || string(a.Output) != "still here" {
		w.Errorf("the honest one: %q, %v", a.Output, c)
	}
}

func TestWhatGoesWrongInARunIsOneRefusalAndTheOthersGoOn(t *testing.T) {
	w := newWorld(t)
	honest := w.load(w.pack(applet.Manifest{Name: "honest"}, probe{body: echo()}.wasm()))
	for name, c := range map[string]struct {
		probe probe
		op    uint32
	}{
		"loops for ever":                   {probe{body: forever()}, 0},
		"calls itself for ever":            {probe{body: recursive()}, 0},
		"calls itself with a large stack":  {probe{body: deep(3000)}, 0},
		"grows its memory for ever":        {probe{body: growing()}, 0},
		"fills its memory for ever":        {probe{body: filling()}, 0},
		"traps":                            {probe{body: trap()}, 0},
		"writes behind its memory":         {probe{body: storing()}, 0x10000},
		"writes far behind its memory":     {probe{body: storing()}, 0xFFFFFFFC},
		"answers more than it may":         {probe{body: says()}, element.MaxAppletData + 1},
		"answers less than nothing":        {probe{body: says()}, 0x80000000},
		"answers from behind its memory":   {probe{body: says(), buffer: []byte{0x41, 0xFE, 0xFF, 0x03}}, 100},
		"wants its input outside of it":    {probe{body: says(), buffer: []byte{0x41, 0x7F}}, 0},
		"has its buffer loop":              {probe{body: says(), buffer: []byte{0x03, 0x40, 0x0C, 0, 0x0B, 0x41, 0}}, 0},
		"says a code of the platform":      {probe{body: says()}, ^uint32(1000) + 1},
		"gets that code from the platform": {probe{body: outside()}, 0xFFFF},
		"asks for an unknown function":     {probe{body: asking()}, 99},
		"asks for what it may not":         {probe{body: asking()}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			id := w.load(w.pack(applet.Manifest{Pages: 2}, c.probe.wasm()))
			began := time.Now()
			if a, code := w.asks(id, c.op, "0123456789"); code != element.CodeApplet {
				t.Errorf("%+v, %v", a, code)
			}
			t.Log(time.Since(began))
			w.goesOn(honest)
			if _, err := w.UnloadApplet(element.UnloadApplet{Package: id}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestARunMayWriteAndGrowWithinItsMemory(t *testing.T) {
	w := newWorld(t)
	id := w.load(w.pack(applet.Manifest{Pages: 3}, probe{body: grown()}.wasm()))
	for op, pages := range map[uint32]int{0: 1, 1: 2, 2: 3, 3: 1, 1 << 20: 1} {
		if a, code := w.asks(id, op, ""); code != 0 || len(a.Output) != pages {
			t.Errorf("asked for %d more: %d pages, %v", op, len(a.Output), code)
		}
	}
	store := w.load(w.pack(applet.Manifest{Name: "store"}, probe{body: storing()}.wasm()))
	if a, code := w.asks(store, 0xFFFC, "abc"); code != 0 || string(a.Output) != "abc" {
		t.Errorf("%q, %v", a.Output, code)
	}
	if a, code := w.asks(store, 1024, "abc"); code != 0 || !bytes.Equal(a.Output, []byte{1, 0, 0}) {
		t.Errorf("%q, %v", a.Output, code)
	}
	if a, code := w.asks(store, 0xFFFC, ""); code != 0 || len(a.Output) != 0 {
		t.Errorf("%q, %v", a.Output, code)
	}
}

func TestAnAppletTellsItsOwnRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.load(w.pack(applet.Manifest{}, probe{body: says()}.wasm()))
	for _, own := range []uint16{1, 42, lastOwn} {
		if a, code := w.asks(id, uint32(-int32(own)), "x"); code != 0 || a.Refused != own || len(a.Output) != 0 {
			t.Errorf("%d: %+v, %v", own, a, code)
		}
	}
}

func TestNothingStaysBetweenRuns(t *testing.T) {
	w := newWorld(t)
	// Answers the byte at 2048, and leaves the input's first one there.
	body := []byte{0x41, 0x80, 0x10, 0x2D, 0, 0, 0x41, 0x80, 0x10, 0x41, 0x80, 0x08, 0x2D, 0, 0, 0x3A, 0, 0}
	id := w.load(w.pack(applet.Manifest{}, probe{body: body}.wasm()))
	for range 3 {
		if a, code := w.asks(id, 0, "\x05"); code != 0 || len(a.Output) != 0 {
			t.Fatalf("%d, %v: something stayed", len(a.Output), code)
		}
	}
}

func TestModulesThatMayNotRunAreNotAdmitted(t *testing.T) {
	w := newWorld(t)
	honest := probe{body: echo()}.wasm()
	for name, module := range map[string][]byte{
		"a system's function":             probe{module: "env", name: "system", body: echo()}.wasm(),
		"a file's function":               probe{module: systemModule, name: "path_open", body: echo()}.wasm(),
		"another function of the element": probe{module: "strongroom", name: "sr_key", body: echo()}.wasm(),
		"more memory than it asked for":   probe{body: echo(), pages: 9}.wasm(),
		"no module":                       []byte("no module"),
		"nothing":                         {},
		"half a module":                   honest[:len(honest)-3],
		"a body that is not valid":        probe{body: []byte{0x42, 0}}.wasm(),
		"a vector":                        probe{body: []byte{0xFD, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1A, 0x20, 1}}.wasm(),
		"a fuel of its own":               probe{body: []byte{0x42, 0x7F, 0x24, 0, 0x20, 1}}.wasm(),
		"a function of the meter":         probe{body: []byte{0x20, 1, 0x10, 3}}.wasm(),
		"a table that grows":              probe{body: []byte{0xD0, 0x70, 0x41, 1, 0xFC, 15, 0, 0x1A, 0x20, 1}}.wasm(),
		"a shared memory":                 bytes.Replace(honest, section(5, 1, 0, 1), section(5, 1, 3, 1, 1), 1),
		"a huge table":                    bytes.Replace(honest, section(4, 1, 0x70, 0, 1), section(4, 1, 0x70, 0, 0xFF, 0xFF, 0xFF, 0x3F), 1),
		"sections in another order":       append(append([]byte(nil), honest...), section(5, 1, 0, 1)...),
		"an export of another kind":       bytes.Replace(honest, append(text("sr_call"), 0, 2), append(text("sr_call"), 0, 1), 1),
	} {
		id := bring(t, w.Platform, w.pack(applet.Manifest{Pages: 8}, module))
		if err := admit(w.Platform, id); code(err) != element.CodeApplet {
			t.Errorf("%s: %v", name, err)
		}
		if _, c := w.asks(id, 0, ""); c != element.CodeNotLoaded {
			t.Errorf("%s runs: %v", name, c)
		}
	}
	w.goesOn(w.load(w.pack(applet.Manifest{Pages: 8}, honest)))
}
