package pool

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	door "github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// known is a question with what an honest element answers.
type known struct {
	kind   door.Kind
	body   []byte
	answer []byte // of a translation: that of PINOffset over the block
}

// book are questions with their answers, made in this process by an element alone.
type book struct {
	truth   door.Operations
	entries []known
}

func newBook(t *testing.T, w *conformance.World) *book {
	t.Helper()
	ops, _, err := engine.Open(w.File, w.KBPK)
	check(t, err)
	b := &book{truth: ops}
	for range 12 { // mixed, as payments are
		for _, kind := range conformance.Kinds() {
			if kind == door.KindDerive || kind == door.KindTranslatePINUnder {
				continue // of chance, under keys that this book does not have
			}
			questions, err := w.Questions(kind, 8)
			check(t, err)
			for _, q := range questions {
				b.add(q)
			}
		}
	}
	return b
}

// add leaves out what no client can send.
func (b *book) add(q conformance.Question) {
	answer := q.Ask(conformance.Make{Operations: b.truth})
	if bytes.Equal(answer, []byte{door.KindRefusal, byte(door.CodeMalformed)}) {
		return
	}
	b.entries = append(b.entries, known{q.Kind, q.Body, b.content(q.Kind, q.Body, answer)})
}

// content is what two right answers have in common: of a translated block, the PIN.
func (b *book) content(kind door.Kind, request, answer []byte) []byte {
	var r door.TranslatePIN
	var t door.Translated
	if kind != door.KindTranslatePIN || answer[0] == door.KindRefusal || frame.Parse(request, &r) != nil || frame.Parse(answer[1:], &t) != nil {
		return answer
	}
	body, err := frame.Append(nil, door.PINOffset{Block: t.Block, PAN: r.PAN})
	if err != nil {
		return nil
	}
	return door.Handle(nil, b.truth, door.KindPINOffset, body, &door.Chance{})
}

// without is the book without some of its questions.
func (b *book) without(t *testing.T, some func(*testing.T, *known) bool) *book {
	t.Helper()
	rest := &book{truth: b.truth}
	for i := range b.entries {
		if !some(t, &b.entries[i]) {
			rest.entries = append(rest.entries, b.entries[i])
		}
	}
	if len(rest.entries) == len(b.entries) || len(rest.entries) == 0 {
		t.Fatalf("%d of %d questions are left", len(rest.entries), len(b.entries))
	}
	return rest
}

// traffic asks a client all the time and holds every answer against the book.
type traffic struct {
	book   *book
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	answers int           // guarded by mu, as is all below
	wrong   int           // answers that an honest element does not give
	lost    int           // questions without an answer
	worst   time.Duration // of one answer
}

// callers is how many ask at once.
const callers = 4

func (b *book) ask(t *testing.T, c auditor.Asker) *traffic {
	ctx, cancel := context.WithCancel(context.Background())
	f := &traffic{book: b, cancel: cancel}
	for i := range callers {
		f.wg.Go(func() {
			for at := i; ctx.Err() == nil; at += callers {
				f.one(ctx, c, &b.entries[at%len(b.entries)])
			}
		})
	}
	t.Cleanup(f.stop)
	return f
}

func (f *traffic) stop() { f.cancel(); f.wg.Wait() }

func (f *traffic) one(life context.Context, c auditor.Asker, k *known) {
	ctx, cancel := context.WithTimeout(life, patient)
	defer cancel()
	began := time.Now()
	answer, err := auditor.Ask(ctx, c, k.kind, k.body)
	took := time.Since(began)
	if life.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers++
	f.worst = max(f.worst, took)
	switch {
	case err != nil:
		f.lost++
	case !bytes.Equal(f.book.content(k.kind, k.body, answer), k.answer):
		f.wrong++
	}
}

func (f *traffic) count() int { f.mu.Lock(); defer f.mu.Unlock(); return f.answers }

func (f *traffic) wrongs() int { f.mu.Lock(); defer f.mu.Unlock(); return f.wrong }

// more waits for n answers more.
func (f *traffic) more(s *site, n int) {
	s.Helper()
	goal := f.count() + n
	s.until("answers", func() bool { return f.count() >= goal })
}

// hold ends the traffic: nothing was wrong and nothing lost.
func (f *traffic) hold(t *testing.T, r result) {
	t.Helper()
	f.stop()
	r.Answers, r.Wrong, r.Lost, r.WorstMS = f.answers, f.wrong, f.lost, ms(f.worst)
	results.add(t, r)
	if r.FoundMS > ms(generous) {
		t.Errorf("%s: found after %.0f ms", r.Case, r.FoundMS)
	}
	if f.wrong != 0 || f.lost != 0 || f.answers == 0 {
		t.Errorf("%s: %d answers, %d wrong, %d lost", r.Case, f.answers, f.wrong, f.lost)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
