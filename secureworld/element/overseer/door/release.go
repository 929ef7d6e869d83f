package door

import (
	"encoding/binary"
	"slices"

	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// Kinds of requests. The answer's kind is the request's with the first bit set.
const (
	KindDescribe byte = 0x01
	KindOpen     byte = 0x02
	KindAsk      byte = 0x03
	KindView     byte = 0x04

	KindAnswer  byte = 0x80
	KindRefusal byte = 0xFF
)

// Describe asks for the group.
type Describe struct{}

// Description answers Describe: enough for a client to verify, by the certificates and
// signatures within, which members hold the group's key.
type Description struct {
	Transcript    []byte `max:"20480"`
	Confirmations []byte `max:"896"` // group.ConfirmationSize each
}

// View asks for a picture of the group for people.
type View struct{}

// Viewed answers View.
type Viewed struct {
	Picture []byte `max:"32768"` // JSON
}

// Vote is what one member said to a question.
type Vote struct {
	Member uint8 // index in the transcript
	Code   group.Code
	SIV    [group.SIVSize]byte
	Vote   [group.VoteSize]byte
	Seen   [group.HashSize]byte
}

// Release is what an MCU releases to one question.
type Release struct {
	Code  group.Code
	SIV   [group.SIVSize]byte
	Votes []Vote
	Body  []byte // sealed answer without its SIV
}

const (
	voteSize      = 1 + 1 + group.SIVSize + group.VoteSize + group.HashSize
	releaseHeader = 1 + group.SIVSize + 1 + 2
)

// AppendReleases encodes releases in the order of their questions.
func AppendReleases(dst []byte, releases []Release) []byte {
	size := 2
	for i := range releases {
		size += releaseHeader + len(releases[i].Votes)*voteSize + len(releases[i].Body)
	}
	dst = slices.Grow(dst, size)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(releases))) //nolint:gosec // bounded by MaxQuestions
	for i := range releases {
		dst = appendRelease(dst, &releases[i])
	}
	return dst
}

func appendRelease(dst []byte, r *Release) []byte {
	dst = append(dst, byte(r.Code))
	dst = append(dst, r.SIV[:]...)
	dst = append(dst, byte(len(r.Votes)))
	for i := range r.Votes {
		v := &r.Votes[i]
		dst = append(dst, v.Member, byte(v.Code))
		dst = append(dst, v.SIV[:]...)
		dst = append(dst, v.Vote[:]...)
		dst = append(dst, v.Seen[:]...)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(r.Body))) //nolint:gosec // bounded by MaxAnswer
	return append(dst, r.Body...)
}

// ParseReleases decodes releases. Bodies alias b.
func ParseReleases(b []byte) ([]Release, error) {
	if len(b) < 2 {
		return nil, group.ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > group.MaxQuestions {
		return nil, group.ErrMalformed
	}
	b = b[2:]
	releases := make([]Release, n)
	for i := range releases {
		var err error
		if b, err = parseRelease(b, &releases[i]); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, group.ErrMalformed
	}
	return releases, nil
}

func parseRelease(b []byte, r *Release) (rest []byte, err error) {
	if len(b) < 1+group.SIVSize+1 {
		return nil, group.ErrMalformed
	}
	r.Code, r.SIV = group.Code(b[0]), [group.SIVSize]byte(b[1:])
	count := int(b[1+group.SIVSize])
	b = b[2+group.SIVSize:]
	if !r.Code.Valid() || count > group.MaxMembers || len(b) < count*voteSize+2 {
		return nil, group.ErrMalformed
	}
	if count > 0 {
		r.Votes = make([]Vote, 0, count)
	}
	for range count {
		v := Vote{Member: b[0], Code: group.Code(b[1])}
		v.SIV = [group.SIVSize]byte(b[2:])
		v.Vote = [group.VoteSize]byte(b[2+group.SIVSize:])
		v.Seen = [group.HashSize]byte(b[2+group.SIVSize+group.VoteSize:])
		if v.Member >= group.MaxMembers || !v.Code.Valid() {
			return nil, group.ErrMalformed
		}
		r.Votes, b = append(r.Votes, v), b[voteSize:]
	}
	size := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; size > len(b) || size > group.MaxAnswer {
		return nil, group.ErrMalformed
	}
	r.Body = b[:size:size]
	return b[size:], nil
}
