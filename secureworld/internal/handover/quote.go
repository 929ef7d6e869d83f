package handover

import (
	"errors"
	"os"
	"sync"
)

// quotes asks for one quote at a time.
type quotes struct {
	asking  sync.Mutex
	answers chan []byte
}

// ErrNoQuote reports that there is no TPM, or none that gives a quote.
var ErrNoQuote = errors.New("handover: no quote")

// Quote asks boot for the quote of a TPM over digest. It waits; boot bounds that. Call
// it while the kernel serves.
func (l *Link) Quote(digest [32]byte) ([]byte, error) {
	l.quotes.asking.Lock()
	defer l.quotes.asking.Unlock()
	if err := l.wire.send(Quote{digest}, nil); err != nil {
		return nil, err
	}
	select {
	case quote := <-l.quotes.answers:
		if len(quote) == 0 {
			return nil, ErrNoQuote
		}
		return quote, nil
	case <-l.gone:
		return nil, errGone
	}
}

// quoted passes on what came; what cannot be read is none.
func (l *Link) quoted(file *os.File) {
	quote, err := readSealed(file, MaxQuote) // closes file
	if err != nil {
		quote = nil
	}
	l.quotes.answers <- quote // the permit table lets one in for each question
}
