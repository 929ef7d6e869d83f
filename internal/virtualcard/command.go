package virtualcard

// A command is a short command APDU. Le may be there or not: vpcd leaves it,
// real T=0 readers strip it.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
}

func parseCommand(b []byte) (command, bool) {
	if len(b) < 4 {
		return command{}, false
	}
	q := command{cla: b[0], ins: b[1], p1: b[2], p2: b[3]}
	if len(b) <= 5 {
		return q, true
	}
	n := int(b[4])
	if n == 0 || len(b) != 5+n && len(b) != 6+n {
		return command{}, false
	}
	q.data = b[5 : 5+n]
	return q, true
}

func status(sw uint16) []byte { return []byte{byte(sw >> 8), byte(sw)} }

func answer(data []byte) []byte {
	return append(append(make([]byte, 0, len(data)+2), data...), 0x90, 0x00)
}
