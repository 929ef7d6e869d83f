package engine

import (
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/workingkey"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// operations does what the door asks for.
type operations struct{ ring *ring }

func newOperations(r *ring) *operations { return &operations{ring: r} }

// Status tells how many keys are loaded.
func (o *operations) Status(element.Status) (element.Health, error) {
	return element.Health{Ready: o.ring.count > 0, Keys: o.ring.count}, nil
}

// working derives one working key under one of bdks. Every success is followed by
// Release.
func (o *operations) working(bdks map[[4]byte]*workingkey.Base, k element.KSN, u workingkey.Usage) (w workingkey.Working, err error) {
	bdk, ok := bdks[[4]byte(k[:4])]
	if !ok {
		return w, element.CodeKey
	}
	if w, err = o.ring.keys.Derive(bdk, dukpt.KSN(k), u); err != nil {
		return w, element.CodeKey
	}
	return w, nil
}

// OpenAccount opens what a terminal sealed. The nonce is of zeros because the
// key seals one message.
func (o *operations) OpenAccount(r element.OpenAccount) (a element.Account, err error) {
	w, err := o.working(o.ring.terminals, r.KSN, workingkey.DeviceData())
	if err != nil {
		return a, err
	}
	defer w.Release()
	gcm, erase, err := schedule.NewGCM(w.Key()[:], nil)
	if err != nil {
		return a, err
	}
	defer erase()
	a.Data, err = gcm.Open(nil, make([]byte, gcm.NonceSize()), r.Sealed, r.KSN[:])
	if err != nil {
		return a, element.CodeSeal
	}
	return a, nil
}

// MACVerify verifies what a terminal authenticated.
func (o *operations) MACVerify(r element.MACVerify) (v element.Verified, err error) {
	w, err := o.working(o.ring.terminals, r.KSN, workingkey.DeviceMAC())
	if err != nil {
		return v, err
	}
	defer w.Release()
	if !w.MAC().Verify(w.Cipher(), r.MAC[:], r.Data) {
		return v, element.CodeSeal
	}
	return v, nil
}

// MACGenerate authenticates an answer to a terminal.
func (o *operations) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	w, err := o.working(o.ring.terminals, r.KSN, workingkey.AnswerMAC())
	if err != nil {
		return m, err
	}
	defer w.Release()
	var tag [16]byte
	copy(m.MAC[:], w.MAC().Sum(tag[:0], w.Cipher(), r.Data))
	return m, nil
}
