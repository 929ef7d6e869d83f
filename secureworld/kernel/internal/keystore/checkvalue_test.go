package keystore

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// A module that states a check value must state the right one. Who holds the supplier
// key can seal a block that lies, so the block is made with the true value, and the
// key is then another one: that is what a mix-up of components looks like.
func TestAKeyBlockWithAnotherKeysCheckValueIsRefused(t *testing.T) {
	e := newEstate(t)
	for name, want := range expected() {
		if want.Algorithm != 'A' {
			continue
		}
		right, err := keyblock.KCVAES(e.keys[name])
		if err != nil {
			t.Fatal(err)
		}
		state := func(kcv [5]byte) func(h *keyblock.Header, _, _ *[]byte) {
			return func(h *keyblock.Header, _, _ *[]byte) {
				h.Optional = append(h.Optional, keyblock.OptionalBlock{ID: "KC", Data: "01" + strings.ToUpper(hexOf(kcv[:]))})
			}
		}
		good := e.block(t, name, state(right))
		if name == provisioning.KeyPAN { // the twin: with the right one it opens
			dir := copied(t, e.dir)
			e.works(t, opened(t, dir, e.with(name, good)))
		}
		at := strings.Index(good, "KC") + len("KC") + 4
		lying := []byte(good)
		lying[at] = "0123456789ABCDEF"[(strings.IndexByte("0123456789ABCDEF", lying[at])+1)%16]
		refused(t, e, "another check value for "+name, e.with(name, string(lying)))
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}
