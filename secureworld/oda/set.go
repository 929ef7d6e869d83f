package oda

// Revoked names an issuer certificate that must no longer verify, by the key
// that signed it and its serial number.
type Revoked struct {
	RID    RID
	Index  byte
	Serial [3]byte
}

// Set is a terminal's certification authority keys and its revocation list. It
// does not change, and the zero value is empty.
type Set struct {
	keys    map[keyName]CAKey
	revoked map[Revoked]bool
}

type keyName struct {
	rid   RID
	index byte
}

// NewSet verifies and copies the keys. It refuses a key below minBits (ErrKey)
// or with a wrong check value (ErrCheck), two keys of one RID and index
// (ErrDuplicate), and more entries than a terminal needs (ErrTooMany).
func NewSet(keys []CAKey, revoked []Revoked, minBits int) (Set, error) {
	if len(keys) > maxKeys || len(revoked) > maxRevoked {
		return Set{}, ErrTooMany
	}
	s := Set{make(map[keyName]CAKey, len(keys)), make(map[Revoked]bool, len(revoked))}
	for _, k := range keys {
		if err := s.add(k, minBits); err != nil {
			return Set{}, err
		}
	}
	for _, r := range revoked {
		s.revoked[r] = true
	}
	return s, nil
}

func (s Set) add(k CAKey, minBits int) error {
	if err := k.Verify(); err != nil {
		return err
	}
	if k.public().Bits() < minBits {
		return ErrKey
	}
	name := keyName{k.RID, k.Index}
	if _, taken := s.keys[name]; taken {
		return ErrDuplicate
	}
	s.keys[name] = k.clone()
	return nil
}

// Find returns a copy of the key of this RID with this index (8F).
func (s Set) Find(rid RID, index byte) (CAKey, bool) {
	k, ok := s.keys[keyName{rid, index}]
	return k.clone(), ok
}
