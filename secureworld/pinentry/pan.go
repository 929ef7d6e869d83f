package pinentry

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

// PANNonce is the nonce under which a PAN is sealed for one PIN block.
func PANNonce(counter uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{'P', 'A', 'N', 0}, counter)
}

// PANAAD binds a sealed PAN to an order and a device.
func PANAAD(order OrderID, device orderauth.DeviceID) []byte {
	return append(append(make([]byte, 0, 24), order[:]...), device[:]...)
}

// KeyedNonce is the nonce under which a keyed card is sealed.
func KeyedNonce(counter uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{'K', 'E', 'Y', 0}, counter)
}
