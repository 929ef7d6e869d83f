package fingerprint

import "crypto/sha256"

// Part is the place of one in Parts.
type Part uint8

// Parts of a machine, as the package comment lists them.
const (
	Make Part = iota
	System
	Board
	Product
	Disk
	FileSystem
	Installation
	Count
)

func (p Part) String() string {
	names := [...]string{"make", "system", "board", "product", "disk", "file system", "installation"}
	if p >= Count {
		return "unknown part"
	}
	return names[p]
}

// Parts are the digests of a machine's parts; zero is absent.
type Parts [Count][32]byte

// Present is how many there are.
func (p Parts) Present() (n int) {
	for _, d := range p {
		if d != [32]byte{} {
			n++
		}
	}
	return n
}

// Digest stands for all parts together: it names this device as it is now.
func (p Parts) Digest() [32]byte {
	b := []byte("strongroom device 1\x00")
	for _, d := range p {
		b = append(b, d[:]...)
	}
	return sha256.Sum256(b)
}

// Needed is how many of n parts must be as they were. All of four and fewer: a
// copied disk in a machine of the same make brings three. Of five and six one may
// change, of seven two: a new board changes more, and is a new device.
func Needed(n int) int {
	switch {
	case n <= 4:
		return n
	case n <= 6:
		return n - 1
	}
	return n - 2
}

func digest(p Part, value []byte) [32]byte {
	if len(value) == 0 {
		return [32]byte{}
	}
	return sha256.Sum256(append([]byte("strongroom device part 1 "+p.String()+"\x00"), value...))
}
