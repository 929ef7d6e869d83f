package apdu

import (
	"bytes"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Applet is the card's end. It serves one goroutine, as a card does.
type Applet struct {
	ops   element.Operations
	verbs uint32
	load  func(element.KeyEntry) error // an error that is no Code is CodeInternal

	selected bool
	question parts
	waiting  []byte // what GET RESPONSE brings
}

// NewApplet puts operations behind commands. verbs are those that are offered;
// load takes a key.
func NewApplet(ops element.Operations, verbs uint32, load func(element.KeyEntry) error) *Applet {
	return &Applet{ops: ops, verbs: verbs, load: load}
}

// Reset is a loss of power: what is not a key is forgotten.
func (a *Applet) Reset() {
	a.selected = false
	a.question.forget()
	a.forgetAnswer()
}

func (a *Applet) forgetAnswer() {
	clear(a.waiting)
	a.waiting = nil
}

// Process answers one command. The answer ends with a status word; the caller
// wipes it.
func (a *Applet) Process(command []byte) []byte {
	c, err := ParseCommand(command)
	if err != nil {
		return WordLength.append(nil)
	}
	if c.CLA == claISO && c.INS == insResponse {
		return a.response(c)
	}
	a.forgetAnswer()
	switch {
	case c.CLA == claISO && c.INS == insSelect:
		return a.choose(c)
	case !a.selected:
		return WordState.append(nil)
	case c.CLA != claElement:
		return WordClass.append(nil)
	}
	return a.ask(c)
}

// choose selects the applet, or leaves it.
func (a *Applet) choose(c Command) []byte {
	a.Reset()
	if c.P1 != selectByName || c.P2 != 0 {
		return WordParameter.append(nil)
	}
	if !bytes.Equal(c.Data, AID()) {
		return WordNotFound.append(nil)
	}
	a.selected = true
	out, err := frame.Append(nil, Selected{Language: element.LanguageVersion, Verbs: a.verbs})
	if err != nil {
		return wordOf(element.CodeInternal).append(nil)
	}
	return a.deliver(out, c.Le)
}

// ask takes a part of a question, and answers the last one.
func (a *Applet) ask(c Command) []byte {
	if c.INS != insLoad && !(Selected{Verbs: a.verbs}).Offers(c.INS) {
		a.question.forget()
		return WordVerb.append(nil)
	}
	whole, w := a.question.take(c)
	if !whole {
		return w.append(nil)
	}
	defer a.question.forget()
	body := a.question.body
	if c.INS == insLoad {
		return wordFor(a.take(body)).append(nil)
	}
	var chance element.Chance
	if hasChance(c.INS) {
		if len(body) < len(chance) {
			return wordOf(element.CodeMalformed).append(nil)
		}
		copy(chance[:], body)
		body = body[len(chance):]
	}
	out := element.Handle(make([]byte, 0, 1+element.MaxBody), a.ops, c.INS, body, &chance)
	if out[0] == element.KindRefusal {
		return wordOf(element.Code(out[1])).append(nil)
	}
	return a.deliver(out[1:], c.Le)
}

// take loads a key.
func (a *Applet) take(body []byte) error {
	var l Load
	if frame.Parse(body, &l) != nil {
		return element.CodeMalformed
	}
	return a.load(l.Entry())
}

func wordFor(err error) Word {
	var code element.Code
	switch {
	case err == nil:
		return WordDone
	case errors.As(err, &code):
		return wordOf(code)
	}
	return wordOf(element.CodeInternal)
}

// deliver answers with out, or announces what of it must wait.
func (a *Applet) deliver(out []byte, le int) []byte {
	n := min(len(out), le)
	answer := append(make([]byte, 0, n+2), out[:n]...)
	clear(out[:n])
	if a.waiting = out[n:]; len(a.waiting) > 0 {
		return (WordMore | upTo(len(a.waiting))).append(answer)
	}
	return WordDone.append(answer)
}

// response is GET RESPONSE.
func (a *Applet) response(c Command) []byte {
	n := min(len(a.waiting), maxShort)
	switch {
	case n == 0:
		return WordState.append(nil)
	case c.P1 != 0 || c.P2 != 0:
		return WordParameter.append(nil)
	case len(c.Data) > 0:
		return WordLength.append(nil)
	case c.Le != n:
		return (WordWrongLe | upTo(n)).append(nil)
	}
	return a.deliver(a.waiting, n)
}
