package host

import (
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// request is a message whose terminal and key are known.
type request struct {
	session  *Session
	message  *codec.Message
	terminal terminal
	ksn      element.KSN
	private  []hostspec.Element
	digest   [sha256.Size]byte // of the whole frame, to know an identical repeat
	fault    string            // DE 39 that the fields alone decide, or empty
	kind     kind
	terms

	byHand    bool // a person brought the message, not its terminal
	transient bool // the answer is not one for ever: the message is to be sent again
}

// open reads a frame that a terminal sent, and finds out who claims to have. Nothing
// in it is authentic yet.
func (h *Host) open(identity string, frame []byte) (*request, error) {
	q, err := h.read(frame)
	if err != nil {
		return nil, err
	}
	if pad(identity, 8) != q.terminal.id {
		return nil, RefusalTerminal
	}
	if !h.keys.opens(q.terminal.id, [8]byte(q.ksn[:8])) {
		return nil, RefusalKey
	}
	permit, _ := hostspec.PermitOf(q.message.MTI)
	q.judgeFields(permit)
	return q, nil
}

// read finds a frame's terminal, whoever brought it.
func (h *Host) read(frame []byte) (*request, error) {
	m, err := h.codec.Unpack(frame)
	if err != nil {
		return nil, RefusalMalformed
	}
	if _, ok := hostspec.PermitOf(m.MTI); !ok {
		return nil, RefusalMessageType
	}
	t, known := h.terminals[m.String(41)]
	if !known {
		return nil, RefusalTerminal
	}
	q := &request{message: m, terminal: t, digest: sha256.Sum256(frame)}
	if err := q.readKSN(); err != nil {
		return nil, err
	}
	return q, nil
}

// judgeFields finds out what the message is, or what is wrong with it.
func (q *request) judgeFields(p hostspec.Permit) {
	if q.fault = q.checkFields(p); q.fault != "" {
		return
	}
	if q.kind, q.fault = q.classify(); q.fault == "" {
		q.terms, q.fault = q.readTerms()
	}
}

// readKSN reads DE 48.
func (q *request) readKSN() error {
	raw, _ := q.message.Get(48)
	private, err := hostspec.ParsePrivate(raw)
	if err != nil {
		return RefusalMalformed
	}
	ksn, err := dukpt.ParseKSN(hostspec.FindPrivate(private, hostspec.PrivateKSN))
	if err != nil {
		return RefusalKey
	}
	q.private, q.ksn = private, element.KSN(ksn)
	return nil
}

// checkFields holds the message to its permit and to what is registered.
func (q *request) checkFields(p hostspec.Permit) string {
	if !p.Allows(q.message.Has) {
		return hostspec.ResponseFormatError
	}
	for number, want := range map[int]string{42: q.terminal.merchant, 49: q.terminal.currency} {
		if q.message.Has(number) && q.message.String(number) != want {
			return hostspec.ResponseNotPermitted
		}
	}
	return ""
}

// key names the message among those of its terminal: the same key is the same
// message, whatever its KSN.
func (q *request) key() messageKey {
	class := hostspec.ClassOf([2]byte{(q.message.MTI[0]-'0')<<4 | (q.message.MTI[1] - '0'), (q.message.MTI[2]-'0')<<4 | (q.message.MTI[3] - '0')})
	return messageKey{class: int(class[0])<<8 | int(class[1]), paymentKey: q.payment()}
}

// payment names the payment that the message is about; a reversal has its
// original's numbers.
func (q *request) payment() paymentKey {
	m := q.message
	return paymentKey{terminal: q.terminal.id, stan: m.String(11), date: m.String(13), rrn: m.String(37)}
}

// answer starts the answer to q: the echoed fields, the KSN and the response.
func (q *request) answer(p hostspec.Permit, response string) *codec.Message {
	a := codec.NewMessage(p.Answer)
	for _, number := range hostspec.Echoed() {
		if v, ok := q.message.Get(number); ok {
			a.Set(number, v)
		}
	}
	a.SetString(39, response)
	a.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.ksn[:]}))
	return a
}
