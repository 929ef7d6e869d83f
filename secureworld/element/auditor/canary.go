package auditor

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// maxCanaries bounds a file of them.
const maxCanaries = 4096

// Canary is a question whose answer is known beforehand, from keys that are real and a
// derivation id that no terminal has. Of TranslatePIN, what is known is the answer to
// PINOffset over the translated block, which another group is asked.
type Canary struct {
	Name    string `json:"name"`
	Kind    uint8  `json:"kind"`
	Request string `json:"request"` // hex: body as package frame lays it out
	Want    string `json:"want"`    // hex: the answer's kind and body
}

// ParseCanaries reads a file of them, JSON.
func ParseCanaries(b []byte) ([]Canary, error) {
	var out []Canary
	if json.Unmarshal(b, &out) != nil || len(out) == 0 || len(out) > maxCanaries {
		return nil, errors.New("auditor: no file of canaries")
	}
	for i := range out {
		_, err := hex.DecodeString(out[i].Request)
		want, err2 := hex.DecodeString(out[i].Want)
		if err != nil || err2 != nil || len(want) == 0 {
			return nil, errors.New("auditor: a canary that is not in hex")
		}
	}
	return out, nil
}

// SetCanaries replaces the canaries: one that was asked often is known. It must not be
// called while they are asked.
func (a *Auditor) SetCanaries(c []Canary) { a.config.Canaries = c }

// AskCanaries asks every group each of the canaries once and returns how many answers
// were wrong. They are reported too. A group that is gone meanwhile is asked no more.
func (a *Auditor) AskCanaries(ctx context.Context) (wrong int) {
	for _, g := range a.config.Groups() {
		for i := range a.config.Canaries {
			if ctx.Err() != nil {
				return wrong
			}
			if !a.canary(ctx, g, &a.config.Canaries[i]) {
				wrong++
			}
		}
	}
	return wrong
}

// canary tells whether a group answers rightly, or not at all.
func (a *Auditor) canary(ctx context.Context, g Group, c *Canary) bool {
	body, _ := hex.DecodeString(c.Request) // ParseCanaries has read it
	want, _ := hex.DecodeString(c.Want)
	said, err := Ask(ctx, g.Client, c.Kind, body)
	if err != nil {
		return true
	}
	a.mu.Lock()
	a.counts.Canaries++
	a.mu.Unlock()
	between := []string{g.Name}
	right := bytes.Equal(said, want)
	if c.Kind == element.KindTranslatePIN && said[0] == element.KindTranslatePIN|element.KindAnswer {
		right, between = a.translated(ctx, g, body, said, want)
	}
	if right {
		return true
	}
	a.found(Finding{Against: "canary " + c.Name, Kind: c.Kind, Question: body, Want: want, Said: said}, between...)
	return false
}

// translated asks others what is in a translated block, until one says what is wanted:
// who is asked may be the one that lies. Where there is only one other, both are
// between whom it is; a group alone is asked itself.
func (a *Auditor) translated(ctx context.Context, g Group, request, said, want []byte) (right bool, between []string) {
	others := a.others(g.Name)
	between = []string{g.Name}
	switch len(others) {
	case 0:
		others = []Group{g}
	case 1:
		between = append(between, others[0].Name)
	}
	answers := 0
	for _, other := range others {
		content, err := content(ctx, other.Client, request, said)
		if err != nil {
			continue
		}
		if answers++; bytes.Equal(content, want) {
			return true, nil
		}
	}
	return answers == 0, between // of nobody there is nothing to be said
}

// content asks a group what is in a translated block.
func content(ctx context.Context, client Asker, request, said []byte) ([]byte, error) {
	var r element.TranslatePIN
	var t element.Translated
	if frame.Parse(request, &r) != nil || frame.Parse(said[1:], &t) != nil {
		return nil, element.CodeMalformed
	}
	body, err := frame.Append(nil, element.PINOffset{Block: t.Block, PAN: r.PAN})
	if err != nil {
		return nil, err
	}
	return Ask(ctx, client, element.KindPINOffset, body)
}
