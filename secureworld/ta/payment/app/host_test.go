package app_test

import (
	"bytes"
	"strings"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// received is a message as the acquirer sees it, its MAC verified under the KSN
// that it names.
type received struct {
	*codec.Message
	private []hostspec.Element
}

func (l *lane) receive(message []byte) received {
	l.t.Helper()
	m, err := codec.New().Unpack(message)
	if err != nil {
		l.t.Fatal(err)
	}
	value, _ := m.Get(48)
	private, err := hostspec.ParsePrivate(value)
	if err != nil {
		l.t.Fatal(err)
	}
	r := received{m, private}
	body, mac := codec.Split(message)
	key := l.key(l.hostKey, r.ksn(), (*dukpt.Transaction).MACGenerationKey)
	if !cmac.Verify(block(key), mac, body) {
		l.t.Fatal("the MAC does not verify under the message's own KSN")
	}
	return r
}

func (r received) element(tag byte) []byte { return hostspec.FindPrivate(r.private, tag) }

func (r received) ksn() [12]byte { return [12]byte(r.element(hostspec.PrivateKSN)) }

// account opens the sealed account data.
func (l *lane) account(r received) []byte {
	l.t.Helper()
	ksn := r.ksn()
	key := l.key(l.hostKey, ksn, (*dukpt.Transaction).DataEncryptionKey)
	out, err := gcm(key).Open(nil, make([]byte, 12), r.element(hostspec.PrivateAccount), ksn[:])
	if err != nil {
		l.t.Fatal("the account data do not open")
	}
	return out
}

// answer is what a host makes of a request, changed by the test.
type answer struct {
	*codec.Message
	ksn     [12]byte // of DE 48
	macKSN  [12]byte // under which it is authenticated
	private []hostspec.Element
	badMAC  bool
}

// replyTo repeats what an answer repeats.
func (l *lane) replyTo(message []byte, mti, code string) *answer {
	l.t.Helper()
	q := l.receive(message)
	a := &answer{Message: codec.NewMessage(mti), ksn: q.ksn(), macKSN: q.ksn()}
	for _, number := range []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 49, 70} {
		if v, there := q.Get(number); there {
			a.Set(number, bytes.Clone(v))
		}
	}
	a.SetString(39, code)
	return a
}

// approval is the answer of an issuer that says yes.
func (l *lane) approval(request []byte) *answer {
	l.t.Helper()
	a := l.replyTo(request, hostspec.MTIRequestAnswer, "00")
	a.SetString(38, "A1B2C3")
	a.Set(55, []byte(issuerData()))
	return a
}

func issuerData() string {
	return "\x8A\x0200" + "\x91\x0A" + strings.Repeat("\xAB", 10) +
		"\x71\x0F\x9F\x18\x04\x00\x00\x00\x01\x86\x06\x84\x1E\x00\x00\x01\xAA" + "\xDF\x01\x01\x00" +
		"\x72\x04\x86\x02\x00\x01"
}

// pack authenticates the answer as the host does.
func (l *lane) pack(a *answer) []byte {
	l.t.Helper()
	elements := append([]hostspec.Element{{Tag: hostspec.PrivateKSN, Value: a.ksn[:]}}, a.private...)
	a.Set(48, hostspec.AppendPrivate(nil, elements...))
	b, err := codec.New().Pack(a.Message)
	if err != nil {
		l.t.Fatal(err)
	}
	body, mac := codec.Split(b)
	key := l.key(l.hostKey, a.macKSN, (*dukpt.Transaction).MACVerificationKey)
	copy(mac, cmac.Sum(nil, block(key), body))
	if a.badMAC {
		mac[0] ^= 1
	}
	return b
}
