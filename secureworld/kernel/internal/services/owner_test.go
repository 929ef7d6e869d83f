package services

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// handled are the functions that name a key.
func handled() []uint32 {
	return []uint32{call.FnDescribe, call.FnDelete, call.FnCertificate, call.FnSeal, call.FnOpen, call.FnSign, call.FnVerify,
		call.FnMAC, call.FnVerifyMAC, call.FnDecrypt, call.FnDerive, call.FnDecapsulate}
}

// asks calls a function as an application does, with parts of 16 zero bytes.
func asks(c *Session, fn, handle uint32, a call.Algorithm, u call.Usage) (string, call.Code) {
	parts := make([][]byte, call.Parts(fn))
	for i := range parts {
		parts[i] = make([]byte, 16)
	}
	mem := call.Append(make([]byte, 0, 8192), call.Head{Handle: handle, Algorithm: a, Usage: u}, parts...)
	n, code := c.answer(context.Background(), fn, functions()[fn], mem)
	return string(mem[:n]), code
}

func TestAnothersKeyIsRefusedAsOneThatNeverWas(t *testing.T) {
	d := newDevice(t)
	owner, other := d.application("owner"), d.application("other")
	sibling := d.application("owner") // another instance of the same application
	for a := call.AlgorithmNone + 1; a < call.AlgorithmEnd; a++ {
		if a == call.RSA3072PSS || a == call.RSA3072OAEP {
			continue // slow
		}
		u := d.algorithms[a].usages
		if !d.algorithms[a].permits(u) {
			u = call.Decrypt
		}
		k := generate(t, owner, a, u)
		for _, fn := range handled() {
			theirs, code := asks(other, fn, k, call.AES256GCM, call.Encrypt)
			never, same := asks(other, fn, k+1, call.AES256GCM, call.Encrypt)
			if code != call.CodeNoKey || code != same || theirs != never {
				t.Errorf("%v, function %d: %v for another's key, %v for none", a, fn, code, same)
			}
			if _, code := asks(sibling, fn, k, call.AES256GCM, call.Encrypt); code != call.CodeNoKey {
				t.Errorf("%v, function %d: another instance's key: %v", a, fn, code)
			}
		}
		if _, code := asks(owner, call.FnDescribe, k, 0, 0); code != call.OK {
			t.Errorf("the control failed: %v", code)
		}
		if code := owner.Delete(k); code != call.OK {
			t.Error(code)
		}
	}
}

func TestAKeyDoesWhatItsUsageSaysAndNothingElse(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	needs := map[uint32]call.Usage{call.FnSeal: call.Encrypt, call.FnOpen: call.Decrypt, call.FnSign: call.Sign, call.FnMAC: call.MAC,
		call.FnVerifyMAC: call.VerifyMAC, call.FnDecrypt: call.Decrypt, call.FnDerive: call.Derive, call.FnDecapsulate: call.Agree}
	for _, a := range []call.Algorithm{call.AES256GCM, call.AES256CMAC, call.HMACSHA256, call.HKDFSHA256, call.ECDSAP256, call.ECDHP256, call.MLKEM768} {
		for u := call.Usage(1); u != 0; u <<= 1 {
			k, code := c.Generate(Request{Algorithm: a, Usage: u})
			if permitted := d.algorithms[a].permits(u); permitted != (code == call.OK) {
				t.Errorf("%v for %b: %v", a, u, code)
			}
			if code != call.OK {
				if code != call.CodeUsage {
					t.Errorf("%v for %b: %v", a, u, code)
				}
				continue
			}
			for fn, need := range needs {
				if _, code := asks(c, fn, k, call.AES256GCM, call.Encrypt); need != u && code != call.CodeUsage {
					t.Errorf("%v for %b, function %d: %v", a, u, fn, code)
				}
			}
			if code := c.Delete(k); code != call.OK {
				t.Error(code)
			}
		}
	}
	if _, code := c.Generate(Request{Algorithm: call.ECDHP256, Usage: call.Agree | call.Decrypt}); code != call.CodeUsage {
		t.Errorf("a private key with two usages: %v", code)
	}
	for _, a := range []call.Algorithm{0, call.AlgorithmEnd, call.SHA256, 255} {
		if _, code := c.Generate(Request{Algorithm: a, Usage: call.Encrypt}); code != call.CodeAlgorithm {
			t.Errorf("%v: %v", a, code)
		}
	}
}

func TestWhatIsNotPermittedIsRefused(t *testing.T) {
	d := newDevice(t)
	o, _ := Application("till")
	var may Permissions
	c := d.Session(o, func() Permissions { return may })
	for fn := call.FnGenerate; fn < call.FnReport; fn++ {
		if _, code := asks(c, fn, 1, call.AES256GCM, call.Encrypt); code != call.CodeNotPermitted {
			t.Errorf("function %d: %v", fn, code)
		}
	}
	may = PermitKeys
	if _, code := c.Generate(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt}); code != call.OK {
		t.Errorf("a key of the session: %v", code)
	}
	if _, code := c.Generate(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt, Persistent: true}); code != call.CodeNotPermitted {
		t.Errorf("a persistent key: %v", code)
	}
	if _, code := c.Import(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt}, make([]byte, 32)); code != call.CodeNotPermitted {
		t.Errorf("an imported key: %v", code)
	}
	may = 0
	if keys, code := c.List(); code != call.CodeNotPermitted || keys != nil {
		t.Errorf("after the permission was taken away: %v", code)
	}
}

func TestPersistentKeysAreStillThereAfterARestartAndOthersAreNot(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	symmetric, _ := c.Generate(Request{call.AES256GCM, call.Encrypt | call.Decrypt, true, []byte("box")})
	sealed, code := c.Seal(nil, symmetric, []byte("value"), nil)
	if code != call.OK {
		t.Fatal(code)
	}
	certificates := map[uint32][]byte{}
	for _, a := range []call.Algorithm{call.RSA2048PSS, call.RSA2048OAEP, call.ECDSAP384, call.Ed25519, call.ECDHP384, call.X25519, call.MLKEM1024} {
		u := d.algorithms[a].usages
		if u == opening {
			u = call.Decrypt
		}
		k, code := c.Generate(Request{a, u, true, []byte(a.String())})
		if code != call.OK {
			t.Fatalf("%v: %v", a, code)
		}
		if certificates[k], code = c.Certificate(k); code != call.OK || c.PutCertificate([]byte(a.String()), certificates[k], false) != call.OK {
			t.Fatal(code)
		}
	}
	gone := generate(t, c, call.AES256GCM, call.Encrypt)
	d.restart()
	c = d.application("till")
	if k, code := c.Find([]byte("box")); code != call.OK || k.Handle != symmetric || k.Usage != call.Encrypt|call.Decrypt {
		t.Errorf("%+v, %v", k, code)
	}
	if got, code := c.Open(nil, symmetric, sealed, nil); code != call.OK || string(got) != "value" {
		t.Errorf("%q, %v", got, code)
	}
	if _, code := c.Describe(gone); code != call.CodeNoKey {
		t.Errorf("a key of a session: %v", code)
	}
	for k, der := range certificates {
		worksWithItsCertificate(t, c, k, der)
	}
	if code := c.Delete(symmetric); code != call.OK {
		t.Error(code)
	}
	d.restart()
	if _, code := d.application("till").Find([]byte("box")); code != call.CodeNoKey {
		t.Errorf("a deleted key: %v", code)
	}
}

func worksWithItsCertificate(t *testing.T, c *Session, handle uint32, der []byte) {
	t.Helper()
	k, _ := c.Describe(handle)
	if k.Usage == call.Sign {
		signature, code := c.Sign(nil, handle, []byte("message"))
		if code != call.OK || c.VerifyWith(k.Label, k.Algorithm, []byte("message"), signature) != call.OK {
			t.Errorf("%v: %v", k.Algorithm, code)
		}
		return
	}
	sealed, code := c.EncryptWith(nil, k.Label, k.Algorithm, []byte("message"), nil)
	if code != call.OK {
		t.Errorf("%v: %v", k.Algorithm, code)
	}
	if got, code := c.Decrypt(nil, handle, sealed, nil); code != call.OK || string(got) != "message" {
		t.Errorf("%v: %q, %v", k.Algorithm, got, code)
	}
	if again, code := c.GetCertificate([]byte(k.Label)); code != call.OK || !bytes.Equal(again, der) {
		t.Errorf("%v: another certificate, %v", k.Algorithm, code)
	}
}

func TestAnOwnersKeysAreCountedAndTheirMemoryComesBack(t *testing.T) {
	d := newDevice(t)
	for range 200 { // more than the pool would hold
		c := d.application("till")
		for i := range maxSession + 1 {
			_, code := c.Generate(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt})
			if full := i == maxSession; full != (code == call.CodeQuota) {
				t.Fatalf("key %d: %v", i, code)
			}
		}
		if _, code := d.application("till").Generate(Request{Algorithm: call.Ed25519, Usage: call.Sign}); code != call.CodeQuota {
			t.Fatalf("another session of the same owner: %v", code)
		}
		other := d.application("other")
		generate(t, other, call.AES256GCM, call.Encrypt)
		other.Close()
		c.Close()
		if _, code := c.Generate(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt}); code == call.OK {
			t.Fatal("a session goes on after its end")
		}
	}
	c := d.application("till")
	for i := range maxPersistent + 1 {
		_, code := c.Generate(Request{Algorithm: call.AES256GCM, Usage: call.Encrypt, Persistent: true})
		if full := i == maxPersistent; full != (code == call.CodeQuota) {
			t.Fatalf("persistent key %d: %v", i, code)
		}
	}
}

func TestALabelIsOneKeys(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	r := Request{call.AES256GCM, call.Encrypt, true, []byte("box")}
	if _, code := c.Generate(r); code != call.OK {
		t.Fatal(code)
	}
	if _, code := c.Generate(r); code != call.CodeExists {
		t.Errorf("the label twice: %v", code)
	}
	if _, code := d.application("other").Find([]byte("box")); code != call.CodeNoKey {
		t.Errorf("another's label: %v", code)
	}
	if _, code := c.Find(nil); code != call.CodeNoKey {
		t.Errorf("no label: %v", code)
	}
	r.Label = make([]byte, call.MaxName+1)
	if _, code := c.Generate(r); code != call.CodeTooLong {
		t.Errorf("a label too long: %v", code)
	}
}

func TestAFailingStorageIsTold(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	k, _ := c.Generate(Request{call.AES256GCM, call.Encrypt, true, nil})
	broken := errors.New("broken")
	at := d.spaces["till"]
	at.Keys.(*shelf).fail, at.Data.(*shelf).fail, at.Certificates.(*shelf).fail = broken, broken, broken
	_, generated := c.Generate(Request{call.AES256GCM, call.Encrypt, true, nil})
	_, got := c.GetData(nil, []byte("name"))
	for name, code := range map[string]call.Code{"generate": generated, "delete": c.Delete(k), "put": c.PutData([]byte("name"), nil), "get": got,
		"certificate": c.DeleteCertificate([]byte("name"))} {
		if code != call.CodeStorage {
			t.Errorf("%s: %v", name, code)
		}
	}
	if _, code := c.Seal(nil, k, nil, nil); code != call.OK {
		t.Errorf("what is open goes on: %v", code)
	}
	d.restart()
	if _, code := d.application("till").List(); code != call.CodeStorage {
		t.Errorf("at a start: %v", code)
	}
	if _, code := d.application("other").List(); code != call.OK {
		t.Errorf("another owner: %v", code)
	}
}

func TestARecordThatIsNoneIsRefused(t *testing.T) {
	d := newDevice(t)
	if _, code := d.application("till").Generate(Request{call.AES256GCM, call.Encrypt, true, nil}); code != call.OK {
		t.Fatal(code)
	}
	keys := d.spaces["till"].Keys.(*shelf)
	for name, good := range keys.all {
		for what, bad := range map[string][]byte{"empty": {}, "another version": append([]byte{2}, good[1:]...), "another algorithm": append([]byte{1, 200}, good[2:]...),
			"a usage that it has not": append([]byte{1, good[1], 255}, good[3:]...), "a long label": append([]byte{1, good[1], good[2], 255}, good[4:]...), "a short key": good[:len(good)-1]} {
			keys.all[name] = bad
			d.restart()
			if _, code := d.application("till").List(); code != call.CodeStorage {
				t.Errorf("%s: %v", what, code)
			}
		}
		keys.all[name] = good
	}
	d.restart()
	if _, code := d.application("till").List(); code != call.OK {
		t.Errorf("the control failed: %v", code)
	}
}

func TestWithoutStorageKeysLastForASession(t *testing.T) {
	s, err := New(Config{Memory: keyMemory(t)})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := Application("till")
	c := s.Session(o, func() Permissions { return PermitAll })
	k := generate(t, c, call.ECDSAP256, call.Sign)
	if _, code := c.Certificate(k); code != call.OK {
		t.Error(code)
	}
	_, kept := c.Generate(Request{call.AES256GCM, call.Encrypt, true, nil})
	for name, code := range map[string]call.Code{"a key": kept, "a value": c.PutData([]byte("name"), nil), "a certificate": c.PutCertificate([]byte("name"), nil, false)} {
		if code != call.CodeStorage {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestOnlyNamesOfApplicationsAreOwners(t *testing.T) {
	for _, name := range []string{"", AppWorld().Name(), authorityOwner, "A", "a/b", "a.b", string(bytes.Repeat([]byte("a"), call.MaxName+1))} {
		if _, ok := Application(name); ok {
			t.Errorf("%q is an application", name)
		}
	}
	if o, ok := Application("loyalty-2"); !ok || o.Name() != "loyalty-2" {
		t.Error("the control failed")
	}
}

// The mailbox has its own names for the numbers of the services.
func TestTheMailboxHasTheSameNumbers(t *testing.T) {
	for a, b := range map[mailbox.KeyAlgorithm]call.Algorithm{mailbox.AlgorithmAES256GCM: call.AES256GCM, mailbox.AlgorithmAES256CMAC: call.AES256CMAC,
		mailbox.AlgorithmAES512SIV: call.AES512SIV, mailbox.AlgorithmChaCha20Poly1305: call.ChaCha20Poly1305, mailbox.AlgorithmHMACSHA256: call.HMACSHA256,
		mailbox.AlgorithmRSA2048PSS: call.RSA2048PSS, mailbox.AlgorithmRSA3072PSS: call.RSA3072PSS, mailbox.AlgorithmRSA2048PKCS1v15: call.RSA2048PKCS1v15,
		mailbox.AlgorithmRSA2048OAEP: call.RSA2048OAEP, mailbox.AlgorithmRSA3072OAEP: call.RSA3072OAEP, mailbox.AlgorithmECDSAP256: call.ECDSAP256,
		mailbox.AlgorithmECDSAP384: call.ECDSAP384, mailbox.AlgorithmEd25519: call.Ed25519, mailbox.AlgorithmECDHP256: call.ECDHP256,
		mailbox.AlgorithmECDHP384: call.ECDHP384, mailbox.AlgorithmX25519: call.X25519, mailbox.AlgorithmMLKEM768: call.MLKEM768, mailbox.AlgorithmMLKEM1024: call.MLKEM1024} {
		if uint8(a) != uint8(b) {
			t.Errorf("%d is %v", a, b)
		}
	}
	for a, b := range map[mailbox.KeyUsage]call.Usage{mailbox.UsageEncrypt: call.Encrypt, mailbox.UsageDecrypt: call.Decrypt, mailbox.UsageSign: call.Sign, mailbox.UsageMAC: call.MAC} {
		if uint8(a) != uint8(b) {
			t.Errorf("usage %b is %b", a, b)
		}
	}
	for _, c := range call.Codes() {
		if told(c) == mailbox.CodeNone || told(c) == mailbox.CodeServices && c != call.CodeBusy && c != call.CodeInternal {
			t.Errorf("%v is told as %v", c, told(c))
		}
	}
}

// enforcedVariable makes this test binary one in which the FIPS module is enforced.
const enforcedVariable = "STRONGROOM_SERVICES_ENFORCED"

func TestWhereTheFIPSModuleIsEnforcedWhatLiesOutsideIsRefused(t *testing.T) {
	if os.Getenv(enforcedVariable) == "" {
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v") //nolint:gosec,noctx // this program
		again.Env = append(os.Environ(), "GODEBUG=fips140=only", enforcedVariable+"=1")
		if out, err := again.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	d := newDevice(t)
	c := d.application("till")
	for _, line := range d.Report() {
		if !line.Algorithm.Valid() {
			continue
		}
		u := d.algorithms[line.Algorithm].usages
		k, code := c.Generate(Request{Algorithm: line.Algorithm, Usage: u & -u})
		if line.Inside != (code == call.OK) || !line.Inside && (code != call.CodeFIPS || line.Why == "") {
			t.Errorf("%v: %v", line.Algorithm, code)
		}
		if code == call.OK {
			worksEnforced(t, c, k)
		}
	}
}

func worksEnforced(t *testing.T, c *Session, handle uint32) {
	t.Helper()
	k, _ := c.Describe(handle)
	var code call.Code
	switch k.Usage {
	case call.Sign:
		_, code = c.Sign(nil, handle, []byte("message"))
	case call.Encrypt:
		_, code = c.Seal(nil, handle, []byte("message"), nil)
	default:
		if _, code = c.Decrypt(nil, handle, []byte("message"), nil); code == call.CodeInvalid && c.s.algorithms[k.Algorithm].usages == decrypting || code == call.CodeFIPS {
			code = call.OK // RSA tells that it is none, HPKE is refused
		}
	}
	if code != call.OK {
		t.Errorf("%v: %v", k.Algorithm, code)
	}
	if code := c.Delete(handle); code != call.OK {
		t.Error(code)
	}
}
