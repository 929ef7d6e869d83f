package engine

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/emvac"
)

// Instructions that a script may have (EMV 4.4 Book 3, clause 6.5, and the schemes' own).
const (
	insCardBlock          = 0x16
	insApplicationUnblock = 0x18
	insApplicationBlock   = 0x1E
	insPINUnblock         = 0x24
	insPutData            = 0xDA
	insUpdateRecord       = 0xDC
)

// scriptable reports whether a command is one that the element authenticates:
// secure messaging in its class, a length that fits, and data only where the
// instruction has some. A PIN is never changed here.
func scriptable(header [5]byte, data []byte) bool {
	if int(header[4]) != len(data)+element.MACSize {
		return false
	}
	switch header[1] {
	case insCardBlock, insApplicationUnblock, insApplicationBlock, insPINUnblock:
		return header[0] == 0x84 && header[2] == 0 && header[3] == 0 && len(data) == 0
	case insPutData, insUpdateRecord:
		return header[0] == 0x04 && len(data) > 0
	}
	return false
}

// ScriptMAC authenticates the one command of a script.
func (o *operations) ScriptMAC(r element.ScriptMAC) (m element.MAC, err error) {
	if !scriptable(r.Header, r.Data) {
		return m, element.CodeMalformed
	}
	err = cardKey(o.ring.scripts, r.PAN, r.PSN, func(master *[emvac.KeySize]byte, card cipher.Block) error {
		var session [emvac.KeySize]byte
		defer clear(session[:])
		emvac.MessagingKey(&session, r.Messaging, master, card, r.ATC, r.ARQC)
		m.MAC, err = emvac.ScriptMAC(&session, r.Header, r.ATC, r.ARQC, r.Data)
		return err
	})
	return m, err
}
