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
// were wrong. They are reported too.
func (a *Auditor) AskCanaries(ctx context.Context) (wrong int) {
	for group := range a.config.Groups {
		for i := range a.config.Canaries {
			if !a.canary(ctx, group, &a.config.Canaries[i]) {
				wrong++
			}
		}
	}
	return wrong
}

// canary tells whether a group answers rightly, or not at all.
func (a *Auditor) canary(ctx context.Context, group int, c *Canary) bool {
	body, _ := hex.DecodeString(c.Request) // ParseCanaries has read it
	want, _ := hex.DecodeString(c.Want)
	said, err := Ask(ctx, a.config.Groups[group].Client, c.Kind, body)
	if err == nil && c.Kind == element.KindTranslatePIN && said[0] != element.KindRefusal {
		said, err = a.content(ctx, (group+1)%len(a.config.Groups), body, said)
	}
	if err != nil {
		return true
	}
	a.mu.Lock()
	a.counts.Canaries++
	a.mu.Unlock()
	if bytes.Equal(said, want) {
		return true
	}
	a.found(group, a.name(group), "canary "+c.Name, c.Kind)
	return false
}

// content asks a group what is in a translated block.
func (a *Auditor) content(ctx context.Context, group int, request, said []byte) ([]byte, error) {
	var r element.TranslatePIN
	var t element.Translated
	if frame.Parse(request, &r) != nil || frame.Parse(said[1:], &t) != nil {
		return nil, element.CodeMalformed
	}
	body, err := frame.Append(nil, element.PINOffset{Block: t.Block, PAN: r.PAN})
	if err != nil {
		return nil, err
	}
	return Ask(ctx, a.config.Groups[group].Client, element.KindPINOffset, body)
}
