package metered

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// counted has exported functions "count" (turns a loop n times, an inner one twice each
// time), "fill" (n bytes), and "twice" (calls one that adds).
func counted(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "counted.wasm"))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// run calls a function of a rewritten module and returns the result and the fuel that was
// used.
func run(t *testing.T, fuel uint64, name string, argument uint64) (result, used uint64, err error) {
	t.Helper()
	m, err := Rewrite(counted(t), 1, fuel)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx) //nolint:errcheck // a test
	module, err := r.Instantiate(ctx, m.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	results, err := module.ExportedFunction(name).Call(ctx, argument)
	left, ok := module.ExportedGlobal(Export).(api.MutableGlobal)
	if !ok {
		t.Fatal("no fuel")
	}
	if err == nil {
		result = results[0]
	}
	return result, fuel - left.Get(), err
}

func TestARewrittenModuleAnswersAsBefore(t *testing.T) {
	for name, want := range map[string]uint64{"count": 2 * 7, "fill": 7, "twice": 7 + 2} {
		if got, _, err := run(t, 1<<20, name, 7); err != nil || got != want {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

func TestWhatAModuleDoesHasItsPrice(t *testing.T) {
	used := func(name string, n uint64) uint64 {
		_, u, err := run(t, 1<<30, name, n)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	// Each turn costs the same, and a range costs by its length.
	first := used("count", 2) - used("count", 1)
	if first == 0 || used("count", 1001)-used("count", 1) != 1000*first {
		t.Errorf("a turn costs %d, 1000 cost %d", first, used("count", 1001)-used("count", 1))
	}
	if got := used("fill", 8*1000) - used("fill", 0); got != 1000 {
		t.Errorf("8000 bytes cost %d", got)
	}
	if used("twice", 1) != used("twice", 99) || used("twice", 1) == 0 {
		t.Error("the same instructions have two prices")
	}
}

func TestFuelEndsAtTheSamePlace(t *testing.T) {
	_, need, err := run(t, 1<<30, "count", 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := run(t, need, "count", 10); err != nil {
		t.Errorf("with just enough: %v", err)
	}
	for _, fuel := range []uint64{0, 1, need / 2, need - 1} {
		if _, _, err := run(t, fuel, "count", 10); err == nil {
			t.Errorf("%d of %d was enough", fuel, need)
		}
	}
	if _, _, err := run(t, 1000, "fill", 8*1001); err == nil {
		t.Error("a range for nothing")
	}
}

func TestImportsAreTold(t *testing.T) {
	m, err := Rewrite(counted(t), 1, 1)
	if err != nil || len(m.Imports) != 0 {
		t.Errorf("%v, %v", m.Imports, err)
	}
}

func TestNoPartOfAModuleIsAModule(t *testing.T) {
	whole := counted(t)
	sections := 0
	for n := range whole {
		if _, err := Rewrite(whole[:n], 1, 1); err == nil {
			sections++ // between two sections it is a module of fewer
		} else if !errors.Is(err, ErrModule) {
			t.Fatal(err)
		}
	}
	if sections > 10 {
		t.Errorf("%d parts were taken", sections)
	}
}

// FuzzRewrite holds that no bytes panic, and that what is valid stays valid.
func FuzzRewrite(f *testing.F) {
	f.Add(counted(f))
	f.Add(head())
	ctx := context.Background()
	config := wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(4)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Rewrite(b, 4, 1000)
		if err != nil {
			return
		}
		r := wazero.NewRuntimeWithConfig(ctx, config)
		defer r.Close(ctx) //nolint:errcheck // a test
		if _, err := r.CompileModule(ctx, b); err != nil {
			return
		}
		if _, err := r.CompileModule(ctx, m.Wasm); err != nil {
			t.Fatalf("%x was valid and is no more: %v", b, err)
		}
	})
}
