package bus

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Overseer is the MCU of a group. An error that is no Code becomes CodeUnavailable.
type Overseer interface {
	Describe(ctx context.Context) (overseer.Description, error)
	Open(ctx context.Context, o group.Open) error
	Ask(ctx context.Context, questions []group.Question) ([]overseer.Release, error)
	View(ctx context.Context) (overseer.Picture, error)
}

// answer is the permit table of a group on the bus: one line for each request.
func answer(ctx context.Context, o Overseer, verb string, message []byte) []byte {
	if len(message) == 0 {
		return refusal(group.CodeMalformed)
	}
	kind, body := message[0], message[1:]
	switch {
	case verb == subject.Describe && kind == overseer.KindDescribe:
		return describe(ctx, o, body)
	case verb == subject.Open && kind == overseer.KindOpen:
		return open(ctx, o, body)
	case verb == subject.Ask && kind == overseer.KindAsk:
		return ask(ctx, o, body)
	case verb == subject.View && kind == overseer.KindView:
		return view(ctx, o, body)
	}
	return refusal(group.CodeMalformed)
}

func describe(ctx context.Context, o Overseer, body []byte) []byte {
	if len(body) != 0 {
		return refusal(group.CodeMalformed)
	}
	d, err := o.Describe(ctx)
	return reply(overseer.KindDescribe, d, err)
}

func open(ctx context.Context, o Overseer, body []byte) []byte {
	var r group.Open
	if frame.Parse(body, &r) != nil {
		return refusal(group.CodeMalformed)
	}
	return reply(overseer.KindOpen, group.Opened{}, o.Open(ctx, r))
}

func ask(ctx context.Context, o Overseer, body []byte) []byte {
	questions, err := parseQuestions(body)
	if err != nil {
		return refusal(group.CodeMalformed)
	}
	releases, err := o.Ask(ctx, questions)
	if err != nil {
		return refusal(code(err))
	}
	out := overseer.AppendReleases([]byte{overseer.KindAsk | overseer.KindAnswer}, releases)
	if len(releases) != len(questions) || len(out) > MaxMessage {
		return refusal(group.CodeUnavailable)
	}
	return out
}

func view(ctx context.Context, o Overseer, body []byte) []byte {
	if len(body) != 0 {
		return refusal(group.CodeMalformed)
	}
	p, err := o.View(ctx)
	if err != nil {
		return refusal(code(err))
	}
	text, err := json.Marshal(p)
	return reply(overseer.KindView, overseer.Viewed{Picture: text}, err)
}

func reply(kind byte, body any, err error) []byte {
	if err != nil {
		return refusal(code(err))
	}
	out, err := appendMessage(kind|overseer.KindAnswer, body)
	if err != nil {
		return refusal(group.CodeUnavailable)
	}
	return out
}

func code(err error) group.Code {
	var c group.Code
	if errors.As(err, &c) && c != group.CodeAnswered {
		return c
	}
	return group.CodeUnavailable
}
