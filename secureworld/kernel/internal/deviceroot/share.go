package deviceroot

import (
	"crypto/cipher"
	"crypto/rand"
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/shamir"
)

// split makes the record for the parts of now, with a new polynomial: shares of
// two records do not go together.
func (r *Root) split() error {
	next := record{number: r.record.number + 1, guard: r.guard, needed: fingerprint.Needed(r.cfg.Parts.Present())}
	var err error
	if next.kernel, next.terminal, err = r.checks(); err != nil {
		return err
	}
	err = r.withShares(next.needed, func(shares [][]byte) error {
		for i, room := range shares {
			part := r.present()[i]
			s := share{place: part}
			if err := r.wrap(&s, room, next); err != nil {
				return err
			}
			next.shares = append(next.shares, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.record = next
	if r.record.mac, err = r.mac(); err != nil {
		return err
	}
	return r.replace(RecordFile, r.record.encode())
}

// present are the parts that have a digest, in order.
func (r *Root) present() (parts []fingerprint.Part) {
	for p, d := range r.cfg.Parts {
		if d != [32]byte{} {
			parts = append(parts, fingerprint.Part(p))
		}
	}
	return parts
}

// withShares runs f with one share for each part that is present, each with room
// for a tag behind it.
func (r *Root) withShares(needed int, f func(shares [][]byte) error) error {
	n := len(r.present())
	return r.withRoom(n*(keySize+tagSize)+needed*keySize, func(room []byte) error {
		shares := make([][]byte, n)
		for i := range shares {
			at := i * (keySize + tagSize)
			shares[i] = room[at : at+keySize : at+keySize+tagSize]
		}
		if err := shamir.Split(r.secret, needed, shares, room[n*(keySize+tagSize):], rand.Reader); err != nil {
			return err
		}
		return f(shares)
	})
}

// wrap seals a share, in place, for a part.
func (r *Root) wrap(s *share, room []byte, of record) error {
	if _, err := io.ReadFull(rand.Reader, s.wrapped[:nonceSize]); err != nil {
		return err
	}
	return r.withPart(s.place, func(a cipher.AEAD) error {
		copy(s.wrapped[nonceSize:], a.Seal(room[:0], s.wrapped[:nonceSize], room, aad(s.place, of)))
		return nil
	})
}

// aad binds a share to its place and to its split.
func aad(p fingerprint.Part, of record) []byte {
	return append([]byte{byte(p), byte(of.needed)}, record{number: of.number}.signed()[4:12]...)
}

// withPart runs f under the key of a part of this device.
func (r *Root) withPart(p fingerprint.Part, f func(cipher.AEAD) error) error {
	return r.withRoom(keySize, func(key []byte) error {
		context := append([]byte{byte(p)}, r.cfg.Parts[p][:]...)
		if err := r.derive(key, r.sealing, "strongroom device part 1", context); err != nil {
			return err
		}
		return r.withGCM(key, f)
	})
}

// gather opens the shares of the parts that are as they were, and puts the secret
// together.
func (r *Root) gather() error {
	return r.withRoom(len(r.record.shares)*(keySize+tagSize), func(room []byte) error {
		var points []byte
		var shares [][]byte
		for i, s := range r.record.shares {
			part := room[i*(keySize+tagSize) : (i+1)*(keySize+tagSize)]
			good, err := r.unwrap(s, part)
			switch {
			case err != nil:
				return err
			case good:
				points, shares = append(points, byte(i+1)), append(shares, part[:keySize])
			default:
				r.changed = append(r.changed, s.place)
			}
		}
		r.addNew()
		if len(shares) < r.record.needed {
			return ErrOtherDevice
		}
		return shamir.Combine(r.secret, points[:r.record.needed], shares[:r.record.needed])
	})
}

func (r *Root) unwrap(s share, room []byte) (good bool, err error) {
	if r.cfg.Parts[s.place] == [32]byte{} {
		return false, nil
	}
	copy(room, s.wrapped[nonceSize:])
	err = r.withPart(s.place, func(a cipher.AEAD) error {
		_, failed := a.Open(room[:0], s.wrapped[:nonceSize], room, aad(s.place, r.record))
		good = failed == nil
		return nil
	})
	return good, err
}

// addNew counts the parts that had no share.
func (r *Root) addNew() {
	for _, p := range r.present() {
		known := false
		for _, s := range r.record.shares {
			known = known || s.place == p
		}
		if !known {
			r.changed = append(r.changed, p)
		}
	}
}
