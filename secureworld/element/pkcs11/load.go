//go:build linux && cgo

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// load puts the AES keys of a file into the token. A key whose label is taken is
// refused: replacing one is the token's own tool's business. A later fault leaves
// the earlier keys there.
func (t *token) load(file element.KeyFile, kbpk []byte) error {
	return t.with(func(s *session) error {
		for i, e := range file.Keys {
			p, mine := policies()[e.Slot]
			if !mine {
				continue
			}
			if err := s.loadOne(e, p, kbpk); err != nil {
				return fmt.Errorf("loading key %d: %w", i+1, err)
			}
		}
		return nil
	})
}

func (s *session) loadOne(e element.KeyEntry, p policy, kbpk []byte) error {
	label, err := labelOf(e)
	if err != nil {
		return err
	}
	found, err := s.search(pkcs11.NewAttribute(pkcs11.CKA_LABEL, label))
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return errors.New("the token has a key of this label")
	}
	var key [keySize]byte
	defer clear(key[:])
	if _, n, err := keyblock.UnwrapAs(kbpk, []byte(e.Block), key[:], p.expect); err != nil || n != keySize {
		return errors.New("the key block is refused for its slot")
	}
	value := pkcs11.NewAttribute(pkcs11.CKA_VALUE, key[:])
	defer clear(value.Value)
	_, err = s.library.CreateObject(s.handle, append(template(true, p.use), value, pkcs11.NewAttribute(pkcs11.CKA_LABEL, label)))
	return err
}

// labelOf is how find reads it.
func labelOf(e element.KeyEntry) (string, error) {
	label := labelPrefix + string(e.Slot)
	if isBDK(e.Slot) {
		label += " " + strings.ToLower(e.BDKID)
	}
	if newRing().place(strings.TrimPrefix(label, labelPrefix), 1) != nil {
		return "", errors.New("the BDK id is not 8 hex digits")
	}
	return label, nil
}
