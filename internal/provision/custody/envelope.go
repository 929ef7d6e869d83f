package custody

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"

	"golang.org/x/crypto/argon2"
)

// Argon2id with the second recommendation of RFC 9106, section 4: three passes, 64
// MiB, four lanes. A passphrase is guessed one at a time in a tenth of a second.
const (
	passes   = 3
	memory   = 64 << 10 // KiB
	lanes    = 4
	saltSize = 16
	// MinPassphrase is four words of a word list, or so.
	MinPassphrase = 12
)

type header struct {
	Custodian string `json:"custodian"`
	Holder    string `json:"holder"`
	Part      int    `json:"part"`
	Of        int    `json:"of"`
	Keys      []Key  `json:"keys"`
	Salt      []byte `json:"salt"`
	Nonce     []byte `json:"nonce"`
}

type envelope struct {
	header
	Sealed []byte `json:"sealed"`
}

// Seal puts a component into its custodian's envelope. The passphrase stays the
// caller's to wipe.
func (c *Component) Seal(passphrase []byte) ([]byte, error) {
	if len(passphrase) < MinPassphrase {
		return nil, errShort()
	}
	keys, err := c.Keys()
	if err != nil {
		return nil, err
	}
	h := header{Custodian: c.Custodian, Holder: c.Holder, Part: c.Part, Of: custodians, Keys: keys,
		Salt: make([]byte, saltSize), Nonce: make([]byte, 12)}
	_, _ = rand.Read(h.Salt) // never fails
	_, _ = rand.Read(h.Nonce)
	a, bound, err := h.sealer(passphrase)
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(envelope{h, a.Seal(nil, h.Nonce, c.secret, bound)}, "", "  ")
	return append(b, '\n'), err
}

func (h header) sealer(passphrase []byte) (cipher.AEAD, []byte, error) {
	bound, err := json.Marshal(h)
	if err != nil {
		return nil, nil, err
	}
	key := argon2.IDKey(passphrase, h.Salt, passes, memory, lanes, KeySize)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	a, err := cipher.NewGCM(block)
	return a, bound, err
}

// parse reads an envelope's form. It takes no secret.
func parse(b []byte) (envelope, error) {
	var e envelope
	if len(b) > maxEnvelope {
		return e, ErrEnvelope
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&e) != nil || d.More() || e.Of != custodians || e.Part < 1 || e.Part > custodians ||
		e.Custodian == "" || len(e.Custodian) > maxName || e.Holder == "" || len(e.Holder) > maxName ||
		len(e.Keys) == 0 || len(e.Keys) > maxKeys || len(e.Salt) != saltSize || len(e.Nonce) != 12 ||
		len(e.Sealed) != len(e.Keys)*KeySize+16 {
		return envelope{}, ErrEnvelope
	}
	return e, nil
}

// Custodian tells whose envelope it is, to ask the right person.
func Custodian(b []byte) (string, error) {
	e, err := parse(b)
	return e.Custodian, err
}

// Open opens an envelope and checks each component. The caller wipes it.
func Open(b, passphrase []byte) (*Component, error) {
	e, err := parse(b)
	if err != nil {
		return nil, err
	}
	a, bound, err := e.sealer(passphrase)
	if err != nil {
		return nil, err
	}
	c := &Component{Custodian: e.Custodian, Holder: e.Holder, Part: e.Part}
	if c.secret, err = a.Open(nil, e.Nonce, e.Sealed, bound); err != nil {
		return nil, ErrPassphrase
	}
	for i, k := range e.Keys {
		c.Names = append(c.Names, k.Name)
		if check, err := CheckValue(c.of(i)); err != nil || subtle.ConstantTimeCompare([]byte(check), []byte(k.Check)) != 1 {
			c.Wipe()
			return nil, ErrCheck
		}
	}
	return c, nil
}
