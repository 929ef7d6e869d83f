package group

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// nobody is to blame.
const nobody = 255

// blamed is a refusal that names a member.
type blamed struct {
	code   door.Code
	member uint8
}

// Error implements error.
func (b blamed) Error() string { return b.code.Error() }

func refusal(c door.Code) error { return blamed{c, nobody} }

func blame(c door.Code, member int) error {
	return blamed{c, uint8(member)}
}

func refuse(dst []byte, err error) []byte {
	b := blamed{door.CodeState, nobody}
	_ = errors.As(err, &b)
	return append(dst, door.KindRefusal, byte(b.code), b.member)
}
