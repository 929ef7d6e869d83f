package elementtest

import (
	"crypto/cipher"
	cryptorand "crypto/rand"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// Question is one request, and whether it is a right one.
type Question struct {
	Kind   element.Kind
	Body   []byte
	Chance element.Chance
	Right  bool
}

// Ask returns the answer, its kind first.
func (q Question) Ask(ops element.Operations) []byte {
	return element.Handle(nil, ops, q.Kind, q.Body, &q.Chance)
}

// maker makes questions from a seed.
type maker struct {
	*World
	*rand.Rand
	tb testing.TB
}

// Questions makes n questions, from a seed that it logs.
func (w *World) Questions(tb testing.TB, n int) []Question {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("questions of seed %d", seed)
	m := maker{w, rand.New(rand.NewPCG(seed, 0)), tb} //nolint:gosec // variety, no secret
	verbs := []func(maker) (element.Kind, any, bool){
		maker.openAccount, maker.macVerify, maker.macGenerate, maker.translatePIN, maker.panReference,
	}
	out := make([]Question, n)
	for i := range out {
		kind, message, right := verbs[i%len(verbs)](m)
		body, err := frame.Append(nil, message)
		if err != nil {
			tb.Fatal(err)
		}
		out[i] = Question{Kind: kind, Body: body, Right: right, Chance: element.Chance(random(32))}
	}
	return out
}

// spoil is true in a quarter of the questions.
func (m maker) spoil() bool { return m.IntN(4) == 0 }

// ksn is one that a terminal of the key may have, with 1 to 16 one-bits.
func (m maker) ksn(b bdk) (k element.KSN) {
	copy(k[:], b.id[:])
	copy(k[4:8], random(4))
	counter, ones := uint32(0), 1+m.IntN(16)
	for bits.OnesCount32(counter) < ones {
		counter |= 1 << m.IntN(32)
	}
	for i := range 4 {
		k[8+i] = byte(counter >> (24 - 8*i))
	}
	return k
}

// wrongKSN has no key, the key of the other purpose, or a counter that is none.
func (m maker) wrongKSN(own, other bdk) element.KSN {
	k := m.ksn(own)
	switch m.IntN(4) {
	case 0:
		k[0] ^= 1
	case 1:
		copy(k[:], other.id[:])
	case 2:
		clear(k[8:])
	default:
		copy(k[8:], []byte{0xFF, 0xFF, 0x80, 0})
	}
	return k
}

func (m maker) openAccount() (element.Kind, any, bool) {
	r := element.OpenAccount{KSN: m.ksn(m.terminal)}
	gcm, err := cipher.NewGCM(m.terminal.working(m.tb, r.KSN, (*dukpt.Transaction).DataEncryptionKey))
	if err != nil {
		m.tb.Fatal(err)
	}
	r.Sealed = gcm.Seal(nil, make([]byte, gcm.NonceSize()), random(m.IntN(element.MaxSealed-16+1)), r.KSN[:])
	if !m.spoil() {
		return element.KindOpenAccount, r, true
	}
	switch m.IntN(3) {
	case 0:
		r.Sealed[m.IntN(len(r.Sealed))] ^= 1
	case 1:
		r.Sealed = r.Sealed[:m.IntN(16)]
	default:
		r.KSN = m.wrongKSN(m.terminal, m.pinPad)
	}
	return element.KindOpenAccount, r, false
}

// data has the lengths around a block more often than others.
func (m maker) data() []byte {
	if m.IntN(2) == 0 {
		return random(m.IntN(50))
	}
	return random(m.IntN(element.MaxData + 1))
}

func (m maker) macVerify() (element.Kind, any, bool) {
	r := element.MACVerify{KSN: m.ksn(m.terminal), Data: m.data()}
	copy(r.MAC[:], cmac.Sum(nil, m.terminal.working(m.tb, r.KSN, (*dukpt.Transaction).MACGenerationKey), r.Data))
	if !m.spoil() {
		return element.KindMACVerify, r, true
	}
	if m.IntN(2) == 0 {
		r.MAC[m.IntN(len(r.MAC))] ^= 1
	} else {
		r.KSN = m.wrongKSN(m.terminal, m.pinPad)
	}
	return element.KindMACVerify, r, false
}

func (m maker) macGenerate() (element.Kind, any, bool) {
	r := element.MACGenerate{KSN: m.ksn(m.terminal), Data: m.data()}
	spoilt := m.spoil()
	if spoilt {
		r.KSN = m.wrongKSN(m.terminal, m.pinPad)
	}
	return element.KindMACGenerate, r, !spoilt
}

func (m maker) digits(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + m.IntN(10))
	}
	return b
}

// pan has a published test BIN and any length that a block takes.
func (m maker) pan() []byte {
	if n := m.IntN(20); n >= 6 {
		return append([]byte("476173"), m.digits(n-6)...)
	}
	return []byte("4761739001010010")[:1+m.IntN(16)]
}

func (m maker) translatePIN() (element.Kind, any, bool) {
	r := element.TranslatePIN{KSN: m.ksn(m.pinPad), PAN: m.pan()}
	key := m.pinPad.working(m.tb, r.KSN, (*dukpt.Transaction).PINEncryptionKey)
	if err := pinblock.EncodeFormat4(r.Block[:], key, m.digits(4+m.IntN(9)), r.PAN, cryptorand.Reader); err != nil {
		m.tb.Fatal(err)
	}
	if !m.spoil() {
		return element.KindTranslatePIN, r, true
	}
	switch m.IntN(5) {
	case 0:
		r.Block[m.IntN(len(r.Block))] ^= 1
	case 1:
		r.PAN = append([]byte("541333"), m.digits(m.IntN(14))...)
	case 2:
		r.PAN = []byte("47617390010A")
	case 3:
		m.field(&r, key)
	default:
		r.KSN = m.wrongKSN(m.pinPad, m.terminal)
	}
	return element.KindTranslatePIN, r, false
}

// field puts a PIN field into the block that is wrong at one place or that has
// another length: a control, a length, a digit or a fill that are none.
func (m maker) field(r *element.TranslatePIN, key cipher.Block) {
	r.PAN = []byte("476173900101") // its field is M = 0 and twelve digits
	r.Block = element.PINBlock{0x44, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA}
	r.Block[m.IntN(8)] = byte(m.Uint32())
	pan := [16]byte{0x04, 0x76, 0x17, 0x39, 0x00, 0x10, 0x10}
	key.Encrypt(r.Block[:], r.Block[:])
	for i := range pan {
		r.Block[i] ^= pan[i]
	}
	key.Encrypt(r.Block[:], r.Block[:])
}

func (m maker) panReference() (element.Kind, any, bool) {
	r := element.PANReference{PAN: append([]byte("541333"), m.digits(6+m.IntN(8))...)}
	spoilt := m.spoil()
	if spoilt {
		r.PAN = [][]byte{nil, []byte("54133300"), []byte("54133300000A")}[m.IntN(3)]
	}
	return element.KindPANReference, r, !spoilt
}
