package compiled

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
)

// answering is a module whose function f answers a number below 64 (WebAssembly core
// specification, 5: magic, version, then sections for type, function, export, code).
func answering(n byte) []byte {
	return []byte{
		0, 'a', 's', 'm', 1, 0, 0, 0,
		1, 5, 1, 0x60, 0, 1, 0x7f,
		3, 2, 1, 0,
		7, 5, 1, 1, 'f', 0, 0,
		10, 6, 1, 4, 0, 0x41, n, 0x0b,
	}
}

// run compiles a module by a shelf and asks it.
func run(t *testing.T, s *Shelf, wasm []byte) uint64 {
	t.Helper()
	cache, err := s.Cache()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCompilationCache(cache))
	defer func() { _ = errors.Join(r.Close(ctx), cache.Close(ctx)) }()
	m, err := r.Instantiate(ctx, wasm)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.ExportedFunction("f").Call(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func bundle(t *testing.T, s *Shelf) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := s.WriteTo(&b); err != nil || int(n) != b.Len() {
		t.Fatalf("%d, %v", n, err)
	}
	return b.Bytes()
}

func shelf(t *testing.T, given []byte) *Shelf {
	t.Helper()
	s, err := New(given)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatOneStartCompiledTheNextOneFinds(t *testing.T) {
	first := shelf(t, nil)
	if got := run(t, first, answering(7)); got != 7 || !first.Changed() || first.Given() {
		t.Fatalf("it answers %d, changed %v, given %v", got, first.Changed(), first.Given())
	}
	kept := bundle(t, first)
	next := shelf(t, kept)
	if got := run(t, next, answering(7)); got != 7 || next.Changed() || !next.Given() {
		t.Errorf("it answers %d, changed %v, given %v", got, next.Changed(), next.Given())
	}
	if again := bundle(t, next); !bytes.Equal(again, kept) {
		t.Error("what was found is not handed on as it was")
	}
}

// TestTheCodeThatWasGivenIsWhatRuns is the positive control: were the code compiled
// anew each time, all other tests would pass as well.
func TestTheCodeThatWasGivenIsWhatRuns(t *testing.T) {
	first := shelf(t, nil)
	run(t, first, answering(7))
	other := shelf(t, nil)
	run(t, other, answering(9))
	mine, theirs := only(t, bundle(t, first)), only(t, bundle(t, other))
	mine.code = theirs.code
	var forged bytes.Buffer
	if _, err := write(&forged, []module{mine}); err != nil {
		t.Fatal(err)
	}
	if got := run(t, shelf(t, forged.Bytes()), answering(7)); got != 9 {
		t.Errorf("it answers %d: the shelf is not asked", got)
	}
}

func only(t *testing.T, b []byte) module {
	t.Helper()
	all, err := parse(b)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d modules, %v", len(all), err)
	}
	return all[0]
}

func TestAnotherModuleIsCompiledAndTheOldOneIsNotKept(t *testing.T) {
	first := shelf(t, nil)
	run(t, first, answering(7))
	next := shelf(t, bundle(t, first))
	if got := run(t, next, answering(8)); got != 8 || !next.Changed() {
		t.Errorf("it answers %d, changed %v", got, next.Changed())
	}
	if only(t, bundle(t, next)).key == only(t, bundle(t, first)).key {
		t.Error("what nobody used is handed on")
	}
}

func TestCodeOfAnotherVersionIsCompiledAnew(t *testing.T) {
	first := shelf(t, nil)
	run(t, first, answering(7))
	old := only(t, bundle(t, first))
	old.code = bytes.Clone(old.code)
	const at = 7 // WAZEVO, length, version
	old.code[at]++
	var b bytes.Buffer
	if _, err := write(&b, []module{old}); err != nil {
		t.Fatal(err)
	}
	next := shelf(t, b.Bytes())
	if got := run(t, next, answering(7)); got != 7 || !next.Changed() {
		t.Errorf("it answers %d, changed %v", got, next.Changed())
	}
}

func TestMalformedBytesAreAnEmptyShelf(t *testing.T) {
	one := module{key: key{1}, code: []byte("code")}
	for name, all := range map[string][]module{"a key twice": {one, one}, "not in order": {{key: key{2}}, one}} {
		var b bytes.Buffer
		if _, err := write(&b, all); err != nil {
			t.Fatal(err)
		}
		if s, err := New(b.Bytes()); !errors.Is(err, ErrMalformed) || s.Given() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"short": {version}, "another version": {2, 0}, "too many": {version, maxModules + 1}, "cut": append([]byte{version, 1}, make([]byte, moduleSize-1)...)} {
		if s, err := New(b); !errors.Is(err, ErrMalformed) || s.Given() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCanonicalShelf(f *testing.F) {
	var b bytes.Buffer
	_, _ = write(&b, []module{{key{1}, []byte("a")}, {key{2}, nil}})
	f.Add(b.Bytes())
	f.Add([]byte{version, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := parse(b)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if _, err := write(&again, all); err != nil || !bytes.Equal(again.Bytes(), b) {
			t.Errorf("%x becomes %x, %v", b, again.Bytes(), err)
		}
	})
}
