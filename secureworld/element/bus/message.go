package bus

import (
	"encoding/binary"

	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// appendMessage writes the kind and a body of package frame.
func appendMessage(kind byte, body any) ([]byte, error) {
	return frame.Append([]byte{kind}, body)
}

// encodeQuestions writes an Ask of overseer/door, of at most MaxQuestions.
func encodeQuestions(questions []group.Question) []byte {
	dst := binary.BigEndian.AppendUint16([]byte{overseer.KindAsk}, uint16(len(questions)))
	for i := range questions {
		dst = group.AppendQuestion(dst, &questions[i])
	}
	return dst
}

// parseQuestions reads the body of an Ask.
func parseQuestions(b []byte) ([]group.Question, error) {
	if len(b) < 2 {
		return nil, group.ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > group.MaxQuestions {
		return nil, group.ErrMalformed
	}
	b = b[2:]
	questions := make([]group.Question, n)
	for i := range questions {
		var err error
		if questions[i], b, err = group.ParseQuestion(b); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, group.ErrMalformed
	}
	return questions, nil
}

// refusal is the answer to what a group does not do.
func refusal(code group.Code) []byte { return []byte{overseer.KindRefusal, byte(code)} }

// unwrap returns the body of an answer to a request of that kind.
func unwrap(kind byte, answer []byte) ([]byte, error) {
	if len(answer) == 2 && answer[0] == overseer.KindRefusal {
		if code := group.Code(answer[1]); code != group.CodeAnswered && code.Valid() {
			return nil, code
		}
	}
	if len(answer) == 0 || answer[0] != kind|overseer.KindAnswer {
		return nil, group.CodeMalformed
	}
	return answer[1:], nil
}
