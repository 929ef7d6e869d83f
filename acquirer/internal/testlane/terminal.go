package testlane

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Terminal builds frames as a terminal's secure world does.
type Terminal struct {
	ID    string
	Codec *codec.Codec

	host, pin *dukpt.Device
	next      int // number of the next payment: DE 11 and DE 37
	voids     bool
	extra     []hostspec.Element // of DE 48, of the message that is being made
	batch     int                // DE 60 less one
}

// NewTerminal is the i-th of Terminals, with fresh keys.
func (l *Lane) NewTerminal(tb testing.TB, i int) *Terminal {
	tb.Helper()
	return &Terminal{
		ID: terminalID(i), Codec: codec.New(), next: 1,
		host: device(tb, l.terminalBDK, l.keyID(TerminalBDKID, i)),
		pin:  device(tb, l.pinBDK, l.keyID(PINBDKID, i)),
	}
}

func device(tb testing.TB, bdk, id []byte) *dukpt.Device {
	tb.Helper()
	initial := make([]byte, 32)
	must(tb, receiver.InitialKey(initial, bdk, dukpt.AES256, [8]byte(id)))
	d, err := dukpt.Load(make([]byte, dukpt.StateSize), [8]byte(id), dukpt.AES256, initial)
	must(tb, err)
	return d
}

// Message is a frame and what is needed to check its answer.
type Message struct {
	Frame  []byte
	Fields *codec.Message
	verify []byte // key of the answer's MAC
}

// Keys are one transaction of the terminal's host key.
type Keys struct {
	KSN                   dukpt.KSN
	mac, verify, transfer []byte
}

// NextKeys takes the next KSN.
func (t *Terminal) NextKeys(tb testing.TB) Keys {
	tb.Helper()
	tx, err := t.host.Next(make([]byte, dukpt.RoomTransaction), forget)
	must(tb, err)
	defer tx.Wipe()
	k := Keys{KSN: tx.KSN(), mac: make([]byte, 32), verify: make([]byte, 32), transfer: make([]byte, 32)}
	must(tb, tx.MACGenerationKey(k.mac, dukpt.AES256))
	must(tb, tx.MACVerificationKey(k.verify, dukpt.AES256))
	must(tb, tx.DataEncryptionKey(k.transfer, dukpt.AES256))
	return k
}

// Sale is a 0200 with the next numbers, with the card's PIN.
func (t *Terminal) Sale(tb testing.TB, c *Card, amount int64, pin string) Message {
	tb.Helper()
	m := t.numbered(hostspec.MTIRequest)
	t.next++
	m.SetString(3, hostspec.ProcessingSale)
	m.SetString(4, fmt.Sprintf("%012d", amount))
	m.SetString(22, hostspec.EntryModeChip)
	m.SetString(25, hostspec.ConditionNormal)
	m.SetString(49, Euro)
	m.SetString(60, t.Batch())
	m.Set(55, c.Chip(amount))
	return t.Finish(tb, m, c, pin)
}

// SaleBy is a 0200 with a card that was read in another way: with the PIN, or
// without where it is empty.
func (t *Terminal) SaleBy(tb testing.TB, mode hostspec.EntryMode, c *Card, amount int64, pin string) Message {
	tb.Helper()
	m, account := t.Draft(mode, c, amount)
	return t.FinishAs(tb, m, c, pin, account)
}

// Draft is SaleBy's message and account data before they are sealed.
func (t *Terminal) Draft(mode hostspec.EntryMode, c *Card, amount int64) (m *codec.Message, account []byte) {
	m = t.numbered(hostspec.MTIRequest)
	t.next++
	m.SetString(3, hostspec.ProcessingSale)
	m.SetString(4, fmt.Sprintf("%012d", amount))
	m.SetString(22, mode.Field(hostspec.PINCapable))
	m.SetString(25, mode.Content().Condition)
	m.SetString(49, Euro)
	m.SetString(60, t.Batch())
	account, icc := c.Read(mode, amount)
	if icc != nil {
		m.Set(55, icc)
	}
	return m, account
}

// FinishAs is Finish with other account data than the card's.
func (t *Terminal) FinishAs(tb testing.TB, m *codec.Message, c *Card, pin string, account []byte) Message {
	tb.Helper()
	if pin == "" {
		return t.sealAs(tb, m, account, nil)
	}
	ksn, block := t.SealPIN(tb, pin, c.PAN)
	m.Set(52, block[:])
	return t.sealAs(tb, m, account, []hostspec.Element{{Tag: hostspec.PrivatePINKSN, Value: ksn[:]}})
}

// Finish seals account and PIN, which may be empty, and authenticates m under a
// new KSN.
func (t *Terminal) Finish(tb testing.TB, m *codec.Message, c *Card, pin string) Message {
	tb.Helper()
	if pin == "" {
		return t.seal(tb, m, c, nil)
	}
	ksn, block := t.SealPIN(tb, pin, c.PAN)
	return t.FinishWith(tb, m, c, ksn, block)
}

// FinishWith is Finish with a PIN block that was made elsewhere.
func (t *Terminal) FinishWith(tb testing.TB, m *codec.Message, c *Card, ksn element.KSN, block element.PINBlock) Message {
	tb.Helper()
	m.Set(52, block[:])
	return t.seal(tb, m, c, []hostspec.Element{{Tag: hostspec.PrivatePINKSN, Value: ksn[:]}})
}

func (t *Terminal) seal(tb testing.TB, m *codec.Message, c *Card, pin []hostspec.Element) Message {
	tb.Helper()
	return t.sealAs(tb, m, c.account(), pin)
}

func (t *Terminal) sealAs(tb testing.TB, m *codec.Message, account []byte, pin []hostspec.Element) Message {
	tb.Helper()
	k := t.NextKeys(tb)
	private := append([]hostspec.Element{{Tag: hostspec.PrivateKSN, Value: k.KSN[:]}}, pin...)
	private = append(private, hostspec.Element{Tag: hostspec.PrivateAccount, Value: k.seal(tb, account)})
	private = append(private, t.extra...)
	m.Set(48, hostspec.AppendPrivate(nil, private...))
	return t.Authenticate(tb, m, k)
}

// Reversal is the 0420 or 0421 of a sale.
func (t *Terminal) Reversal(tb testing.TB, mti string, sale Message) Message {
	tb.Helper()
	return t.ReversalWith(tb, mti, sale, nil)
}

// ReversalWith is Reversal with DE 55, unless that is nil.
func (t *Terminal) ReversalWith(tb testing.TB, mti string, sale Message, icc []byte) Message {
	tb.Helper()
	m := codec.NewMessage(mti)
	for _, number := range []int{3, 4, 7, 11, 12, 13, 22, 25, 37, 41, 42, 49, 60} {
		if v, ok := sale.Fields.Get(number); ok {
			m.Set(number, v)
		}
	}
	if icc != nil {
		m.Set(55, icc)
	}
	f := sale.Fields
	m.SetString(90, f.MTI+f.String(11)+f.String(7)+fmt.Sprintf("%022d", 0))
	return t.finishBare(tb, m, hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte(t.reason())})
}

// Advice is the 0220 of a sale with this DE 55.
func (t *Terminal) Advice(tb testing.TB, sale Message, icc []byte) Message {
	tb.Helper()
	m := codec.NewMessage(hostspec.MTIAdvice)
	f := sale.Fields
	for _, number := range []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 49} {
		v, _ := f.Get(number)
		m.Set(number, v)
	}
	m.Set(55, icc)
	m.SetString(90, f.MTI+f.String(11)+f.String(7)+fmt.Sprintf("%022d", 0))
	return t.finishBare(tb, m)
}

// Network is an 0800; journal may be nil.
func (t *Terminal) Network(tb testing.TB, code string, journal []byte) Message {
	tb.Helper()
	m := t.numbered(hostspec.MTINetwork)
	t.next++
	m.SetString(70, code)
	k := t.NextKeys(tb)
	private := []hostspec.Element{{Tag: hostspec.PrivateKSN, Value: k.KSN[:]}}
	if journal != nil {
		private = append(private, hostspec.Element{Tag: hostspec.PrivateJournal, Value: journal})
	}
	m.Set(48, hostspec.AppendPrivate(nil, private...))
	return t.Authenticate(tb, m, k)
}

func (t *Terminal) numbered(mti string) *codec.Message {
	m := codec.NewMessage(mti)
	m.SetString(7, "0102030405")
	m.SetString(11, fmt.Sprintf("%06d", t.next))
	m.SetString(12, "040506")
	m.SetString(13, "0102")
	m.SetString(37, fmt.Sprintf("%012d", t.next))
	m.SetString(41, t.ID)
	m.SetString(42, Merchant)
	return m
}

// Authenticate packs m and writes its MAC.
func (t *Terminal) Authenticate(tb testing.TB, m *codec.Message, k Keys) Message {
	tb.Helper()
	b, err := t.Codec.Pack(m)
	must(tb, err)
	body, mac := codec.Split(b)
	copy(mac, cmac.Sum(nil, aesCipher(tb, k.mac), body))
	return Message{Frame: b, Fields: m, verify: k.verify}
}

// Check verifies an answer's MAC and returns its fields.
func (t *Terminal) Check(tb testing.TB, question Message, answer []byte) *codec.Message {
	tb.Helper()
	body, mac := codec.Split(answer)
	if !cmac.Verify(aesCipher(tb, question.verify), mac, body) {
		tb.Fatal("the answer's MAC does not verify")
	}
	m, err := t.Codec.Unpack(answer)
	must(tb, err)
	return m
}

func (k Keys) seal(tb testing.TB, plain []byte) []byte {
	tb.Helper()
	gcm, err := cipher.NewGCM(aesCipher(tb, k.transfer))
	must(tb, err)
	return gcm.Seal(nil, make([]byte, 12), plain, k.KSN[:])
}

func aesCipher(tb testing.TB, key []byte) cipher.Block {
	tb.Helper()
	b, err := aes.NewCipher(key)
	must(tb, err)
	return b
}

// SignOn is an 0800 that signs on with evidence, which may be empty.
func (t *Terminal) SignOn(tb testing.TB, evidence []byte) Message {
	tb.Helper()
	m := t.numbered(hostspec.MTINetwork)
	t.next++
	m.SetString(70, hostspec.NetworkSignOn)
	k := t.NextKeys(tb)
	m.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: k.KSN[:]}))
	for i, part := range hostspec.SplitEvidence(evidence) {
		m.Set(hostspec.EvidenceFields()[i], part)
	}
	return t.Authenticate(tb, m, k)
}

// Rekey gives the terminal another host key by its id, below the base derivation key;
// it counts from the beginning. The returned function takes the old one up again.
func (l *Lane) Rekey(tb testing.TB, t *Terminal, id [8]byte) (back func()) {
	tb.Helper()
	old := t.host
	t.host = device(tb, l.terminalBDK, id[:])
	return func() { t.host = old }
}
