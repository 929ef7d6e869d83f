package services

import (
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// The record of a persistent key, under its handle in eight hexadecimal digits:
//
//	version 1 (1) ‖ Algorithm (1) ‖ Usage (1) ‖ length (1) ‖ label ‖ secret
//
// The secret of a symmetric key is its bytes, of ML-KEM its seed, of any other
// private key PKCS #8.
const (
	recordVersion = 1
	recordHead    = 4
	// maxRecord holds PKCS #8 of RSA with 3072 bits (some 1,800 bytes).
	maxRecord = recordHead + call.MaxName + 2560
)

var errRecord = errors.New("services: a key's record is not one of ours")

func (k *key) name() string {
	s := strconv.FormatUint(uint64(k.handle), 16)
	return "00000000"[len(s):] + s
}

func (s *Services) store(e *estate, k *key, secret []byte) call.Code {
	err := withRoom(s.cfg.Memory, recordHead+len(k.label)+len(secret), func(room []byte) error {
		head := append(room[:0], recordVersion, byte(k.algorithm), byte(k.usage), byte(len(k.label)))
		copy(room[len(head):], k.label)
		copy(room[len(head)+len(k.label):], secret)
		return e.stores.Keys.Put(k.name(), room)
	})
	if err != nil {
		return call.CodeStorage
	}
	return call.OK
}

// loadKeys opens an owner's persistent keys.
func (s *Services) loadKeys(e *estate) call.Code {
	names, err := e.stores.Keys.List()
	if err != nil || len(names) > maxPersistent {
		return call.CodeStorage
	}
	for _, name := range names {
		k, err := s.loadKey(e, name)
		if err != nil {
			e.end()
			return call.CodeStorage
		}
		e.persistent[k.handle] = k
	}
	return call.OK
}

// end erases what is open.
func (e *estate) end() {
	for _, k := range e.persistent {
		k.end()
	}
	clear(e.persistent)
}

func (s *Services) loadKey(e *estate, name string) (k *key, err error) {
	handle, err := strconv.ParseUint(name, 16, 32)
	if err != nil || hex.DecodedLen(len(name)) != 4 {
		return nil, errRecord
	}
	err = withRoom(s.cfg.Memory, maxRecord, func(room []byte) error {
		n, err := e.stores.Keys.Get(name, room)
		if err != nil {
			return err
		}
		k, err = s.parseKey(room[:n])
		return err
	})
	if err == nil {
		k.handle = uint32(handle)
	}
	return k, err
}

func (s *Services) parseKey(b []byte) (*key, error) {
	if len(b) < recordHead || b[0] != recordVersion || len(b) < recordHead+int(b[3]) {
		return nil, errRecord
	}
	k := &key{algorithm: call.Algorithm(b[1]), usage: call.Usage(b[2]), persistent: true}
	if !k.algorithm.Valid() || !s.algorithms[k.algorithm].permits(k.usage) {
		return nil, errRecord
	}
	k.label = string(b[recordHead : recordHead+int(b[3])])
	secret := b[recordHead+int(b[3]):]
	var err error
	if a := s.algorithms[k.algorithm]; a.secret > 0 {
		if len(secret) != a.secret && !a.elastic {
			return nil, errRecord
		}
		k.material, err = a.open(s.cfg.Memory, secret)
	} else {
		k.material, err = a.parse(secret)
	}
	return k, err
}
