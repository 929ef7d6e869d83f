package applets

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

const (
	keySize = 32
	// The labels of derivations, of one meaning each.
	labelApplet  = "strongroom applet 1"
	labelHMAC    = "strongroom applet hmac 1"
	labelCMAC    = "strongroom applet cmac 1"
	labelSeal    = "strongroom applet seal 1"
	labelChance  = "strongroom applet chance 1"
	labelRuntime = "strongroom applet runtime 1"
)

// root is a key from which others are derived, expanded.
type root struct {
	block cipher.Block
	erase func()
}

func newRoot(key []byte) (root, error) {
	if len(key) != keySize {
		return root{}, errors.New("applets: a root key of another length")
	}
	block, erase, err := schedule.NewAES(key, nil)
	return root{block, erase}, err
}

// of is the root of one applet, of all its versions.
func (r root) of(n name) (root, error) {
	context := append([]byte{byte(len(n.developer))}, n.developer...)
	context = append(append(context, byte(len(n.applet))), n.applet...)
	var key [keySize]byte
	defer clear(key[:])
	cmac.KDF(key[:], r.block, labelApplet, context)
	return newRoot(key[:])
}

// use derives a key for one call and erases it.
func (r root) use(size int, label string, context []byte, do func(key []byte) error) error {
	key := make([]byte, size)
	defer clear(key)
	cmac.KDF(key, r.block, label, context)
	return do(key)
}

func (r root) hmac(label, data []byte) (tag []byte) {
	_ = r.use(keySize, labelHMAC, label, func(key []byte) error {
		h := hmac.New(sha256.New, key)
		h.Write(data)
		tag = h.Sum(nil)
		return nil
	})
	return tag
}

func (r root) cmac(label, data []byte) (tag []byte, err error) {
	err = r.use(keySize, labelCMAC, label, func(key []byte) error {
		block, erase, err := schedule.NewAES(key, nil)
		if err != nil {
			return err
		}
		defer erase()
		tag = cmac.Sum(nil, block, data)
		return nil
	})
	return tag, err
}

func (r root) seal(label []byte, do func(c *siv.Cipher) error) error {
	return r.use(siv.KeySize, labelSeal, label, func(key []byte) error {
		c, err := siv.New(key)
		if err != nil {
			return err
		}
		defer c.Wipe()
		return do(c)
	})
}

// stream gives what one question has of chance, for one purpose: a new piece each time.
type stream struct {
	chance *element.Chance
	label  string
	number uint32
}

func (s *stream) fill(b []byte) error {
	r, err := newRoot(s.chance[:])
	if err != nil {
		return err
	}
	defer r.erase()
	s.number++
	cmac.KDF(b, r.block, s.label, []byte{byte(s.number >> 24), byte(s.number >> 16), byte(s.number >> 8), byte(s.number)})
	return nil
}
