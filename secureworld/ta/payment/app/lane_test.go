package app_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// lane holds what reader, kernel, PIN pad and acquirer share, and stands in for
// the kernel: it does the real cryptography in place, and refuses what the door's
// permit table does not list for the running operation.
type lane struct {
	t *testing.T

	readerKey, hostKey, panKey, tokenKey, keyedKey [32]byte
	reader                                         orderauth.DeviceID
	order                                          [32]byte
	pinOrder                                       pinentry.OrderID
	pad                                            orderauth.DeviceID

	terms       call.Terms
	request     [12]byte // KSNs of the host link
	reversal    [12]byte
	repeat      [12]byte
	envelopeKSN map[uint32][12]byte // by host function
	authority   call.CAKeyQuestion  // the one key of the signed parameters
	caAnswer    call.CAKeyAnswer

	app   *app.App
	op    uint32                                          // that runs
	asked []uint32                                        // host functions, in order
	fault map[uint32]func(buf []byte) (int, error)        // in place of the function
	seen  map[uint32][]byte                               // the memory that a function worked on
	after func(fn uint32, buf []byte, n int) (int, error) // changes a result
}

func newLane(t *testing.T) *lane {
	t.Helper()
	l := &lane{t: t, reader: orderauth.DeviceID{1, 2, 3}, pad: orderauth.DeviceID{9},
		envelopeKSN: map[uint32][12]byte{}, seen: map[uint32][]byte{}, fault: map[uint32]func([]byte) (int, error){}}
	for _, b := range [][]byte{l.readerKey[:], l.hostKey[:], l.panKey[:], l.tokenKey[:], l.keyedKey[:], l.order[:], l.pinOrder[:]} {
		_, _ = rand.Read(b)
	}
	l.request, l.reversal, l.repeat = hostKSN(1), hostKSN(2), hostKSN(3)
	l.terms = saleTerms()
	l.app = app.New(l)
	return l
}

func hostKSN(counter byte) [12]byte { return [12]byte{'H', 'O', 'S', 'T', 0, 0, 0, 1, 11: counter} }

func saleTerms() call.Terms {
	return call.Terms{Type: payment.TypeSale, Amount: 1234, Currency: payment.EUR,
		Date: [3]byte{0x26, 0x11, 0x21}, Time: [3]byte{0x09, 0x58, 0x07},
		Transmission: [5]byte{0x11, 0x21, 0x08, 0x58, 0x07}, Unpredictable: [4]byte{0xDE, 0xAD, 0xBE, 0xEF},
		STAN: 42, RRN: 777, Batch: 3, TerminalID: payment.TerminalID([]byte("TERM0001")),
		MerchantID: payment.MerchantID([]byte("MERCHANT0000001"))}
}

// call runs one operation and gives its answer or its code.
func (l *lane) call(op uint32, question, answer any) call.Code {
	l.t.Helper()
	request, err := frame.Append(nil, question)
	if err != nil {
		l.t.Fatal(err)
	}
	out := make([]byte, 8192)
	l.op = op
	n, code := l.app.Handle(op, request, out)
	if code < 0 {
		if n != 0 || slices.ContainsFunc(out, func(b byte) bool { return b != 0 }) {
			l.t.Fatal("a refusal left bytes in the answer")
		}
		return call.Code(code)
	}
	if err := frame.Parse(out[:n], answer); err != nil {
		l.t.Fatalf("answer does not fit its layout: %v", err)
	}
	return 0
}

// permitted is the door's table (package call).
func permitted(op, fn uint32) bool {
	switch op {
	case call.OpPreparePIN:
		return fn == call.HostOpenVerify || fn == call.HostSealPAN
	case call.OpAuthorise:
		return fn == call.HostOpenOnline || fn >= call.HostSealAccount && fn <= call.HostMACRepeat || fn >= call.HostCardNames
	case call.OpComplete:
		return fn == call.HostSealAccount || fn == call.HostSealRepeat || fn == call.HostMACReversal || fn == call.HostMACRepeat
	case call.OpFollow:
		return fn >= call.HostMACRequest && fn <= call.HostMACRepeat
	case call.OpNetwork, call.OpAdvice, call.OpSettle, call.OpItems:
		return fn == call.HostMACRequest
	case call.OpVerifyChain:
		return fn == call.HostOpenChain || fn == call.HostCAKey
	case call.OpAuthoriseKey:
		return fn == call.HostOpenKeyed || fn >= call.HostSealAccount && fn <= call.HostMACRepeat || fn >= call.HostCardNames
	}
	return fn == call.HostCheck
}

// Do is the kernel's end.
func (l *lane) Do(fn uint32, buf []byte) (int, error) {
	l.asked = append(l.asked, fn)
	l.seen[fn] = buf[:cap(buf)]
	if !permitted(l.op, fn) {
		return 0, call.CodeNotPermitted
	}
	if f := l.fault[fn]; f != nil {
		return f(buf)
	}
	n, err := l.do(fn, buf)
	if err == nil && l.after != nil {
		return l.after(fn, buf, n)
	}
	return n, err
}

func (l *lane) do(fn uint32, buf []byte) (int, error) {
	switch fn {
	case call.HostOpenVerify:
		return l.open(buf, l.envelopeKSN[fn], sred.NumberVerify)
	case call.HostOpenOnline:
		return l.open(buf, l.envelopeKSN[fn], sred.NumberOnline)
	case call.HostSealPAN:
		out := gcm(l.panKey[:]).Seal(buf[:0], pinentry.PANNonce(uint64(l.terms.RRN)), buf, pinentry.PANAAD(l.pinOrder, l.pad))
		return len(out), nil
	case call.HostSealAccount:
		if l.op == call.OpComplete {
			return l.sealed(buf, l.reversal), nil
		}
		return l.sealed(buf, l.request), nil
	case call.HostSealRepeat:
		return l.sealed(buf, l.repeat), nil
	case call.HostCardNames, call.HostCardNamed:
		return 0, nil // no application is told of cards
	case call.HostTokenKey:
		return copy(buf[:cap(buf)], l.tokenKey[:]), nil
	case call.HostMACRequest:
		return l.mac(buf, l.request), nil
	case call.HostMACReversal:
		return l.mac(buf, l.reversal), nil
	case call.HostMACRepeat:
		return l.mac(buf, l.repeat), nil
	case call.HostOpenChain:
		return l.open(buf, l.envelopeKSN[fn], sred.NumberChain)
	case call.HostCAKey:
		return l.caKey(buf)
	case call.HostOpenKeyed:
		out, err := gcm(l.keyedKey[:]).Open(buf[:0], pinentry.KeyedNonce(uint64(l.terms.RRN)), buf, pinentry.PANAAD(l.pinOrder, l.pad))
		if err != nil {
			return 0, call.CodeEnvelope
		}
		return len(out), nil
	}
	return 0, l.check(buf)
}

func (l *lane) sealed(buf []byte, ksn [12]byte) int {
	key := l.key(l.hostKey, ksn, (*dukpt.Transaction).DataEncryptionKey)
	return len(gcm(key).Seal(buf[:0], make([]byte, 12), buf, ksn[:]))
}

// caKey looks a key up in what stands for the signed parameters.
func (l *lane) caKey(buf []byte) (int, error) {
	var q call.CAKeyQuestion
	if frame.Parse(buf, &q) != nil {
		return 0, call.CodeMalformed
	}
	if q != l.authority {
		return 0, call.CodeKey
	}
	out, err := frame.Append(nil, l.caAnswer)
	if err != nil || len(out) > cap(buf) {
		return 0, call.CodeInternal
	}
	return copy(buf[:cap(buf)], out), nil
}

func (l *lane) open(buf []byte, ksn [12]byte, number uint8) (int, error) {
	key := l.key(l.readerKey, ksn, (*dukpt.Transaction).DataEncryptionKey)
	out, err := gcm(key).Open(buf[:0], sred.Nonce(), buf, sred.AAD(l.order, l.reader, ksn, number))
	if err != nil {
		return 0, call.CodeEnvelope
	}
	return len(out), nil
}

func (l *lane) mac(buf []byte, ksn [12]byte) int {
	key := l.key(l.hostKey, ksn, (*dukpt.Transaction).MACGenerationKey)
	return len(append(buf, cmac.Sum(nil, block(key), buf)[:hostspec.MACSize]...))
}

// check accepts an answer under any KSN of this lane: that it is the right one
// is then the application's to say.
func (l *lane) check(buf []byte) error {
	n := len(buf) - hostspec.MACSize
	for _, ksn := range [][12]byte{l.request, l.reversal, l.repeat} {
		key := l.key(l.hostKey, ksn, (*dukpt.Transaction).MACVerificationKey)
		if cmac.Verify(block(key), buf[n:], buf[:n]) {
			return nil
		}
	}
	return call.CodeMAC
}

// key derives a working key of a transaction, as either end would.
func (l *lane) key(initial [32]byte, ksn [12]byte, usage func(*dukpt.Transaction, []byte, dukpt.KeyType) error) []byte {
	l.t.Helper()
	tx, err := receiver.Transaction(initial[:], dukpt.AES256, dukpt.KSN(ksn), make([]byte, dukpt.RoomTransaction))
	if err != nil {
		l.t.Fatal(err)
	}
	key := make([]byte, 32)
	if err := usage(tx, key, dukpt.AES256); err != nil {
		l.t.Fatal(err)
	}
	return key
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return b
}

func gcm(key []byte) cipher.AEAD {
	a, err := cipher.NewGCM(block(key))
	if err != nil {
		panic(err)
	}
	return a
}
