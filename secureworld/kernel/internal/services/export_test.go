package services

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// canaries are the secrets of one owner's keys, each in the forms in which a call
// could give it away.
type canaries map[string][]byte

// in names the canaries that b holds, as bytes, hexadecimal or base64.
func (c canaries) in(b []byte) (found []string) {
	for name, secret := range c {
		forms := [][]byte{secret, []byte(hex.EncodeToString(secret)), []byte(base64.StdEncoding.EncodeToString(secret))}
		if slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(b, form) }) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// planted is an owner with a key of nearly every algorithm, whose secrets are known:
// the symmetric ones were imported, the private ones are looked up in the kernel.
func planted(t *testing.T, d *device, c *Session) (canaries, []uint32) {
	t.Helper()
	c.permit = func() Permissions { return PermitAll }
	found := canaries{}
	var handles []uint32
	for a := call.AlgorithmNone + 1; a < call.AlgorithmEnd; a++ {
		if a == call.RSA3072PSS || a == call.RSA3072OAEP || a == call.HMACSHA512 || a == call.HKDFSHA512 {
			continue // slow, or alike; the number of keys has a limit
		}
		r := Request{Algorithm: a, Usage: d.algorithms[a].usages, Persistent: len(handles) < maxPersistent, Label: []byte(a.String())}
		h, secret := plant(t, d, c, r)
		handles, found[a.String()] = append(handles, h), secret
	}
	return found, handles
}

func plant(t *testing.T, d *device, c *Session, r Request) (h uint32, secret []byte) {
	t.Helper()
	var code call.Code
	if n := d.algorithms[r.Algorithm].secret; n > 0 {
		secret = drawn(nil, n)
		h, code = c.Import(r, secret)
	} else {
		if r.Usage == opening {
			r.Usage = call.Agree
		}
		h, code = c.Generate(r)
	}
	if code != call.OK {
		t.Fatalf("%v: %v", r.Algorithm, code)
	}
	if secret == nil {
		secret = secretOf(t, c, h)
	}
	return h, secret
}

// secretOf looks into the kernel's own memory.
func secretOf(t *testing.T, c *Session, h uint32) []byte {
	t.Helper()
	k, code := c.find(h)
	if code != call.OK {
		t.Fatal(code)
	}
	switch m := k.material.(type) {
	case *rsaSigner:
		return m.key.D.Bytes()
	case *rsaDecrypter:
		return m.key.D.Bytes()
	case *ecdsaKey:
		b, err := m.key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	case *ed25519Key:
		return m.key.Seed()
	case *ecdhKey:
		return m.key.Bytes()
	case *kemKey:
		return m.seed[:32]
	}
	t.Fatalf("%T is not looked into", k.material)
	return nil
}

// arguments are what a caller without scruple would try in every place.
func arguments(secrets [][]byte) [][]byte {
	all := [][]byte{nil, {0}, make([]byte, 16), make([]byte, 64), []byte("peer"), []byte("kem"), []byte("AES-256-GCM"), bytes.Repeat([]byte{0xff}, 32), make([]byte, 1568)}
	return append(all, secrets...)
}

func TestNoFunctionOfAnApplicationExportsAKey(t *testing.T) {
	d := newDevice(t)
	c := d.application("thief")
	secrets, handles := planted(t, d, c)
	certify(t, c, handles)
	answered := map[uint32]int{}
	tries := arguments(certificatesOf(c, handles))
	for fn, f := range functions() {
		if fn == call.FnDelete || fn == call.FnDeleteCertificate || fn == call.FnDeleteData || fn == call.FnImport {
			continue // Import gives a handle, for a secret that the caller has; the others give nothing
		}
		for _, h := range append(handles, 32) { // 32 random bytes too
			for _, a := range algorithmsFor(fn) {
				for i := range tries {
					answered[fn] += tried(t, c, fn, f, call.Append(nil, call.Head{Handle: h, Algorithm: a, Usage: usageFor(a)}, partsFor(fn, tries, i)...), secrets)
				}
				c.forget(handles)
			}
		}
	}
	for fn := call.FnGenerate; fn < call.FnEnd; fn++ {
		if answered[fn] == 0 && fn != call.FnVerify && fn != call.FnVerifyMAC && fn != call.FnVerifyWith && fn != call.FnDecapsulate &&
			fn != call.FnDecrypt && fn != call.FnOpen && fn != call.FnDelete && fn != call.FnDeleteCertificate && fn != call.FnImport &&
			fn != call.FnDeleteData {
			t.Errorf("the control failed: function %d answered nothing", fn)
		}
	}
}

// algorithmsFor are those that make a difference to a function.
func algorithmsFor(fn uint32) []call.Algorithm {
	switch fn {
	case call.FnGenerate, call.FnAgree, call.FnDerive, call.FnEncapsulate, call.FnDecapsulate, call.FnVerifyWith, call.FnEncryptWith, call.FnHash:
		return []call.Algorithm{call.AES256GCM, call.HMACSHA256, call.ECDHP256, call.MLKEM768, call.SHA256}
	}
	return []call.Algorithm{0}
}

func usageFor(a call.Algorithm) call.Usage {
	if a == call.HMACSHA256 {
		return call.MAC
	}
	return call.Encrypt
}

func partsFor(fn uint32, tries [][]byte, i int) [][]byte {
	parts := make([][]byte, call.Parts(fn))
	for p := range parts {
		parts[p] = tries[(i+3*p)%len(tries)]
	}
	return parts
}

// tried gives 1 where the call was answered.
func tried(t *testing.T, c *Session, fn uint32, f function, request []byte, secrets canaries) int {
	t.Helper()
	mem := make([]byte, len(request), 1<<16)
	copy(mem, request)
	n, code := c.answer(context.Background(), fn, f, mem)
	if found := secrets.in(mem[:cap(mem)]); len(found) != 0 {
		t.Fatalf("function %d gave the key of %v away (%v, %d bytes)", fn, found, code, n)
	}
	if code == call.OK {
		return 1
	}
	return 0
}

// forget ends what the calls made, so that the quota does not end the test's reach.
func (c *Session) forget(keep []uint32) {
	keys, _ := c.List()
	for _, k := range keys {
		if !slices.Contains(keep, k.Handle) {
			_ = c.Delete(k.Handle)
		}
	}
}

// certify puts peers to agree with and to encapsulate to, and a value to read.
func certify(t *testing.T, c *Session, handles []uint32) {
	t.Helper()
	for _, h := range handles {
		name := map[call.Algorithm]string{call.ECDHP256: "peer", call.MLKEM768: "kem"}[describedAs(c, h)]
		if name == "" {
			continue
		}
		der, code := c.Certificate(h)
		if code != call.OK || c.PutCertificate([]byte(name), der, false) != call.OK || c.PutData([]byte(name), []byte("value")) != call.OK {
			t.Fatal(code)
		}
	}
}

func describedAs(c *Session, h uint32) call.Algorithm {
	k, _ := c.Describe(h)
	return k.Algorithm
}

func certificatesOf(c *Session, handles []uint32) (all [][]byte) {
	for _, h := range handles {
		if der, code := c.Certificate(h); code == call.OK {
			all = append(all, der)
		}
	}
	return all[:3]
}

// The control: where a key is in an answer, it is found, in each form.
func TestTheCanaryIsSeenWhereItIs(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	secrets, handles := planted(t, d, c)
	if len(secrets) != len(handles) || len(handles) < 20 {
		t.Fatalf("%d secrets of %d keys", len(secrets), len(handles))
	}
	for name, secret := range secrets {
		if len(secret) < 32 {
			t.Errorf("%s: a canary of %d bytes", name, len(secret))
		}
		for _, form := range [][]byte{secret, []byte(hex.EncodeToString(secret)), []byte(base64.StdEncoding.EncodeToString(secret))} {
			if found := secrets.in(slices.Concat([]byte("before"), form, []byte("after"))); !slices.Contains(found, name) {
				t.Errorf("%s is not found", name)
			}
		}
	}
}

func TestNoMessageOfTheAppWorldExportsAKey(t *testing.T) {
	d := newDevice(t)
	app := d.Gate(func() bool { return false }).Session()
	secrets, handles := planted(t, d, app.keys)
	certify(t, app.keys, handles)
	tries := arguments(nil)
	answered := map[byte]int{}
	for kind := range questions() {
		if kind == mailbox.KindDelete || kind == mailbox.KindDeleteCertificate || kind == mailbox.KindDeleteData {
			continue // answered by Done
		}
		for _, h := range handles {
			for i := range tries {
				body := asked(t, kind, h, tries, i)
				answer, message := app.Answer(context.Background(), kind, body)
				wire, err := frame.Append(nil, message)
				if err != nil {
					t.Fatal(err)
				}
				if found := secrets.in(wire); len(found) != 0 {
					t.Fatalf("message %02x gave the key of %v away", kind, found)
				}
				if answer != mailbox.KindRefused {
					answered[kind]++
				}
			}
			app.keys.forget(handles)
		}
	}
	for _, kind := range []byte{mailbox.KindGenerate, mailbox.KindCertify, mailbox.KindSign, mailbox.KindMAC, mailbox.KindSeal,
		mailbox.KindGetCertificate, mailbox.KindEncryptWith, mailbox.KindPutData, mailbox.KindGetData} {
		if answered[kind] == 0 {
			t.Errorf("the control failed: message %02x was never answered", kind)
		}
	}
}

// asked is a message of this kind with the handle and the i-th arguments.
func asked(t *testing.T, kind byte, handle uint32, tries [][]byte, i int) []byte {
	t.Helper()
	for _, m := range mailbox.Messages() {
		if kinds()[reflect.TypeOf(m)] != kind {
			continue
		}
		v := reflect.New(reflect.TypeOf(m)).Elem()
		for f, at := range v.Fields() {
			switch {
			case f.Name == "Handle":
				at.SetUint(uint64(handle))
			case f.Name == "Algorithm":
				at.SetUint(uint64(call.AES256GCM))
				if kind == mailbox.KindEncryptWith {
					at.SetUint(uint64([]call.Algorithm{call.ECDHP256, call.MLKEM768}[i%2]))
				}
			case f.Name == "Usage":
				at.SetUint(uint64(call.Encrypt))
			case f.Name == "Name":
				at.SetBytes([]byte([]string{"peer", "kem"}[i%2]))
			case f.Type.Kind() == reflect.Slice:
				at.SetBytes(tries[i][:min(len(tries[i]), 32)])
			}
		}
		body, err := frame.Append(nil, v.Interface())
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	t.Fatalf("no message is asked by %02x", kind)
	return nil
}

func kinds() map[reflect.Type]byte {
	all := map[reflect.Type]byte{}
	for kind, m := range map[byte]any{mailbox.KindGenerate: mailbox.Generate{}, mailbox.KindFind: mailbox.Find{}, mailbox.KindDelete: mailbox.Delete{},
		mailbox.KindCertify: mailbox.Certify{}, mailbox.KindSign: mailbox.Sign{}, mailbox.KindMAC: mailbox.MAC{}, mailbox.KindSeal: mailbox.Seal{},
		mailbox.KindOpen: mailbox.Open{}, mailbox.KindPutCertificate: mailbox.PutCertificate{}, mailbox.KindGetCertificate: mailbox.GetCertificate{},
		mailbox.KindDeleteCertificate: mailbox.DeleteCertificate{}, mailbox.KindVerifyWith: mailbox.VerifyWith{}, mailbox.KindEncryptWith: mailbox.EncryptWith{},
		mailbox.KindPutData: mailbox.PutData{}, mailbox.KindGetData: mailbox.GetData{}, mailbox.KindDeleteData: mailbox.DeleteData{}} {
		all[reflect.TypeOf(m)] = kind
	}
	return all
}
