package door

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Sizes of the fields.
const (
	SIVSize        = 16 // AES-SIV, RFC 5297
	VoteSize       = 16 // AES-CMAC
	HashSize       = 32 // SHA-256
	questionHeader = 39
	answerHeader   = 67
)

// GroupID names a group; ASCII, padded with zeros.
type GroupID [8]byte

// SessionID names a client's session, drawn by the client.
type SessionID [16]byte

// ErrMalformed says that bytes are no questions or no answers.
var ErrMalformed = errors.New("group door: malformed")

// Question is the outside of a sealed request.
type Question struct {
	Group   GroupID
	Epoch   uint32
	Session SessionID
	Counter uint64
	Verb    element.Kind
	Sealed  []byte // SIV, then ciphertext
}

// Answer is the outside of what a member says to one question.
type Answer struct {
	Code Code
	SIV  [SIVSize]byte
	Vote [VoteSize]byte
	Seen [HashSize]byte
	Body []byte // ciphertext, of the leading member alone
}

// AppendQuestion encodes a question onto dst.
func AppendQuestion(dst []byte, q *Question) []byte {
	dst = append(dst, q.Group[:]...)
	dst = binary.BigEndian.AppendUint32(dst, q.Epoch)
	dst = append(dst, q.Session[:]...)
	dst = binary.BigEndian.AppendUint64(dst, q.Counter)
	dst = append(dst, q.Verb)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(q.Sealed)))
	return append(dst, q.Sealed...)
}

// Size is the length of an encoded question.
func (q *Question) Size() int { return questionHeader + len(q.Sealed) }

// Size is the length of an encoded answer.
func (a *Answer) Size() int { return answerHeader + len(a.Body) }

// ParseQuestion decodes the first question of b and returns what follows it. Sealed
// aliases b.
func ParseQuestion(b []byte) (q Question, rest []byte, err error) {
	if len(b) < questionHeader {
		return q, nil, ErrMalformed
	}
	q.Group = GroupID(b[0:8])
	q.Epoch = binary.BigEndian.Uint32(b[8:])
	q.Session = SessionID(b[12:28])
	q.Counter = binary.BigEndian.Uint64(b[28:])
	q.Verb = b[36]
	n := int(binary.BigEndian.Uint16(b[37:]))
	b = b[questionHeader:]
	if n < SIVSize || n > MaxSealed || n > len(b) || q.Counter == 0 {
		return q, nil, ErrMalformed
	}
	q.Sealed = b[:n:n]
	return q, b[n:], nil
}

// AppendAnswer encodes an answer onto dst.
func AppendAnswer(dst []byte, a *Answer) []byte {
	dst = append(dst, byte(a.Code))
	dst = append(dst, a.SIV[:]...)
	dst = append(dst, a.Vote[:]...)
	dst = append(dst, a.Seen[:]...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(a.Body)))
	return append(dst, a.Body...)
}

// ParseAnswer decodes the first answer of b and returns what follows it. Body aliases
// b.
func ParseAnswer(b []byte) (a Answer, rest []byte, err error) {
	if len(b) < answerHeader {
		return a, nil, ErrMalformed
	}
	a.Code = Code(b[0])
	a.SIV = [SIVSize]byte(b[1:])
	a.Vote = [VoteSize]byte(b[17:])
	a.Seen = [HashSize]byte(b[33:])
	n := int(binary.BigEndian.Uint16(b[65:]))
	b = b[answerHeader:]
	if n > MaxAnswer || n > len(b) || a.Code > maxCode {
		return a, nil, ErrMalformed
	}
	a.Body = b[:n:n]
	return a, b[n:], nil
}

// AppendAsk encodes questions for one member; with lead it returns the sealed answers
// and not their SIVs alone. The caller keeps within MaxQuestions and MaxBody.
func AppendAsk(dst []byte, questions []Question, lead bool) []byte {
	size := 3
	for i := range questions {
		size += questions[i].Size()
	}
	dst = slices.Grow(dst, size)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(questions)))
	dst = append(dst, 0)
	if lead {
		dst[len(dst)-1] = 1
	}
	for i := range questions {
		dst = AppendQuestion(dst, &questions[i])
	}
	return dst
}

// ParseAsk decodes a body of Ask, the questions onto room.
func ParseAsk(b []byte, room []Question) (questions []Question, lead bool, err error) {
	if len(b) < 3 || b[2] > 1 {
		return nil, false, ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > MaxQuestions {
		return nil, false, ErrMalformed
	}
	lead, b = b[2] == 1, b[3:]
	questions = room[:0]
	for range n {
		var q Question
		if q, b, err = ParseQuestion(b); err != nil {
			return nil, false, err
		}
		questions = append(questions, q)
	}
	if len(b) != 0 {
		return nil, false, ErrMalformed
	}
	return questions, lead, nil
}

// AppendAnswers encodes the answers to an Ask, in its order.
func AppendAnswers(dst []byte, answers []Answer) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(answers)))
	for i := range answers {
		dst = AppendAnswer(dst, &answers[i])
	}
	return dst
}

// ParseAnswers decodes a body of Answers, onto room.
func ParseAnswers(b []byte, room []Answer) (answers []Answer, err error) {
	if len(b) < 2 {
		return nil, ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > MaxQuestions {
		return nil, ErrMalformed
	}
	b, answers = b[2:], room[:0]
	for range n {
		var a Answer
		if a, b, err = ParseAnswer(b); err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	if len(b) != 0 {
		return nil, ErrMalformed
	}
	return answers, nil
}

// VoteInput is what a vote covers: label, session, counter, hash of the question,
// code and SIV. Appended to dst.
func VoteInput(dst []byte, q *Question, a *Answer) []byte {
	dst = append(dst, "strongroom vote 1"...)
	dst = append(dst, q.Group[:]...)
	dst = binary.BigEndian.AppendUint32(dst, q.Epoch)
	dst = append(dst, q.Session[:]...)
	dst = binary.BigEndian.AppendUint64(dst, q.Counter)
	dst = append(dst, a.Seen[:]...)
	dst = append(dst, byte(a.Code))
	return append(dst, a.SIV[:]...)
}
