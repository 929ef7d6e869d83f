// Package upstream is the line to another acquirer's host that decides payments: one
// connection over mutual TLS 1.3, in the dialect of a profile (ISO 8583:1987).
//
// Answers are matched by message type, DE 11, 37 and 41; what matches no question is
// counted and dropped, because its question was given up and is reversed. No lock is
// held across a write. What was not answered is not sent again by this package: whether
// it is to be reversed is its caller's business, who is told whether it may have left.
//
// The host asks over it. Account data pass through in clear, inside TLS alone, and what
// this package wrote them into is cleared; the buffers of crypto/tls are not its own. It
// logs and stores no message.
package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
)

// Errors of a question.
var (
	// ErrDown: nothing of it has left.
	ErrDown = errors.New("upstream: not connected")
	// ErrProfile: the profile cannot say it; nothing of it has left.
	ErrProfile = errors.New("upstream: the profile cannot write this message")
	// ErrUnknown: it may have left, and no answer came.
	ErrUnknown = errors.New("upstream: no answer")
	// ErrIncomplete: the profile cannot write what a payment has, or has no prefix.
	ErrIncomplete = errors.New("upstream: the profile lacks a field that payments have, account data included, or the length before a message")
)

// Config is one line.
type Config struct {
	Address  string // host:port; the host's name is held against its certificate
	TLS      *tls.Config
	Profile  *profile.Profile
	Patience time.Duration // how long an answer is waited for
	Log      *slog.Logger
}

// Counters are what the line saw, from the start of the program.
type Counters struct {
	Connected bool   `json:"connected"`
	Failed    uint64 `json:"failed"` // connections that were refused, or lost
	Asked     uint64 `json:"asked"`
	Unknown   uint64 `json:"unknown"` // asked, and no answer in time
	Late      uint64 `json:"late"`    // answers to nothing that waits
	Strange   uint64 `json:"strange"` // messages that are none of the profile
}

// Link is the line. Any number of goroutines may use it.
type Link struct {
	cfg  Config
	stan atomic.Uint32 // of its own 0800

	mu   sync.Mutex
	live *session // guarded by mu; nil: not signed on

	asked, unknown, late, strange, failed atomic.Uint64
}

// needed are the fields that a profile must be able to write.
func needed() []int {
	return []int{profile.FieldPAN, profile.FieldExpiry, profile.FieldTrack2,
		3, 4, 7, 11, 12, 13, 22, 23, 25, 37, 38, 39, 41, 42, 49, 52, 54, 55, 70, 90}
}

// New makes a line; Run connects it.
func New(cfg Config) (*Link, error) {
	if cfg.Profile.Prefix.Size == 0 || !cfg.Profile.Has(needed()...) {
		return nil, ErrIncomplete
	}
	cfg.TLS = cfg.TLS.Clone()
	cfg.TLS.MinVersion = tls.VersionTLS13
	return &Link{cfg: cfg}, nil
}

// Counters reads them.
func (l *Link) Counters() Counters {
	return Counters{Connected: l.session() != nil, Failed: l.failed.Load(), Asked: l.asked.Load(), Unknown: l.unknown.Load(), Late: l.late.Load(), Strange: l.strange.Load()}
}

// Ask sends a message and waits for its answer. ErrDown and ErrProfile say that nothing
// has left; after any other error it may have, and may be booked there.
func (l *Link) Ask(ctx context.Context, m *codec.Message) (*codec.Message, error) {
	s := l.session()
	if s == nil {
		return nil, ErrDown
	}
	l.asked.Add(1)
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience)
	defer cancel()
	a, err := s.ask(ctx, m)
	if errors.Is(err, ErrUnknown) {
		l.unknown.Add(1)
	}
	return a, err
}

func (l *Link) session() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live == nil || l.live.ended() {
		return nil
	}
	return l.live
}

func (l *Link) set(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = s
}

// network is an 0800 of this side.
func (l *Link) network(code string) *codec.Message {
	m := codec.NewMessage(hostspec.MTINetwork)
	m.SetString(7, time.Now().UTC().Format("0102150405"))
	m.SetString(11, sixDigits(l.stan.Add(1)))
	m.SetString(70, code)
	return m
}
