package hostmsg

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Journal is the kernel's journal as a sign-on tells it.
type Journal struct {
	Length uint64
	Head   payment.Digest
}

// SignOn builds an 0800 that signs on, without its MAC. The result has
// hostspec.MACSize bytes of room.
func (ms *Messages) SignOn(t *call.Terms, ksn [12]byte, j Journal, evidence []byte) ([]byte, error) {
	value := append(binary.BigEndian.AppendUint64(nil, j.Length), j.Head[:]...)
	return ms.network(hostspec.NetworkSignOn, t, evidence,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateJournal, Value: value})
}

// Echo is SignOn for an echo, which tells nothing of the journal.
func (ms *Messages) Echo(t *call.Terms, ksn [12]byte) ([]byte, error) {
	return ms.network(hostspec.NetworkEcho, t, nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]})
}

func (ms *Messages) network(kind string, t *call.Terms, evidence []byte, private ...hostspec.Element) ([]byte, error) {
	if err := checkTrace(t); err != nil {
		return nil, err
	}
	m := start(hostspec.MTINetwork, t)
	m.Set(dePrivate, hostspec.AppendPrivate(nil, private...))
	m.SetString(deNetwork, kind)
	for i, part := range hostspec.SplitEvidence(evidence) {
		m.Set(hostspec.EvidenceFields()[i], part)
	}
	return ms.pack(m)
}

// NetworkAnswer reads an 0810 whose MAC was verified. The host's state comes
// with the success of a sign-on; otherwise it is zero.
func (ms *Messages) NetworkAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.SignedOn, error) {
	a, err := ms.answer(frame, hostspec.MTINetworkAnswer, start(hostspec.MTINetworkAnswer, t), ksn)
	if err != nil {
		return call.SignedOn{}, err
	}
	out := call.SignedOn{Response: a.response}
	if a.String(deNetwork) != hostspec.NetworkSignOn || a.code() != hostspec.ResponseApproved {
		out.Refusal = refusal(a)
		return out, checkEcho(a)
	}
	return out, readState(&out, a.private)
}

// checkEcho accepts the answers that bring no state: echoes and refusals.
func checkEcho(a *answer) error {
	switch a.String(deNetwork) {
	case hostspec.NetworkSignOn, hostspec.NetworkEcho:
		return nil
	}
	return call.CodeAnswer
}

// refusal is why the host refused the evidence; none where it says nothing.
func refusal(a *answer) payment.HostRefusal {
	b := hostspec.FindPrivate(a.private, hostspec.PrivateRefusal)
	if len(b) != 1 || !payment.HostRefusal(b[0]).Valid() {
		return 0
	}
	return payment.HostRefusal(b[0])
}

// readState reads all four elements of the host's state; each is needed, since a
// terminal that cannot tell whether it was rolled back must not sell.
func readState(out *call.SignedOn, private []hostspec.Element) error {
	counter := hostspec.FindPrivate(private, hostspec.PrivateTopCounter)
	stan := hostspec.FindPrivate(private, hostspec.PrivateTopSTAN)
	rrn := hostspec.FindPrivate(private, hostspec.PrivateTopRRN)
	journal := hostspec.FindPrivate(private, hostspec.PrivateTopJournal)
	if len(counter) != 4 || len(stan) != 4 || len(rrn) != 8 || len(journal) != 8+len(out.JournalHead) {
		return call.CodeAnswer
	}
	out.TopCounter = binary.BigEndian.Uint32(counter)
	out.TopSTAN = payment.STAN(binary.BigEndian.Uint32(stan))
	out.TopRRN = payment.RRN(binary.BigEndian.Uint64(rrn))
	out.JournalLength = binary.BigEndian.Uint64(journal)
	copy(out.JournalHead[:], journal[8:])
	if !out.TopSTAN.Valid() || !out.TopRRN.Valid() {
		return call.CodeAnswer
	}
	return nil
}
