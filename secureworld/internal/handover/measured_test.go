package handover

import "testing"

func TestWhatIsMeasuredAgainIsToldWhileTheKernelServesUntilTheConnectionCloses(t *testing.T) {
	b, l := ends(t)
	provide(t, b)
	if _, err := l.Provisions(); err != nil {
		t.Fatal(err)
	}
	if err := l.Ready(0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(); err != nil {
		t.Fatal(err)
	}
	told := make(chan Measured, 1)
	l.OnMeasured(func(m Measured) { told <- m })
	done := make(chan error, 1)
	go func() { done <- l.Serve(func() bool { return true }) }()
	want := Measured{ID: 9, Verdict: VerdictTraced, Digest: [32]byte{4}}
	send(t, b, want, nil)
	if got := <-told; got != want {
		t.Errorf("%+v", got)
	}
	if err := l.Closed(9); err != nil {
		t.Fatal(err)
	}
	if m, err := b.Receive(); err != nil || m != (Closed{9}) {
		t.Errorf("%v, %v", m, err)
	}
	b.Close()
	<-done
}

func TestAVerdictThatThereIsNotIsRefused(t *testing.T) {
	for _, v := range []Verdict{0, VerdictEnded + 1, 255} {
		p, err := Encode(Measured{ID: 1, Verdict: v})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(p); err == nil {
			t.Errorf("%d is accepted", v)
		}
	}
	for v := VerdictUnchanged; v.Valid(); v++ {
		if v.String() == (VerdictEnded + 1).String() {
			t.Error("a verdict has no word")
		}
	}
}

func TestNothingIsMeasuredBeforeTheKernelServes(t *testing.T) {
	for _, state := range []State{Confining, Provisioning, Starting} {
		for _, kind := range []Type{TypeMeasured, TypeClosed} {
			s := session{state: state}
			if s.step(kind) == nil {
				t.Errorf("%x in state %d", kind, state)
			}
		}
	}
}
