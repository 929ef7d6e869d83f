//go:build linux

package estate

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
)

// kernelEvery is how often it is looked whether another kernel serves.
const kernelEvery = 100 * time.Millisecond

func (l *Lane) crashed(c Crash) {
	select {
	case l.crashes <- c:
	default: // nobody has listened for a long time
	}
}

// watch tells the end of a program that nobody asked for.
func (l *Lane) watch(name string, c *child.Child) {
	l.mu.Lock()
	l.children[name] = c
	l.mu.Unlock()
	go func() { // ends with the child, which Stop waits for
		<-c.Done()
		l.mu.Lock()
		expected := l.expected[c]
		delete(l.expected, c)
		l.mu.Unlock()
		if expected {
			return
		}
		l.crashed(Crash{name, c.Ended(), c.LastLines(), l.kept(name)})
		if l.kept(name) {
			l.startAgain(name)
		}
	}()
}

// watchPCSC tells the end of the private pcscd.
func (l *Lane) watchPCSC(box *pcscbox.Box) {
	log := filepath.Join(l.premises.PCSC(), "log")
	l.watchers.Go(func() {
		select {
		case <-l.stopping:
		case <-box.Done():
			b, _ := os.ReadFile(log)
			l.crashed(Crash{PCSC, "ended", strings.Split(strings.TrimSpace(string(b)), "\n"), false})
		}
	})
}

// watchKernel tells when boot serves by another kernel than before.
func (l *Lane) watchKernel() {
	l.watchers.Go(func() {
		served := l.kernelPID()
		for {
			select {
			case <-l.stopping:
				return
			case <-time.After(kernelEvery):
			}
			now := l.kernelPID()
			if now == 0 || now == served {
				continue
			}
			if !l.wasKilled(served) && l.PID(Boot) != 0 {
				l.crashed(Crash{Kernel, "boot started it again", l.child(Boot).LastLines(), true})
			}
			served = now
		}
	})
}

func (l *Lane) wasKilled(kernel int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.killed == kernel
}
