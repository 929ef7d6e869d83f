package application

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

var (
	pinpad   = orderauth.DeviceID{9, 9}
	pinKSN   = [12]byte{'P', 'A', 'D', 11: 5}
	pinBlock = [16]byte{0xC1, 15: 0xCF}
)

// built compiles a trusted application as make build does.
func built(path string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "application")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "app.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, path)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if told, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(told))
	}
	return os.ReadFile(out)
}

var (
	paymentApplication = sync.OnceValues(func() ([]byte, error) { return built("../../../ta/payment") })
	probe              = sync.OnceValues(func() ([]byte, error) { return built("../tahost/testdata/probe") })
	memory             = sync.OnceValues(func() (*secretmem.Memory, error) { return secretmem.Open(secretmem.Suggested()) })
)

// hosts of both applications, made once: compiling takes a second.
var (
	paymentHost = sync.OnceValues(func() (*tahost.Host, error) { return hosted(paymentApplication, false) })
	probeHost   = sync.OnceValues(func() (*tahost.Host, error) { return hosted(probe, true) })
)

// hosted runs a trusted application as the kernel does.
func hosted(wasm func() ([]byte, error), onDemand bool) (*tahost.Host, error) {
	b, err := wasm()
	if err != nil {
		return nil, err
	}
	m, err := memory()
	if err != nil {
		return nil, err
	}
	return tahost.New(context.Background(), tahost.Config{Wasm: b, Memory: m, Host: Functions(),
		CallDeadline: 5 * time.Second, CompilationWorkers: 2, OnDemand: onDemand || m.Arenas() < 3})
}

// estate is one lane's keys in clear, with what the reader and the acquirer do
// with them.
type estate struct {
	t      testing.TB
	dir    string
	cfg    provisioning.Kernel
	keys   map[string][]byte
	reader *dukpt.Device
	id     orderauth.DeviceID

	caName call.CAKeyQuestion
	ca     call.CAKeyAnswer
}

func newEstate(t testing.TB) *estate {
	t.Helper()
	e := &estate{t: t, dir: t.TempDir(), keys: map[string][]byte{}, id: orderauth.DeviceID(random(8))}
	hostID, supplier := random(8), random(32)
	e.cfg = provisioning.Kernel{TerminalID: "TERM0001", ReaderDevice: hex.EncodeToString(e.id[:]), HostKeyID: hex.EncodeToString(hostID)}
	for _, k := range []struct {
		name, usage     string
		algorithm, mode byte
		id              []byte
	}{{provisioning.KeyReaderInitial, "B1", 'A', 'X', e.id[:]}, {provisioning.KeyHostInitial, "B1", 'A', 'X', hostID},
		{provisioning.KeyReaderOrder, "M6", 'A', 'C', nil}, {provisioning.KeyPINPadOrder, "M6", 'A', 'C', nil},
		{provisioning.KeyPAN, "D0", 'A', 'E', nil}, {provisioning.KeyKeyed, "D0", 'A', 'D', nil}, {provisioning.KeyToken, "M7", 'H', 'G', nil}} {
		h := keyblock.Header{Version: 'D', Usage: k.usage, Algorithm: k.algorithm, Mode: k.mode, KeyVersion: "00", Exportability: 'N'}
		if k.id != nil {
			h.Optional = []keyblock.OptionalBlock{{ID: "IK", Data: strings.ToUpper(hex.EncodeToString(k.id))}}
		}
		e.keys[k.name] = random(32)
		b, err := keyblock.Wrap(supplier, h, e.keys[k.name], rand.Reader)
		e.must(err)
		e.cfg.Keys = append(e.cfg.Keys, provisioning.Key{Name: k.name, Block: string(b)})
	}
	e.must(os.Mkdir(filepath.Join(e.dir, provisioning.Incoming), 0o700))
	for name, b := range map[string][]byte{provisioning.FileSupplierKey: supplier, provisioning.FileFirmwareRoot: random(32),
		provisioning.FileDoorsKey: e.tlsKey(), provisioning.FileHostKey: e.tlsKey(),
		provisioning.FileAttestKey: e.tlsKey(), provisioning.FileLicenceKey: e.tlsKey()} {
		e.must(os.WriteFile(filepath.Join(e.dir, provisioning.Incoming, name), b, 0o600))
	}
	var err error
	e.reader, err = dukpt.Load(make([]byte, dukpt.StateSize), e.id, dukpt.AES256, bytes.Clone(e.keys[provisioning.KeyReaderInitial]))
	e.must(err)
	return e
}

func (e *estate) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *estate) tlsKey() []byte {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	b, err := x509.MarshalPKCS8PrivateKey(k)
	e.must(err)
	return b
}

// authority is the one certification authority of these tests.
func (e *estate) authority(q call.CAKeyQuestion) (call.CAKeyAnswer, bool) {
	return e.ca, q.RID == e.caName.RID && q.Index == e.caName.Index
}

func (e *estate) store() *keystore.Store {
	e.t.Helper()
	s, err := openStore(e.dir, e.cfg)
	e.must(err)
	return s
}

func openStore(dir string, cfg provisioning.Kernel) (*keystore.Store, error) {
	m, err := memory()
	if err != nil {
		return nil, err
	}
	base, err := trustedstorage.Open(trustedstorage.Config{Memory: m.Keys(), Dir: dir, Terminal: cfg.TerminalID,
		Customer: "demo", Parts: fingerprint.Parts{{1}}, Anchor: unanchored{}})
	if err != nil {
		return nil, err
	}
	space, err := base.Kernel("keystore")
	if err != nil {
		return nil, err
	}
	keys, err := keystore.Open(m.Keys(), dir, keystore.Base{Derive: base.Root.Derive, Space: space}, cfg)
	if err != nil {
		return nil, err
	}
	return keys, base.Renew()
}

// unanchored is an anchor that knows nothing.
type unanchored struct{}

func (unanchored) Read() (uint64, error) { return 0, nil }
func (unanchored) Raise(uint64) error    { return nil }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// terms are those of the card that newCard makes.
func terms() call.Terms {
	return call.Terms{Type: payment.TypeSale, Amount: 1234, Currency: payment.EUR, Date: [3]byte{0x26, 0x11, 0x21},
		Time: [3]byte{0x09, 0x58, 0x07}, Transmission: [5]byte{0x11, 0x21, 0x08, 0x58, 0x07}, Unpredictable: [4]byte{0xDE, 0xAD, 0xBE, 0xEF},
		STAN: 42, RRN: 777, Batch: 3, TerminalID: payment.TerminalID([]byte("TERM0001")), MerchantID: payment.MerchantID([]byte("MERCHANT0000001"))}
}

// newCard has a canary under a published test BIN.
func newCard(t testing.TB) (digits []byte, account, chip tlv.List) {
	t.Helper()
	digits, err := scan.GeneratePAN("476173", 16)
	if err != nil {
		t.Fatal(err)
	}
	aid := []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}
	account = tlv.List{{Tag: 0x57, Value: bcd(append(bytes.Clone(digits), "D2812201123456789F"...))}, {Tag: 0x5A, Value: bcd(digits)},
		{Tag: 0x5F24, Value: []byte{0x28, 0x12, 0x31}}, {Tag: 0x5F34, Value: []byte{7}}}
	chip = tlv.List{
		{Tag: 0x9F26, Value: []byte{1, 2, 3, 4, 5, 6, 7, 8}}, {Tag: 0x9F27, Value: []byte{0x80}},
		{Tag: 0x9F10, Value: []byte{0x06, 0x01, 0x0A, 0x03, 0xA4, 0xA0, 0}}, {Tag: 0x9F36, Value: []byte{0, 0x19}},
		{Tag: 0x82, Value: []byte{0x1C, 0}}, {Tag: 0x84, Value: aid}, {Tag: 0x50, Value: []byte("VIRTUAL")},
		{Tag: 0x9F37, Value: []byte{0xDE, 0xAD, 0xBE, 0xEF}}, {Tag: 0x95, Value: []byte{0x80, 0, 4, 0x80, 0}},
		{Tag: 0x9A, Value: []byte{0x26, 0x11, 0x21}}, {Tag: 0x9C, Value: []byte{0}}, {Tag: 0x9F02, Value: []byte{0, 0, 0, 0, 0x12, 0x34}},
		{Tag: 0x5F2A, Value: []byte{9, 0x78}}, {Tag: 0x9F1A, Value: []byte{2, 0x76}}, {Tag: 0x9F03, Value: make([]byte, 6)},
		{Tag: 0x9F33, Value: []byte{0x60, 0x48, 0}}, {Tag: 0x9F34, Value: []byte{0x42, 3, 0}}, {Tag: 0x9F35, Value: []byte{0x21}},
		{Tag: 0x9F39, Value: []byte{0x05}}, {Tag: 0x9F06, Value: aid}, {Tag: 0x9B, Value: []byte{0xE8, 0}}, {Tag: 0x9F41, Value: []byte{0, 0, 0, 0x42}},
	}
	return digits, account, chip
}

func bcd(symbols []byte) []byte {
	out := make([]byte, len(symbols)/2)
	for i, s := range symbols {
		if s >= 'A' {
			s -= 'A' - 10
		}
		out[i/2] = out[i/2]<<4 | s&0x0f
	}
	return out
}

// seal is the reader's.
func (e *estate) seal(digest [32]byte, number uint8, account, chip tlv.List) sred.Envelope {
	e.t.Helper()
	tx, err := e.reader.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
	e.must(err)
	plain, err := contents.Pack(make([]byte, 0, sred.SealedSize), tlv.AppendList(nil, account), tlv.AppendList(nil, chip))
	e.must(err)
	env, err := sred.Seal(tx, digest, e.id, number, plain)
	e.must(err)
	return env
}

// hostKey is a working key as the acquirer derives it.
func (e *estate) hostKey(ksn [12]byte, usage func(*dukpt.Transaction, []byte, dukpt.KeyType) error) []byte {
	e.t.Helper()
	tx, err := receiver.Transaction(e.keys[provisioning.KeyHostInitial], dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	e.must(err)
	key := make([]byte, 32)
	e.must(usage(tx, key, dukpt.AES256))
	return key
}

// received is a message as the acquirer reads it, its MAC verified under the KSN
// that it names.
func (e *estate) received(b []byte) (m *codec.Message, private []hostspec.Element, ksn [12]byte) {
	e.t.Helper()
	m, err := codec.New().Unpack(b)
	e.must(err)
	v, _ := m.Get(48)
	private, err = hostspec.ParsePrivate(v)
	e.must(err)
	ksn = [12]byte(hostspec.FindPrivate(private, hostspec.PrivateKSN))
	body, mac := codec.Split(b)
	if !cmac.Verify(e.aes(e.hostKey(ksn, (*dukpt.Transaction).MACGenerationKey)), mac, body) {
		e.t.Fatal("the message's MAC does not verify")
	}
	return m, private, ksn
}

// answer is the acquirer's to a message of the terminal, changed by the test.
func (e *estate) answer(question []byte, mti string, private []hostspec.Element, change func(m *codec.Message)) []byte {
	e.t.Helper()
	q, _, ksn := e.received(question)
	m := codec.NewMessage(mti)
	for _, n := range []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 49, 70} {
		if v, there := q.Get(n); there {
			m.Set(n, bytes.Clone(v))
		}
	}
	m.SetString(39, "00")
	m.Set(48, hostspec.AppendPrivate(nil, append([]hostspec.Element{{Tag: hostspec.PrivateKSN, Value: ksn[:]}}, private...)...))
	if mti == hostspec.MTIRequestAnswer {
		m.SetString(38, "A1B2C3")
	}
	if change != nil {
		change(m)
	}
	b, err := codec.New().Pack(m)
	e.must(err)
	body, mac := codec.Split(b)
	copy(mac, cmac.Sum(nil, e.aes(e.hostKey(ksn, (*dukpt.Transaction).MACVerificationKey)), body))
	return b
}

func (e *estate) aes(key []byte) cipher.Block {
	e.t.Helper()
	b, err := aes.NewCipher(key)
	e.must(err)
	return b
}

func (e *estate) gcm(key []byte) cipher.AEAD {
	e.t.Helper()
	a, err := cipher.NewGCM(e.aes(key))
	e.must(err)
	return a
}
