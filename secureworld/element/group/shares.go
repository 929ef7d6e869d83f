package group

import "crypto/sha256"

// shares remembers contributions by their hash. A member whose randomness repeats, or
// is that of another one, contributes nothing; it is named. When full, the oldest is
// forgotten.
type shares struct {
	seen  map[[32]byte]struct{}
	order [][32]byte
}

func newShares() shares { return shares{seen: make(map[[32]byte]struct{})} }

// fresh remembers a contribution and reports whether nobody made it before.
func (s *shares) fresh(share []byte) bool {
	h := sha256.New()
	h.Write([]byte("strongroom seen contribution 1"))
	h.Write(share)
	key := [32]byte(h.Sum(nil))
	if _, again := s.seen[key]; again {
		return false
	}
	if len(s.order) == maxShares {
		delete(s.seen, s.order[0])
		s.order = s.order[1:]
	}
	s.seen[key] = struct{}{}
	s.order = append(s.order, key)
	return true
}
