package dukpt

// KeyType is an algorithm with its key length. ANSI X9.24-3, algorithm
// indicators of the derivation data; ordered by strength.
type KeyType uint16

// The types of the standard. TDEA only as working keys.
const (
	TDEA2  KeyType = 0 // double-length TDES, 16 bytes
	TDEA3  KeyType = 1 // triple-length TDES, 24 bytes
	AES128 KeyType = 2
	AES192 KeyType = 3
	AES256 KeyType = 4
)

// Size returns the length of a key in bytes, 0 for an unknown type.
func (t KeyType) Size() int {
	switch t {
	case TDEA2, AES128:
		return 16
	case TDEA3, AES192:
		return 24
	case AES256:
		return 32
	default:
		return 0
	}
}

// Derives reports whether keys of this type may derive others: the AES types.
func (t KeyType) Derives() bool { return t >= AES128 && t <= AES256 }

// String returns the name of the type.
func (t KeyType) String() string {
	switch t {
	case TDEA2:
		return "TDEA2"
	case TDEA3:
		return "TDEA3"
	case AES128:
		return "AES128"
	case AES192:
		return "AES192"
	case AES256:
		return "AES256"
	default:
		return "unknown key type"
	}
}
