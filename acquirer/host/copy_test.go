package host_test

import (
	"encoding/binary"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// An older copy of a terminal signs on under a KSN that the original has used: it is
// told that this counter was seen. An echo under it stays unanswered.
func TestASignOnUnderAUsedKSNIsToldThatItsCounterWasSeen(t *testing.T) {
	b := newBench(t)
	k := b.terminal.NextKeys(t)
	private := hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: k.KSN[:]})
	echo := b.terminal.Network(t, hostspec.NetworkEcho, nil).Fields
	echo.Set(48, private)
	b.wants(b.terminal.Authenticate(t, echo, k), hostspec.ResponseApproved)
	signOn := b.terminal.Network(t, hostspec.NetworkSignOn, nil).Fields
	signOn.Set(48, private)
	for range 2 { // nothing is recorded: it is told each time
		answer := b.wants(b.terminal.Authenticate(t, signOn, k), hostspec.ResponseApproved)
		raw, _ := answer.Get(48)
		elements, err := hostspec.ParsePrivate(raw)
		if err != nil {
			t.Fatal(err)
		}
		top := binary.BigEndian.Uint32(hostspec.FindPrivate(elements, hostspec.PrivateTopCounter))
		if top < binary.BigEndian.Uint32(k.KSN[8:]) {
			t.Errorf("told %d", top)
		}
	}
	echo.SetString(7, "0102030406")
	b.refuses(b.terminal.Authenticate(t, echo, k), host.RefusalKSN)
}
