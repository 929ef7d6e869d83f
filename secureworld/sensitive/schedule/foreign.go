package schedule

import "crypto/cipher"

// RoomForeign is enough for an AEAD whose object is little more than its key.
const RoomForeign = 128

// MoveAEAD moves an AEAD that another package made into room and clears the
// object on the heap. It is guarded by reflection alone: the caller's tests hold
// its answers to known ones. An object that holds pointers or outgrew the room
// is refused, and nothing is erased then.
func MoveAEAD(a cipher.AEAD, room []byte) (cipher.AEAD, func(), error) {
	l := examine(a)
	if l.moves != nil {
		return nil, nil, l.moves
	}
	if len(room) < RoomForeign || int(l.size) > RoomForeign-alignment+1 {
		return nil, nil, errRoom
	}
	seat := relocate(&a, l, room)
	return a, func() { clear(seat) }, nil
}
