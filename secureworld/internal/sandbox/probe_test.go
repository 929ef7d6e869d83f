package sandbox

import "testing"

// The control of every self-test: where nothing is denied, Probe must say so.
func TestProbeFindsNothingDeniedOutsideASandbox(t *testing.T) {
	tried, denied := Probe()
	if tried != AllDenials {
		t.Errorf("tried %b", tried)
	}
	for d := Denial(0); d < denials; d++ {
		if denied&(1<<d) != 0 {
			t.Errorf("%s is called denied", d)
		}
	}
}

func TestEnterRefusesRootWithoutAUserOfItsOwn(t *testing.T) {
	if !isRoot() {
		t.Fatal("this test needs root")
	}
	if _, err := Enter(Config{}); err == nil {
		t.Fatal("root entered as root")
	}
}

func TestFilterKillsForeignCallsWhateverElseItDoes(t *testing.T) {
	f := filter(0)
	if len(f) > 4096 || f[2].K == 0 || f[5].K != f[2].K {
		t.Fatalf("%d instructions, %x and %x", len(f), f[2].K, f[5].K)
	}
}

func TestEveryLayerAndDenialHasAName(t *testing.T) {
	if names := Names(1<<layers - 1); len(names) != int(layers) || Layer(99).String() != "layer 99" {
		t.Errorf("%q", names)
	}
	seen := map[string]bool{}
	for d := Denial(0); d < denials; d++ {
		if seen[d.String()] || d.String() == "" {
			t.Errorf("denial %d has no name of its own", d)
		}
		seen[d.String()] = true
	}
}
