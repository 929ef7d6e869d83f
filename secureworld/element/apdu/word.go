package apdu

import "github.com/strongroom-pos/strongroom/secureworld/element"

// Word is a status word, SW1 and SW2 (ISO/IEC 7816-4).
type Word uint16

// Words, see the table in the package comment.
const (
	WordDone      Word = 0x9000
	WordMore      Word = 0x6100 // and how much waits, 00 for 256 or more
	WordLength    Word = 0x6700
	WordState     Word = 0x6985
	WordNotFound  Word = 0x6A82
	WordParameter Word = 0x6A86
	WordWrongLe   Word = 0x6C00 // and the right one
	WordVerb      Word = 0x6D00
	WordClass     Word = 0x6E00
)

// words is the table of refusals. CodeUnavailable has none: it is what a client
// says of a card that does not answer.
func words() map[element.Code]Word {
	return map[element.Code]Word{
		element.CodeMalformed:  0x6A80,
		element.CodeKey:        0x6A88,
		element.CodeSeal:       0x6988,
		element.CodePIN:        0x6982,
		element.CodeCryptogram: 0x6984,
		element.CodeInternal:   0x6F00,
	}
}

func wordOf(c element.Code) Word {
	if w, ok := words()[c]; ok {
		return w
	}
	return words()[element.CodeInternal]
}

// err is what a word means to who asked; nil for WordDone.
func (w Word) err() error {
	switch w {
	case WordDone:
		return nil
	case WordVerb:
		return element.CodeKey
	case WordState, WordNotFound, WordClass: // reset, or another card
		return element.CodeUnavailable
	}
	for c, known := range words() {
		if w == known {
			return c
		}
	}
	return element.CodeInternal
}

func (w Word) append(dst []byte) []byte { return append(dst, byte(w>>8), byte(w)) }

// upTo is the second byte of 61xx and 6Cxx.
func upTo(n int) Word {
	if n >= maxShort {
		return 0
	}
	return Word(n)
}
