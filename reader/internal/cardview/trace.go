package cardview

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// Trace drives one contact transaction and writes it down. Nobody enters a PIN
// and no host is asked: where the kernel goes online, it hears that the host
// could not be reached, so nothing is paid. A card that leaves ends it with what
// was said until then.
func Trace(ctx context.Context, conn iso7816.Conn, cfg emv.Config, order emv.Order) *View {
	r := &recorder{link: iso7816.NewLink(conn)}
	tx := emv.New(cfg, order)
	defer tx.Wipe()
	a := tx.Next(emv.Start())
	for a.Kind != emv.ActionFinish {
		a = tx.Next(r.contact(ctx, a))
	}
	return newView(r.exchanges, a.Outcome.String())
}

// contact carries out one action of the contact kernel.
func (r *recorder) contact(ctx context.Context, a emv.Action) emv.Input {
	switch a.Kind {
	case emv.ActionTransmit:
		answer, err := r.send(ctx, a.Command)
		switch {
		case err == nil:
			return emv.Response(answer)
		case errors.Is(err, iso7816.ErrShortAnswer):
			return emv.Response(nil)
		default:
			return emv.CardGone()
		}
	case emv.ActionChoose:
		return emv.Selected(0)
	case emv.ActionGoOnline:
		return emv.Host(emv.HostAnswer{Result: emv.HostUnable})
	default:
		return emv.PIN(emv.PINUnavailable)
	}
}

// TraceTap is Trace for a contactless card, from Entry Point's start.
func TraceTap(ctx context.Context, conn iso7816.Conn, cfg entrypoint.Config, kernels entrypoint.Kernels, order emv.Order) *View {
	r := &recorder{link: iso7816.NewLink(conn)}
	s := entrypoint.New(cfg, order, kernels)
	defer s.Wipe()
	outcome, taps := "none", 0
	for a := s.Next(entrypoint.Start()); a.Kind != entrypoint.ActionEnd; {
		switch a.Kind {
		case entrypoint.ActionTransmit:
			a = s.Next(r.tap(ctx, a.Command))
		case entrypoint.ActionAwaitCard:
			if taps++; taps > 1 { // the card lies there: one try
				return newView(r.exchanges, "try again")
			}
			a = s.Next(entrypoint.Card())
		case entrypoint.ActionFinish:
			outcome = resultName(a.Outcome.Result)
			a = s.Next(entrypoint.End())
		case entrypoint.ActionAwaitRestart:
			a = s.Next(entrypoint.End())
		case entrypoint.ActionAwaitStart:
			return newView(r.exchanges, outcome)
		default:
			a = s.Next(entrypoint.Done())
		}
	}
	return newView(r.exchanges, outcome)
}

func (r *recorder) tap(ctx context.Context, command []byte) entrypoint.Input {
	answer, err := r.send(ctx, command)
	if err != nil {
		return entrypoint.CardGone()
	}
	return entrypoint.Response(answer)
}

func resultName(r contactless.Result) string {
	switch r {
	case contactless.Approved:
		return "approved"
	case contactless.Declined:
		return "declined"
	case contactless.OnlineRequest:
		return "online request"
	case contactless.TryAnotherInterface:
		return "try another interface"
	case contactless.TryAgain:
		return "try again"
	case contactless.SelectNext:
		return "select next"
	default:
		return "end application"
	}
}
