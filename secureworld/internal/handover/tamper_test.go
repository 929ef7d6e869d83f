package handover

import (
	"reflect"
	"testing"
)

func TestAReasonOfTamperingIsPassedOnAndNoneIsRefused(t *testing.T) {
	for b := range 256 {
		p := []byte{version, byte(TypeTamper), byte(b)}
		m, err := Parse(p)
		if valid := Tampering(b).Valid(); valid != (err == nil) || valid && !reflect.DeepEqual(m, Tamper{Tampering(b)}) {
			t.Errorf("reason %d: %v, %v", b, m, err)
		}
	}
}

func TestTamperingIsToldOnceAndNotBeforeTheKernelIsConfined(t *testing.T) {
	for _, state := range []State{Provisioning, Starting, Serving} {
		s := session{state: state}
		if err := s.step(TypeTamper); err != nil || s.state != state {
			t.Errorf("state %d: %v, then %d", state, err, s.state)
		}
		if s.step(TypeTamper) == nil {
			t.Errorf("state %d: told twice", state)
		}
	}
	if s := (session{}); s.step(TypeTamper) == nil {
		t.Error("told to a kernel that is not confined")
	}
}
