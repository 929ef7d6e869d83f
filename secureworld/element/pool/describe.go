package pool

import (
	"bytes"
	"crypto/ed25519"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// agreed is a group whose members signed that they hold its key.
type agreed struct {
	transcript *door.Transcript
	hash       [32]byte
	key        [32]byte // X25519
	holders    []identity.Holder
	makes      []string // different ones
}

// confirmations have MAC, key and signature; the MAC is for members alone.
const macSize, keySize = 32, 32

// examine verifies a Description: certificates, signatures, one key.
func examine(a identity.Authorities, d *overseer.Description) (*agreed, error) {
	t, err := door.ParseTranscript(d.Transcript)
	if err != nil || len(d.Confirmations) != len(t.Members)*door.ConfirmationSize {
		return nil, door.CodeMalformed
	}
	g := &agreed{transcript: t, hash: door.HashTranscript(d.Transcript)}
	copy(g.key[:], d.Confirmations[macSize:])
	for i := range t.Members {
		h, err := a.Member(&t.Members[i])
		if err != nil || t.Members[i].Version != element.LanguageVersion {
			return nil, door.CodeCertificate
		}
		if g.has(h) || !g.confirmed(h, d.Confirmations[i*door.ConfirmationSize:][:door.ConfirmationSize]) {
			return nil, door.CodeAgreement
		}
		g.add(h)
	}
	return g, nil
}

func (g *agreed) has(h identity.Holder) bool {
	for _, other := range g.holders {
		if other.Key.Equal(h.Key) {
			return true
		}
	}
	return false
}

// confirmed says that a member signed this key for this transcript.
func (g *agreed) confirmed(h identity.Holder, c []byte) bool {
	mac, key, signature := c[:macSize], c[macSize:macSize+keySize], c[macSize+keySize:]
	return bytes.Equal(key, g.key[:]) && ed25519.Verify(h.Key, door.ConfirmationInput(nil, &g.hash, mac, key), signature)
}

func (g *agreed) add(h identity.Holder) {
	g.holders = append(g.holders, h)
	for _, known := range g.makes {
		if known == h.Make {
			return
		}
	}
	g.makes = append(g.makes, h.Make)
}

// suffices holds a group to what this client wants of one, and returns how many votes
// an answer needs.
func (c *Config) suffices(g *agreed) (need int, err error) {
	if need = c.Votes; need == 0 {
		need = usual(g)
	}
	if need > len(g.holders) || c.Makes > len(g.makes) {
		return 0, door.CodeQuorum
	}
	return need, nil
}

// usual is how many answer and agree in a group's mode.
func usual(g *agreed) int {
	switch g.transcript.Mode {
	case door.ModeSingle:
		return 1
	case door.ModeDual:
		return 2
	case door.ModeQuorum:
	}
	return len(g.holders)/2 + 1
}
