package apdu

import "github.com/strongroom-pos/strongroom/secureworld/element"

// maxCommand is header, length, data and Le.
const maxCommand = 4 + 1 + maxPart + 1

// exchange sends one command and gathers its answer, however many GET RESPONSEs
// that takes. Any other word than 9000 is an error.
func (c *Client) exchange(q Command) ([]byte, error) {
	whole := make([]byte, 0, element.MaxBody)
	for range maxTurns {
		data, w, err := c.send(q)
		if err != nil {
			clear(whole)
			return nil, err
		}
		if len(whole)+len(data) > cap(whole) {
			clear(data)
			break
		}
		whole = append(whole, data...)
		clear(data)
		switch next := w & 0xFF; {
		case w&0xFF00 == WordMore:
			q = getResponse(expected(byte(next)))
		case w&0xFF00 == WordWrongLe && len(q.Data) == 0:
			q.Le = expected(byte(next))
		case w == WordDone:
			return whole, nil
		default:
			clear(whole)
			return nil, w.err()
		}
	}
	clear(whole)
	return nil, element.CodeInternal
}

func getResponse(le int) Command { return Command{CLA: claISO, INS: insResponse, Le: le} }

// send is one turn.
func (c *Client) send(q Command) ([]byte, Word, error) {
	command := q.Append(make([]byte, 0, maxCommand))
	defer clear(command)
	out, err := c.transmit(command)
	n := len(out) - 2
	if err != nil || n < 0 {
		clear(out)
		return nil, 0, element.CodeUnavailable
	}
	return out[:n], Word(out[n])<<8 | Word(out[n+1]), nil
}
