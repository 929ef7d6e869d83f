package conformance

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

func (w *World) openAccount() any {
	ksn := w.random.ksn(terminalID)
	gcm, err := cipher.NewGCM(w.working(element.SlotTerminalBDK, ksn, (*dukpt.Transaction).DataEncryptionKey))
	if err != nil {
		panic("conformance: " + err.Error())
	}
	data := w.random.bytes(w.random.IntN(177))
	return element.OpenAccount{KSN: ksn, Sealed: gcm.Seal(nil, make([]byte, 12), data, ksn[:])}
}

// message has often few bytes, so that every remainder of a block occurs.
func (s *source) message() []byte {
	if s.oneIn(20) {
		return s.bytes(s.IntN(element.MaxData + 1))
	}
	return s.bytes(s.IntN(80))
}

func (w *World) macVerify() any {
	r := element.MACVerify{KSN: w.random.ksn(terminalID), Data: w.random.message()}
	copy(r.MAC[:], cmac.Sum(nil, w.working(element.SlotTerminalBDK, r.KSN, (*dukpt.Transaction).MACGenerationKey), r.Data))
	return r
}

func (w *World) macGenerate() any {
	return element.MACGenerate{KSN: w.random.ksn(terminalID), Data: w.random.message()}
}

func (w *World) panReference() any { return element.PANReference{PAN: w.random.pan()} }
