//go:build linux

package attacks

import (
	"encoding/binary"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// slow are kinds whose answer takes milliseconds, for the disk or for a private key:
// one frame in many, or ten million would take days.
func slow(kind byte) bool {
	switch kind {
	case mailbox.KindGenerate, mailbox.KindCertify, mailbox.KindPutCertificate, mailbox.KindDeleteCertificate, mailbox.KindPutData,
		mailbox.KindDeleteData, mailbox.KindDelete, mailbox.KindAttest, mailbox.KindProve, mailbox.KindStart, mailbox.KindCancel, mailbox.KindInvoke, mailbox.KindKeys, mailbox.KindSettle:
		return true
	}
	return false
}

const oneSlowIn = 200

// frame makes one: a message in order with some of it changed, a known kind with
// anything in it, or anything at all.
func (f *fuzzer) frame() (kind byte, body []byte) {
	if f.random.IntN(10) == 0 {
		kind = byte(f.random.Uint32())
		if kind == mailbox.KindEvents || slow(kind) {
			kind = 0
		}
		return kind, f.noise(f.length())
	}
	kind = f.kind()
	if f.random.IntN(4) == 0 && kind != mailbox.KindEvents {
		return kind, f.noise(f.length())
	}
	body, err := frame.Append(nil, f.template(kind))
	if err != nil {
		panic(err) // a template over its own limits
	}
	return kind, f.changed(kind, body)
}

func (f *fuzzer) kind() byte {
	if f.kinds == nil {
		for kind := range questions() {
			f.kinds = append(f.kinds, kind)
		}
		slices.Sort(f.kinds) // the same seed, the same frames
	}
	for {
		kind := f.kinds[f.random.IntN(len(f.kinds))]
		if !slow(kind) || f.random.IntN(oneSlowIn) == 0 {
			return kind
		}
	}
}

// template is a message with random contents that fit.
func (f *fuzzer) template(kind byte) any {
	handle := f.random.Uint32N(16)
	if len(f.handles) > 0 && handle != 0 {
		handle = f.handles[int(handle)%len(f.handles)]
	}
	some := func(n int) []byte { return f.noise(f.random.IntN(n + 1)) }
	name := []byte{'n', byte('a' + f.random.IntN(8))}
	algorithm := mailbox.KeyAlgorithm(f.random.IntN(30))
	switch kind {
	case mailbox.KindStart:
		s := start()
		s.ID[0] = byte(f.random.IntN(4))
		s.TimeoutSeconds = 1
		return s
	case mailbox.KindGenerate:
		if a := algorithm; a >= mailbox.AlgorithmRSA2048PSS && a <= mailbox.AlgorithmRSA3072OAEP {
			algorithm = mailbox.AlgorithmEd25519 // drawing primes takes a second
		}
		return mailbox.Generate{Algorithm: algorithm, Usage: mailbox.KeyUsage(1 << f.random.IntN(5)), Label: some(4)}
	case mailbox.KindFind:
		return mailbox.Find{Label: some(32)}
	case mailbox.KindSign:
		return mailbox.Sign{Handle: handle, Message: some(64)}
	case mailbox.KindMAC:
		return mailbox.MAC{Handle: handle, Message: some(64)}
	case mailbox.KindSeal:
		return mailbox.Seal{Handle: handle, Plaintext: some(64), Extra: some(8)}
	case mailbox.KindOpen:
		return mailbox.Open{Handle: handle, Sealed: some(96), Extra: some(8)}
	case mailbox.KindPutCertificate:
		return mailbox.PutCertificate{Name: name, Trusted: handle%2 == 0, DER: some(256)}
	case mailbox.KindGetCertificate:
		return mailbox.GetCertificate{Name: name}
	case mailbox.KindVerifyWith:
		return mailbox.VerifyWith{Name: name, Algorithm: algorithm, Message: some(64), Signature: some(64)}
	case mailbox.KindEncryptWith:
		return mailbox.EncryptWith{Name: name, Algorithm: algorithm, Plaintext: some(64), Extra: some(8)}
	case mailbox.KindPutData:
		return mailbox.PutData{Name: name, Value: some(128)}
	case mailbox.KindGetData:
		return mailbox.GetData{Name: name}
	case mailbox.KindDeleteData:
		return mailbox.DeleteData{Name: name}
	case mailbox.KindInvoke:
		return mailbox.Invoke{Application: [][]byte{[]byte("payment"), name, nil}[f.random.IntN(3)], Operation: f.random.Uint32(), Request: some(64)}
	}
	return questions()[kind].inOrder()
}

// changed flips bits, cuts or lengthens, or does nothing.
func (f *fuzzer) changed(kind byte, body []byte) []byte {
	switch how := f.random.IntN(8); {
	case len(body) == 0 || how < 2:
	case how < 6:
		for range 1 + f.random.IntN(3) {
			body[f.random.IntN(len(body))] ^= 1 << f.random.IntN(8)
		}
	case how == 6:
		body = body[:f.random.IntN(len(body))]
	default:
		body = append(body, f.noise(1+f.random.IntN(4))...)
	}
	if kind == mailbox.KindEvents && len(body) >= 2 {
		binary.BigEndian.PutUint16(body[len(body)-2:], 0) // waits for nothing
	}
	if kind == mailbox.KindGenerate && len(body) > 2 {
		body[2] = 0 // what outlives the session is for PutData
		if a := mailbox.KeyAlgorithm(body[0]); a >= mailbox.AlgorithmRSA2048PSS && a <= mailbox.AlgorithmRSA3072OAEP {
			body[0] = 0
		}
	}
	return body
}

// length is short as a rule, and now and then as long as the door permits.
func (f *fuzzer) length() int {
	if f.random.IntN(500) == 0 {
		return f.random.IntN(mailbox.MaxBody + 1)
	}
	return f.random.IntN(48)
}

func (f *fuzzer) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(f.random.Uint32())
	}
	return b
}
