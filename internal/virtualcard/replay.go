package virtualcard

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// ErrTranscript reports a transcript that cannot be played.
var ErrTranscript = errors.New("virtualcard: transcript invalid")

// A Replay is a card that answers as a transcript says. A command that was
// recorded gets its answer; else one with the same header (CLA INS P1 P2), or
// for GET PROCESSING OPTIONS and GENERATE AC the same instruction, the next of
// these in the order of the recording. What was recorded more than once is
// answered in turn, the last time over and over. Anything else is 6A82 for
// SELECT, 6A83 for READ RECORD and 6D00.
type Replay struct {
	exchanges []exchange
	played    []bool // since the reset
	contact   bool
	byTurns   bool
}

type exchange struct{ command, answer []byte }

// ParseReplay reads a transcript: # comment, > command, < answer with its
// status word, in hexadecimal digits.
func ParseReplay(text []byte) (*Replay, error) {
	if len(text) > maxTranscript {
		return nil, ErrTranscript
	}
	r := &Replay{contact: true}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxTranscript)
	open := false
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(line[1:], " ", ""))
		switch {
		case err != nil:
			return nil, ErrTranscript
		case line[0] == '>' && !open && len(b) >= 4:
			r.add(b)
			open = true
		case line[0] == '<' && open && len(b) > 0:
			r.exchanges[len(r.exchanges)-1].answer = b
			open = false
		default:
			return nil, ErrTranscript
		}
	}
	if open || len(r.exchanges) == 0 || lines.Err() != nil {
		return nil, ErrTranscript
	}
	r.Reset()
	return r, nil
}

// ReadReplay reads a transcript file.
func ReadReplay(path string) (*Replay, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a card transcript: %w", err)
	}
	return ParseReplay(b)
}

func (r *Replay) add(command []byte) {
	r.exchanges = append(r.exchanges, exchange{command: command})
	r.contact = r.contact && !bytes.Contains(command, []byte(ppse))
	r.byTurns = r.byTurns || command[0] == 0 && command[1] == 0xC0
}

// ATR offers T=0 where the transcript has GET RESPONSE, else T=1; without
// contacts where it asks for the PPSE.
func (r *Replay) ATR() []byte {
	return (&Card{face: r.Interface(), profile: Profile{T0: r.byTurns}}).ATR()
}

// Protocol is as the ATR says.
func (r *Replay) Protocol() iso7816.Protocol {
	if r.byTurns && r.contact {
		return iso7816.T0
	}
	return iso7816.T1
}

// Interface is contactless where the transcript asks for the PPSE.
func (r *Replay) Interface() Interface {
	if r.contact {
		return Contact
	}
	return Contactless
}

// Reset plays from the beginning.
func (r *Replay) Reset() { r.played = make([]bool, len(r.exchanges)) }

// Do has no faults but those recorded.
func (r *Replay) Do(capdu []byte) ([]byte, Effect) { return r.Process(capdu), EffectAnswer }

// Process answers one command.
func (r *Replay) Process(capdu []byte) []byte {
	if len(capdu) < 4 {
		return status(0x6700)
	}
	for _, like := range []func(recorded []byte) bool{
		func(b []byte) bool { return bytes.Equal(b, capdu) },
		func(b []byte) bool { return bytes.Equal(trimLe(b), trimLe(capdu)) },
		func(b []byte) bool { return capdu[1] != 0xA4 && bytes.Equal(b[:4], capdu[:4]) },
		func(b []byte) bool { return anyData(capdu[1]) && bytes.Equal(b[:2], capdu[:2]) },
	} {
		if out := r.next(like); out != nil {
			return out
		}
	}
	switch capdu[1] {
	case 0xA4:
		return status(0x6A82)
	case 0xB2:
		return status(0x6A83)
	default:
		return status(0x6D00)
	}
}

// next is the first that was not played, or the last that was.
func (r *Replay) next(like func([]byte) bool) []byte {
	last := -1
	for i, e := range r.exchanges {
		if !like(e.command) {
			continue
		}
		last = i
		if !r.played[i] {
			break
		}
	}
	if last < 0 {
		return nil
	}
	r.played[last] = true
	return bytes.Clone(r.exchanges[last].answer)
}

// anyData names commands whose data differ each time.
func anyData(ins byte) bool { return ins == 0xA8 || ins == 0xAE }

// trimLe leaves a command without its Le.
func trimLe(b []byte) []byte {
	if len(b) == 5 {
		return b[:4]
	}
	if len(b) > 5 && len(b) == 6+int(b[4]) {
		return b[:len(b)-1]
	}
	return b
}
