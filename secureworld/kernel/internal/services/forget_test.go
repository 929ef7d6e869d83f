package services

import (
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

func TestAForgottenApplicationsKeysAreErasedAndOpenedAnew(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	k, code := c.Generate(Request{call.AES256GCM, call.Encrypt, true, []byte("box")})
	if code != call.OK {
		t.Fatal(code)
	}
	c.Close()
	d.Forget("till")
	if _, code := c.Seal(nil, k, nil, nil); code == call.OK {
		t.Error("a session of before still computes")
	}
	c = d.application("till")
	if again, code := c.Find([]byte("box")); code != call.OK || again.Handle != k {
		t.Errorf("the store was not given up: %v", code)
	}
	c.Close()
	d.Forget("till")
	d.spaces["till"].Keys.(*shelf).all = map[string][]byte{} // as the erasure of its spaces does
	if _, code := d.application("till").Find([]byte("box")); code != call.CodeNoKey {
		t.Errorf("after the erasure: %v", code)
	}
	d.Forget("never was")
}

func TestAQuotaBoundsTheKeysOfAllSessionsOfAnOwner(t *testing.T) {
	d := newDevice(t)
	one, two := d.application("till"), d.application("till")
	one.Limit(3)
	two.Limit(3)
	generate(t, one, call.AES256GCM, call.Encrypt)
	generate(t, two, call.AES256GCM, call.Encrypt)
	if _, code := two.Generate(Request{call.AES256GCM, call.Encrypt, true, nil}); code != call.OK {
		t.Fatal(code)
	}
	for _, persistent := range []bool{false, true} {
		if _, code := one.Generate(Request{call.AES256GCM, call.Encrypt, persistent, nil}); code != call.CodeQuota {
			t.Errorf("the fourth: %v", code)
		}
	}
}

// Every call of every session at once: no lock waits for another for ever, and no
// key is used after its end.
func TestSessionsWorkAtOnce(t *testing.T) {
	d := newDevice(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			name := []string{"one", "two"}[i%2]
			for range 20 {
				o, _ := Application(name)
				c := d.Session(o, func() Permissions { return PermitAll })
				k, code := c.Generate(Request{Algorithm: call.ECDSAP256, Usage: call.Sign})
				if code != call.OK {
					t.Error(code)
				}
				der, code := c.Certificate(k)
				if code != call.OK || c.PutCertificate([]byte("peer"), der, false) != call.OK {
					t.Error(code)
				}
				if s, code := c.Sign(nil, k, nil); code != call.OK || len(s) == 0 {
					t.Error(code)
				}
				c.Close()
				d.Forget(name)
			}
		})
	}
	all.Wait()
}
