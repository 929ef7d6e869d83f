// Package channel is what a client's session with a group consists of at both ends: the
// keys that come out of HPKE (RFC 9180), what is sealed along with questions and
// answers, and votes.
//
//	sealed to         info                                   exported
//	group's key       "strongroom session 1" ‖ T ‖ session   64 bytes for requests, 64 for answers
//	a member's key    "strongroom vote 1" ‖ T ‖ session      32 bytes for its votes
//
// T is the hash of the transcript; so a session is of one group and of one epoch.
//
// Members of a group and their clients import it, never an MCU. It must never keep a
// key that its caller has not in hand.
package channel

import (
	"crypto/hpke"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
)

// AEAD is that of the sessions' HPKE: keys are exported, nothing else is sealed by it.
func AEAD() hpke.AEAD { return hpke.ExportOnly() }

// Info is what HPKE to the group's key binds.
func Info(transcript *[32]byte, session *door.SessionID) []byte {
	return append(append([]byte("strongroom session 1"), transcript[:]...), session[:]...)
}

// VoteInfo is what HPKE to a member's key binds.
func VoteInfo(transcript *[32]byte, session *door.SessionID) []byte {
	return append(append([]byte("strongroom vote 1"), transcript[:]...), session[:]...)
}

// exporter is an end of HPKE: *hpke.Sender or *hpke.Recipient.
type exporter interface {
	Export(context string, length int) ([]byte, error)
}

// Keys are a session's, one for each direction.
type Keys struct {
	Request, Answer *siv.Cipher
}

// NewKeys exports a session's keys.
func NewKeys(e exporter) (*Keys, error) {
	request, err := newCipher(e, "strongroom request 1")
	if err != nil {
		return nil, err
	}
	answer, err := newCipher(e, "strongroom answer 1")
	if err != nil {
		request.Wipe()
		return nil, err
	}
	return &Keys{request, answer}, nil
}

func newCipher(e exporter, label string) (*siv.Cipher, error) {
	key, err := e.Export(label, siv.KeySize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return siv.New(key)
}

// Wipe erases the keys.
func (k *Keys) Wipe() {
	k.Request.Wipe()
	k.Answer.Wipe()
}

// Directions of what is sealed.
const (
	toGroup   = 1
	fromGroup = 2
)

// QuestionData is what is sealed along with a request. Appended to dst.
func QuestionData(dst []byte, q *door.Question, policy uint16) []byte {
	return outside(dst, q, policy, toGroup)
}

// AnswerData is what is sealed along with an answer: the question's outside, and the
// hash of the whole question. Appended to dst.
func AnswerData(dst []byte, q *door.Question, policy uint16, seen *[door.HashSize]byte) []byte {
	return append(outside(dst, q, policy, fromGroup), seen[:]...)
}

func outside(dst []byte, q *door.Question, policy uint16, direction byte) []byte {
	dst = append(dst, q.Group[:]...)
	dst = binary.BigEndian.AppendUint32(dst, q.Epoch)
	dst = append(dst, q.Session[:]...)
	dst = binary.BigEndian.AppendUint64(dst, q.Counter)
	dst = append(dst, q.Verb, direction)
	return binary.BigEndian.AppendUint16(dst, policy)
}
