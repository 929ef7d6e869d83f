package device

import (
	"bytes"
	"crypto/sha256"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

// State is what a device keeps. Fields that a device has no use for are zero.
type State struct {
	ID    orderauth.DeviceID
	Order [32]byte // AES-256, CMAC over orders
	PAN   [32]byte // PIN pad: AES-256-GCM, the PAN for one PIN block
	Keyed [32]byte // PIN pad: AES-256-GCM, a card that is keyed in
	KBPK  [32]byte // PIN pad: AES-256, key blocks from the acquirer

	Counter      uint64 // PIN pad: of the last PAN that was opened
	KeyedCounter uint64 // PIN pad: of the last keyed card that was sealed

	Initial [8]byte // id of the DUKPT key in Keys, zero if none
	Check   [5]byte // its check value; the key itself is gone
	Keys    []byte  `max:"4096"` // state of package dukpt, empty if none
	Had     []byte  `max:"512"`  // ids of all DUKPT keys ever loaded, 8 bytes each
}

// ErrState reports a state file that is not one, or not of this device.
var ErrState = errors.New("device: state file refused")

const (
	stateMagic   = "SRDV"
	stateVersion = 2 // 1 had no key for keyed cards
)

// encode appends the file's bytes to dst.
func (s *State) encode(dst []byte) ([]byte, error) {
	dst = append(append(dst, stateMagic...), stateVersion)
	dst, err := frame.Append(dst, s)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(dst)
	return append(dst, sum[:]...), nil
}

// decodeState reads a file's bytes. What it accepts encodes to the same bytes.
func decodeState(b []byte) (*State, error) {
	head := append([]byte(stateMagic), stateVersion)
	if len(b) < len(head)+sha256.Size || !bytes.HasPrefix(b, head) {
		return nil, ErrState
	}
	body, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(want[:], sum) {
		return nil, ErrState
	}
	s := new(State)
	if frame.Parse(body[len(head):], s) != nil || len(s.Had)%8 != 0 {
		return nil, ErrState
	}
	return s, nil
}

// hadKey reports whether a DUKPT key of this id was ever loaded.
func (s *State) hadKey(id [8]byte) bool {
	for at := 0; at+8 <= len(s.Had); at += 8 {
		if bytes.Equal(s.Had[at:at+8], id[:]) {
			return true
		}
	}
	return false
}

func (s *State) wipe() {
	clear(s.Order[:])
	clear(s.PAN[:])
	clear(s.Keyed[:])
	clear(s.KBPK[:])
	clear(s.Keys)
}
