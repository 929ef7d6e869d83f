//go:build linux

package main

import (
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// list is the starts since the machine started, in a file: this program may be started
// again while the register stays. What a power cut leaves of it does not matter, since
// the register is zero then.
type list struct {
	path   string
	starts []attestation.Start
}

// read takes the file's starts; what is no list is an empty one.
func (l *list) read() {
	l.starts = nil
	f, err := os.Open(l.path)
	if err != nil {
		return
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(b) > maxFile || len(b)%startSize != 0 {
		return
	}
	for ; len(b) > 0; b = b[startSize:] {
		l.starts = append(l.starts, attestation.Start{Boot: [32]byte(b), Kernel: [32]byte(b[32:])})
	}
}

func (l *list) write() error {
	var b []byte
	for _, s := range l.starts {
		b = append(append(b, s.Boot[:]...), s.Kernel[:]...)
	}
	if err := os.WriteFile(l.path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(l.path+".new", l.path)
}

// fit cuts the list to what the register saw: all of it, all but a last start that was
// written down and not extended, or nothing since the machine started.
func (l *list) fit(pcr [32]byte) bool {
	for n := len(l.starts); n >= max(0, len(l.starts)-1); n-- {
		if attestation.Replay(l.starts[:n]) == pcr {
			l.starts = l.starts[:n]
			return true
		}
	}
	l.starts = nil
	return pcr == [32]byte{}
}
