package services

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// as lets package tasdk ask the services as this session's application.
func as(c *Session) {
	all := functions()
	tasdk.UseHost(func(fn uint32, buf []byte) (int, int32) {
		f, ok := all[fn]
		if !ok {
			return 0, tasdk.CodeHostUnknown
		}
		n, code := c.answer(context.Background(), fn, f, buf)
		return n, int32(code)
	})
}

// must is the value of a call that may not fail.
func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAnApplicationSealsAndOpensUnderEverySymmetricAlgorithm(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	for _, a := range []crypto.Algorithm{crypto.AES256GCM, crypto.AES256CBC, crypto.AES256CTR, crypto.AES512SIV, crypto.ChaCha20Poly1305} {
		k := must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.Encrypt | crypto.Decrypt}))(t)
		extra := []byte("extra")
		if a == crypto.AES256CBC || a == crypto.AES256CTR {
			extra = nil
		}
		for _, n := range []int{0, 16, 4096, crypto.MaxData} {
			plaintext := bytes.Repeat([]byte{0xd5}, n)
			sealed := must(k.Seal(plaintext, extra))(t)
			if got := must(k.Open(sealed, extra))(t); !bytes.Equal(got, plaintext) || n > 0 && bytes.Contains(sealed, plaintext) {
				t.Errorf("%v, %d bytes: opened %d", a, n, len(got))
			}
		}
		if _, err := k.Seal(make([]byte, crypto.MaxData+16), extra); !errors.Is(err, crypto.CodeTooLong) {
			t.Errorf("%v: too long a message: %v", a, err)
		}
		if err := k.Delete(); err != nil {
			t.Error(err)
		}
		if _, err := k.Seal(nil, nil); !errors.Is(err, crypto.CodeNoKey) {
			t.Errorf("%v: used after its end: %v", a, err)
		}
	}
}

func TestAnApplicationAuthenticatesUnderEveryMAC(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	for _, a := range []crypto.Algorithm{crypto.AES256CMAC, crypto.HMACSHA256, crypto.HMACSHA384, crypto.HMACSHA512, crypto.HMACSHA3256} {
		k := must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.MAC | crypto.VerifyMAC}))(t)
		tag := must(k.MAC([]byte("message")))(t)
		if err := k.VerifyMAC([]byte("message"), tag); err != nil {
			t.Errorf("%v: %v", a, err)
		}
		for name, bad := range map[string][]byte{"a changed tag": append([]byte{tag[0] ^ 1}, tag[1:]...), "a cut tag": tag[:len(tag)-1], "no tag": nil} {
			if err := k.VerifyMAC([]byte("message"), bad); !errors.Is(err, crypto.CodeInvalid) {
				t.Errorf("%v: %s: %v", a, name, err)
			}
		}
	}
}

func signatures() []crypto.Algorithm {
	return []crypto.Algorithm{crypto.RSA2048PSS, crypto.RSA3072PSS, crypto.RSA2048PKCS1v15, crypto.ECDSAP256, crypto.ECDSAP384, crypto.Ed25519}
}

func TestASignatureVerifiesByTheCertificateOfItsKey(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	roots := x509.NewCertPool()
	authority, err := x509.ParseCertificate(must(d.Authority())(t))
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(authority)
	for _, a := range signatures() {
		k := must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.Sign}))(t)
		message := []byte("a receipt")
		signature := must(k.Sign(message))(t)
		certificate, err := x509.ParseCertificate(must(k.Certificate())(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: d.now}); err != nil {
			t.Errorf("%v: %v", a, err)
		}
		if err := crypto.PutCertificate("peer", certificate.Raw, false); err != nil {
			t.Fatalf("%v: %v", a, err)
		}
		if err := errors.Join(k.Verify(message, signature), crypto.VerifyWith("peer", a, message, signature)); err != nil {
			t.Errorf("%v: %v", a, err)
		}
		signature[len(signature)/2] ^= 1
		if err := crypto.VerifyWith("peer", a, message, signature); !errors.Is(err, crypto.CodeInvalid) {
			t.Errorf("%v: a changed signature: %v", a, err)
		}
		if _, err := crypto.EncryptWith("peer", crypto.RSA2048OAEP, message, nil); !errors.Is(err, crypto.CodeUntrusted) {
			t.Errorf("%v: a certificate for signatures encrypts: %v", a, err)
		}
		if err := k.Delete(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsEncryptedToACertificateIsDecryptedByItsKey(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	for _, a := range []crypto.Algorithm{crypto.RSA2048OAEP, crypto.RSA3072OAEP, crypto.ECDHP256, crypto.ECDHP384, crypto.X25519, crypto.MLKEM768, crypto.MLKEM1024} {
		k := must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.Decrypt}))(t)
		if err := crypto.PutCertificate("peer", must(k.Certificate())(t), false); err != nil {
			t.Fatalf("%v: %v", a, err)
		}
		sealed := must(crypto.EncryptWith("peer", a, []byte("message"), []byte("label")))(t)
		if got := must(k.Decrypt(sealed, []byte("label")))(t); string(got) != "message" {
			t.Errorf("%v: decrypted %q", a, got)
		}
		if _, err := k.Decrypt(sealed, []byte("another")); !errors.Is(err, crypto.CodeInvalid) {
			t.Errorf("%v: another label: %v", a, err)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := k.Decrypt(sealed, []byte("label")); !errors.Is(err, crypto.CodeInvalid) {
			t.Errorf("%v: a changed ciphertext: %v", a, err)
		}
		if err := crypto.VerifyWith("peer", crypto.ECDSAP256, nil, nil); !errors.Is(err, crypto.CodeUntrusted) {
			t.Errorf("%v: a certificate for encryption verifies: %v", a, err)
		}
		if err := k.Delete(); err != nil {
			t.Error(err)
		}
	}
}

func TestTwoEndsAgreeOnAKey(t *testing.T) {
	d := newDevice(t)
	shared := crypto.Key{Algorithm: crypto.AES256CMAC, Usage: crypto.MAC}
	for _, a := range []crypto.Algorithm{crypto.ECDHP256, crypto.ECDHP384, crypto.X25519} {
		ends := []*Session{d.application("one"), d.application("two")}
		var keys []crypto.Handle
		var certificates [][]byte
		for _, c := range ends {
			as(c)
			keys = append(keys, must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.Agree}))(t))
			certificates = append(certificates, must(keys[len(keys)-1].Certificate())(t))
		}
		var tags [][]byte
		for i, c := range ends {
			as(c)
			if err := crypto.PutCertificate("peer", certificates[1-i], false); err != nil {
				t.Fatal(err)
			}
			k := must(keys[i].Agree(shared, "peer", []byte("salt"), []byte("info")))(t)
			tags = append(tags, must(k.MAC([]byte("message")))(t))
			other := must(keys[i].Agree(shared, "peer", []byte("salt"), []byte("other")))(t)
			if bytes.Equal(must(other.MAC([]byte("message")))(t), tags[i]) {
				t.Errorf("%v: another info gives the same key", a)
			}
			if _, err := keys[i].Decrypt([]byte("x"), nil); !errors.Is(err, crypto.CodeUsage) {
				t.Errorf("%v: a key to agree with decrypts: %v", a, err)
			}
			c.Close()
		}
		if !bytes.Equal(tags[0], tags[1]) {
			t.Errorf("%v: two ends have two keys", a)
		}
	}
}

func TestAKEMGivesBothEndsOneKey(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	shared := crypto.Key{Algorithm: crypto.HMACSHA256, Usage: crypto.MAC}
	for _, a := range []crypto.Algorithm{crypto.MLKEM768, crypto.MLKEM1024} {
		k := must(crypto.Generate(crypto.Key{Algorithm: a, Usage: crypto.Agree}))(t)
		if err := crypto.PutCertificate("peer", must(k.Certificate())(t), false); err != nil {
			t.Fatal(err)
		}
		near, ciphertext, err := crypto.Encapsulate(shared, "peer", []byte("salt"), []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		far := must(k.Decapsulate(shared, ciphertext, []byte("salt"), []byte("info")))(t)
		if !bytes.Equal(must(near.MAC(nil))(t), must(far.MAC(nil))(t)) {
			t.Errorf("%v: two ends have two keys", a)
		}
	}
}

func TestADerivedKeyIsTheOneThatHKDFNames(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	secret := bytes.Repeat([]byte{0x0b}, 22)
	k := must(crypto.Import(crypto.Key{Algorithm: crypto.HKDFSHA256, Usage: crypto.Derive}, secret))(t)
	child := must(k.Derive(crypto.Key{Algorithm: crypto.HMACSHA256, Usage: crypto.MAC}, []byte("salt"), []byte("info")))(t)
	want := make([]byte, 32)
	if err := hkdf(d.memory, sha256.New, want, secret, []byte("salt"), []byte("info")); err != nil {
		t.Fatal(err)
	}
	same := must(crypto.Import(crypto.Key{Algorithm: crypto.HMACSHA256, Usage: crypto.MAC}, want))(t)
	if !bytes.Equal(must(child.MAC(nil))(t), must(same.MAC(nil))(t)) {
		t.Error("another key")
	}
}

func TestTheReportNamesEveryAlgorithmOnce(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	seen := map[crypto.Algorithm]bool{}
	inside := 0
	for _, s := range must(crypto.Report())(t) {
		if seen[s.Algorithm] {
			t.Errorf("%v twice", s.Algorithm)
		}
		seen[s.Algorithm] = true
		if s.Inside {
			inside++
		}
	}
	if len(seen) != int(call.AlgorithmEnd-1)+int(call.HashEnd-call.SHA256) || inside == 0 || inside == len(seen) {
		t.Errorf("%d algorithms, %d inside", len(seen), inside)
	}
}

func TestDataAndRandomBytes(t *testing.T) {
	d := newDevice(t)
	as(d.application("till"))
	if err := crypto.PutData("state", []byte("value")); err != nil {
		t.Fatal(err)
	}
	if got := must(crypto.GetData("state"))(t); string(got) != "value" {
		t.Errorf("%q", got)
	}
	as(d.application("other"))
	if _, err := crypto.GetData("state"); !errors.Is(err, crypto.CodeNotFound) {
		t.Errorf("another's value: %v", err)
	}
	a, b := must(crypto.Random(32))(t), must(crypto.Random(32))(t)
	if len(a) != 32 || bytes.Equal(a, b) {
		t.Errorf("%x, %x", a, b)
	}
	if _, err := crypto.Random(crypto.MaxRandom + 1); !errors.Is(err, crypto.CodeTooLong) {
		t.Error(err)
	}
}
