//go:build linux

package attacks

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// flood is a way to starve the secure world from licensed sessions. It ends with ctx
// and counts what it got through.
type flood struct {
	name  string
	pour  func(ctx context.Context, v *victim, done *atomic.Int64)
	seen  string // what done counts
	peers int
	once  bool // it begins with a sale, and none can follow while it lasts
}

func floods() []flood {
	return []flood{
		{"connections beyond every place", hoard, "sessions that were refused", 24, false},
		{"questions without a pause", hammer, "answers", 4, false},
		{"payments of its own", startAll, "refusals as busy", 4, true},
		{"answers that nobody reads", neverRead, "frames sent", 4, false},
		{"frames that are begun and not ended", halfOpen, "sessions that were ended", 4, false},
		{"cryptography without a pause", compute, "signatures", 4, false},
	}
}

// TestAnAppWorldThatFloodsOrStarvesTheSecureWorldHoldsUpNoPayment floods from programs
// that boot lets in, each with its own sessions; peers whom boot does not know are
// those of TestBadInputOnEverySocketOfTheLaneLeavesTheNextSaleAlone.
func TestAnAppWorldThatFloodsOrStarvesTheSecureWorldHoldsUpNoPayment(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	for _, f := range floods() {
		t.Run(f.name, func(t *testing.T) {
			v.must(t, v.idle(t.Context()))
			kernel := v.PID("kernel")
			ctx, stop := context.WithCancel(t.Context())
			var all sync.WaitGroup
			var done atomic.Int64
			for range f.peers {
				all.Go(func() { f.pour(ctx, v, &done) })
			}
			for deadline := time.Now().Add(patience); !f.once && done.Load() == 0 && time.Now().Before(deadline); time.Sleep(look) {
			}
			v.sells(t)
			if !f.once {
				v.sells(t)
			}
			stop()
			all.Wait()
			// The control: the flood got through to where it is held.
			if done.Load() == 0 {
				t.Errorf("no %s: nothing was flooded", f.seen)
			}
			t.Logf("%d %s meanwhile", done.Load(), f.seen)
			if now := v.PID("kernel"); now != kernel {
				t.Error("the kernel was started again")
			}
		})
	}
}

// client opens a session that ends with ctx; nil where there is no place.
func (v *victim) client(ctx context.Context) (net.Conn, *mailbox.Client) {
	conn, err := net.DialTimeout("unix", v.Mailbox(), patience)
	if err != nil {
		return nil, nil
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, mailbox.NewClient(conn)
}

func hoard(ctx context.Context, v *victim, done *atomic.Int64) {
	for ctx.Err() == nil {
		conn, c := v.client(ctx)
		if conn == nil {
			continue
		}
		err := c.Ping(1)
		if refusedAs(err, mailbox.CodeTooManySessions) {
			done.Add(1)
		}
		if err == nil {
			<-ctx.Done() // a place is kept
		}
		_ = conn.Close()
		time.Sleep(look)
	}
}

func hammer(ctx context.Context, v *victim, done *atomic.Int64) {
	conn, c := v.client(ctx)
	for conn != nil && ctx.Err() == nil {
		if _, err := c.Describe(); err != nil {
			return
		}
		done.Add(1)
	}
}

// startAll asks for payments while one is under way. Before, it only looks, so that
// the sale is the one that begins; the next is its own.
func startAll(ctx context.Context, v *victim, done *atomic.Int64) {
	conn, c := v.client(ctx)
	for conn != nil && ctx.Err() == nil {
		d, err := c.Describe()
		if err != nil {
			return
		}
		if d.Busy.Zero() {
			continue
		}
		if _, err := c.Start(start()); refusedAs(err, mailbox.CodeBusy) {
			done.Add(1)
		} else if err == nil {
			return // the payment ended in between: this one is the flood's, and is canceled
		}
	}
}

func neverRead(ctx context.Context, v *victim, done *atomic.Int64) {
	for ctx.Err() == nil {
		conn, _ := v.client(ctx)
		for conn != nil && frame.Write(conn, mailbox.KindDescribe, nil) == nil {
			done.Add(1)
		}
	}
}

func halfOpen(ctx context.Context, v *victim, done *atomic.Int64) {
	for ctx.Err() == nil {
		conn, _ := v.client(ctx)
		if conn == nil {
			continue
		}
		head := binary.BigEndian.AppendUint16([]byte{frame.Version, mailbox.KindStart}, 64)
		if _, err := conn.Write(append(head, 1, 2, 3)); err != nil {
			continue
		}
		if _, err := io.Copy(io.Discard, conn); err == nil && ctx.Err() == nil {
			done.Add(1)
		}
	}
}

func compute(ctx context.Context, v *victim, done *atomic.Int64) {
	conn, c := v.client(ctx)
	if conn == nil {
		return
	}
	k, err := c.Generate(mailbox.Generate{Algorithm: mailbox.AlgorithmECDSAP256, Usage: mailbox.UsageSign})
	for err == nil && ctx.Err() == nil {
		if _, err = c.Sign(k.Handle, make([]byte, 4096)); err == nil {
			done.Add(1)
		}
	}
}
