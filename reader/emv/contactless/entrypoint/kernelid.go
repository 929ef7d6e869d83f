package entrypoint

import "bytes"

// A kernel identifier (9F2A; Book B, table 3-5) begins with two bits that say
// how it is formed:
//
//	00, 01  international: the first byte is the kernel, what follows is ignored
//	10, 11  domestic: short identifier ‖ two more bytes, a currency or country
//	        code among others
//
// A domestic identifier whose short identifier is zero is out of Book B's scope:
// nothing configured can match it.
const (
	kernelIDForm  = 0xC0
	kernelIDShort = 0x3F
)

// validKernelID accepts what a card can ask for: one byte that is not zero, or
// three bytes of the domestic form.
func validKernelID(id []byte) bool {
	switch len(id) {
	case 1:
		return id[0] != 0 && !domestic(id)
	case 3:
		return domestic(id) && id[0]&kernelIDShort != 0
	default:
		return false
	}
}

func domestic(id []byte) bool { return id[0]&kernelIDForm >= 0x80 }

// requestedKernel reads 9F2A (3.3.2.5 C). Nil means the default of the AID;
// false means that the directory entry is passed over.
func requestedKernel(id, aid []byte) ([]byte, bool) {
	switch {
	case len(id) == 0:
		return []byte{defaultKernel(aid)}, true
	case !domestic(id):
		return id[:1], true
	case len(id) < 3 || id[0]&kernelIDShort == 0:
		return nil, false
	default:
		return id[:3], true
	}
}

// serves reports whether a configured kernel is the one that was requested;
// zero leaves the choice to the reader (3.3.2.5 D).
func serves(kernel, requested []byte) bool {
	return bytes.Equal(requested, []byte{0}) || bytes.Equal(kernel, requested)
}

// defaultKernel is the kernel of the scheme that owns an AID (table 3-6); zero
// for any other.
func defaultKernel(aid []byte) byte {
	switch [5]byte(aid) {
	case [5]byte{0xA0, 0, 0, 0, 0x04}: // Mastercard
		return 0x02
	case ridVisa():
		return 0x03
	case [5]byte{0xA0, 0, 0, 0, 0x25}: // American Express
		return 0x04
	case [5]byte{0xA0, 0, 0, 0, 0x65}: // JCB
		return 0x05
	case [5]byte{0xA0, 0, 0, 0x01, 0x52}, [5]byte{0xA0, 0, 0, 0x03, 0x24}: // Discover
		return 0x06
	case [5]byte{0xA0, 0, 0, 0x03, 0x33}: // UnionPay
		return 0x07
	default:
		return 0
	}
}

func ridVisa() [5]byte { return [5]byte{0xA0, 0, 0, 0, 0x03} }
