package iso7816

import (
	"context"
	"errors"
)

// What can go wrong above the connection. Each ends the card session.
var (
	ErrShortAnswer = errors.New("iso7816: answer without a status word")
	ErrTurns       = errors.New("iso7816: card asks for too many turns")
	ErrAnswerSize  = errors.New("iso7816: joined answer too long")
)

// A Link carries whole commands over a Conn. It fetches what a card announces
// with 61xx, repeats what it corrects with 6Cxx, and in T=0 fetches the data
// behind a warning 62xx or 63xx that answers a case 4 command. Each command
// costs at most 32 turns and 64 KiB. A Link serves one goroutine.
type Link struct {
	conn   Conn
	answer []byte // allocated once, so that Wipe reaches every copy
	dead   bool
}

// NewLink takes over conn.
func NewLink(conn Conn) *Link {
	return &Link{conn: conn, answer: make([]byte, 0, maxAnswer+2)}
}

// Exchange sends one command and returns the joined answer, status word last.
// The answer is overwritten by the next Exchange and cleared by Wipe.
func (l *Link) Exchange(ctx context.Context, capdu []byte) ([]byte, error) {
	if l.dead {
		return nil, ErrDead
	}
	l.Wipe()
	sw, err := l.run(ctx, capdu)
	if err != nil {
		l.dead = true
		l.Wipe()
		return nil, err
	}
	l.answer = append(l.answer, byte(sw>>8), byte(sw))
	return l.answer, nil
}

// Wipe clears the last answer.
func (l *Link) Wipe() {
	clear(l.answer[:cap(l.answer)])
	l.answer = l.answer[:0]
}

// Close wipes and closes the connection.
func (l *Link) Close() error {
	l.dead = true
	l.Wipe()
	return l.conn.Close()
}

// run is the loop of turns. Its state is the next command to send and the
// warning that the final status must repeat.
func (l *Link) run(ctx context.Context, capdu []byte) (uint16, error) {
	var warning uint16
	next := capdu
	for range maxTurns {
		sw, got, err := l.turn(ctx, next)
		if err != nil {
			return 0, err
		}
		switch {
		case sw>>8 == 0x61:
			next = getResponse(byte(sw))
		case sw>>8 == 0x6C && isCase2(next) && got == 0:
			next = []byte{next[0], next[1], next[2], next[3], byte(sw)}
		case warning == 0 && l.hidesData(capdu, sw):
			warning, next = sw, getResponse(0)
		case warning != 0 && sw == 0x9000:
			return warning, nil
		default:
			return sw, nil
		}
	}
	return 0, ErrTurns
}

// hidesData: in T=0 a card cannot send data with a warning to a case 4
// command, so they wait behind GET RESPONSE.
func (l *Link) hidesData(capdu []byte, sw uint16) bool {
	warned := sw>>8 == 0x62 || sw>>8 == 0x63
	return warned && l.conn.Protocol() == T0 && isCase4(capdu) && len(l.answer) == 0
}

// turn does one exchange, joins its data and returns its status and how many
// bytes it brought.
func (l *Link) turn(ctx context.Context, capdu []byte) (uint16, int, error) {
	part, err := l.conn.Exchange(ctx, capdu)
	if err != nil {
		return 0, 0, err
	}
	defer clear(part)
	n := len(part) - 2
	if n < 0 {
		return 0, 0, ErrShortAnswer
	}
	if len(l.answer)+n > maxAnswer {
		return 0, 0, ErrAnswerSize
	}
	l.answer = append(l.answer, part[:n]...)
	return uint16(part[n])<<8 | uint16(part[n+1]), n, nil
}

func getResponse(le byte) []byte { return []byte{0x00, 0xC0, 0x00, 0x00, le} }
