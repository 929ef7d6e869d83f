package virtualcard

import (
	"context"
	"io"
	"net"
	"sync"
)

// ServeSlot passes what connects to l on to the vpcd slot at addr, so that a card
// of another process, and of another network, can be put into it; Insert takes
// "unix:" and the socket's path. It ends with ctx, and what is in the slot then is
// pulled.
func ServeSlot(ctx context.Context, l net.Listener, addr string) error {
	var cards sync.WaitGroup
	defer cards.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		card, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		cards.Go(func() { carry(ctx, card, addr) })
	}
}

// carry joins card and slot until one of them is gone.
func carry(ctx context.Context, card net.Conn, addr string) {
	defer card.Close()
	slot, err := dial(ctx, addr)
	if err != nil {
		return
	}
	defer slot.Close()
	end := sync.OnceFunc(func() { _ = card.Close(); _ = slot.Close() })
	stop := context.AfterFunc(ctx, end)
	defer stop()
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(slot, card); end() })
	_, _ = io.Copy(card, withQuickACK(slot))
	end()
	back.Wait()
}
