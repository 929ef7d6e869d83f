package applications

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// licensed is the probe's operation that asks the kernel for a proof.
const licensed = 20

// challenged asks as an application does.
func (w *world) challenged(name string, challenge []byte) ([]byte, error) {
	return w.find(name).call(w.Context(), kernelSelf, licensed, challenge)
}

func TestAnApplicationChecksItsKernelsLicence(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	licence, challenge := [32]byte{3}, [32]byte{4}
	w := newWorld(t, func(c *Config) {
		c.Prove = func(challenge, binding [32]byte) licensing.Proof {
			return licensing.Prove(licensing.UseApplication, challenge, binding, licence, key)
		}
	})
	w.install("a", entitlement.Grant{}) // it may do nothing else
	answer, err := w.challenged("a", challenge[:])
	if err != nil {
		t.Fatal(err)
	}
	proof, ok := licensing.ParseAnswer(licensing.UseApplication, challenge, answer)
	if !ok {
		t.Fatalf("%d bytes", len(answer))
	}
	wasm, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	binding := licensing.ApplicationBinding(sha256.Sum256(wasm))
	if err := proof.Verify(licensing.UseApplication, challenge, binding, licence, public); err != nil {
		t.Error(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if proof.Verify(licensing.UseApplication, challenge, binding, licence, other) == nil {
		t.Error("another kernel's key is as good")
	}
	var refused tahost.Refusal
	short := append(binary.BigEndian.AppendUint32(nil, licensing.HostFunction), challenge[:31]...)
	if _, err := w.find("a").call(w.Context(), kernelSelf, host, short); !errors.As(err, &refused) || refused.Code != int32(call.CodeMalformed) {
		t.Errorf("a short challenge: %v", err)
	}
}

func TestAKernelWithoutALicenceKeyProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.install("a", entitlement.Grant{})
	var refused tahost.Refusal
	if _, err := w.challenged("a", make([]byte, 32)); !errors.As(err, &refused) || refused.Code != int32(call.CodeNotPermitted) {
		t.Errorf("%v", err)
	}
}
