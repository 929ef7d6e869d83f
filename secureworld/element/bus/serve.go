package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

var (
	errName  = errors.New("bus: not the name of a branch or a group")
	errGroup = errors.New("bus: the group describes itself by another name")
)

// Serve puts a group that has agreed on an epoch on the bus, until ctx ends or somebody
// lists it as draining; then it drains and leaves. Several MCUs may serve one group:
// each question goes to one of them.
func Serve(ctx context.Context, conn *Conn, branch, name string, o Overseer) error {
	if !subject.Valid(branch) || !subject.Valid(name) || !subject.Valid(conn.role.Name) {
		return errName
	}
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	s := &service{conn: conn, branch: branch, group: name, desk: newDesk(work, o)}
	if err := s.subscribe(); err != nil {
		s.desk.close()
		return err
	}
	err := s.stay(ctx)
	return errors.Join(err, s.leave(work))
}

// service is one MCU's part in its group on the bus.
type service struct {
	conn          *Conn
	branch, group string
	desk          *desk
	subscription  *nats.Subscription
	ended         chan struct{} // closed when the subscription has ended
	listed        bool
}

// subscribe returns when the server has the subscription, so that the group is listed
// only once it is reached.
func (s *service) subscribe() (err error) {
	s.ended = make(chan struct{})
	s.subscription, err = s.conn.nats.QueueSubscribe(subject.Group(s.branch, s.group, "*"), subject.Queue, s.desk.take)
	if err == nil {
		s.subscription.SetClosedHandler(func(string) { close(s.ended) })
		err = s.conn.nats.FlushTimeout(registryDeadline)
	}
	if err != nil {
		return fmt.Errorf("%w: subscribing: %w", ErrUnreached, err)
	}
	return nil
}

// stay lists the group and keeps its record fresh. A registry that does not answer is
// no reason to stop: clients keep what they know.
func (s *service) stay(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil
		}
		err := s.enlist(ctx)
		switch {
		case errors.Is(err, errDrained):
			return nil
		case errors.Is(err, errGroup):
			return err
		case errors.Is(err, errUnagreed) && !s.listed:
			pause.Reset(agreeInterval)
		case err != nil && !s.listed:
			pause.Reset(retryInterval)
		default:
			pause.Reset(renewInterval)
		}
	}
}

var (
	errDrained  = errors.New("bus: the group is listed as draining")
	errUnagreed = errors.New("bus: the group has not agreed on an epoch")
)

// enlist tells the registry that this MCU serves.
func (s *service) enlist(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registryDeadline)
	defer cancel()
	epoch, makes, err := s.describe(ctx)
	if err != nil {
		return err
	}
	err = s.change(ctx, func(r *registry.Record) error {
		if s.listed && r.State == registry.Draining {
			return errDrained
		}
		now := time.Now()
		r.Expire(now.Add(-expiry))
		return r.Enlist(s.conn.role.Name, epoch, makes, now)
	})
	if err == nil {
		s.listed = true
	}
	return err
}

func (s *service) change(ctx context.Context, change func(*registry.Record) error) error {
	list, err := registry.Open(ctx, s.conn.nats, "")
	if err != nil {
		return err
	}
	return list.Change(ctx, s.branch, s.group, change)
}

// describe reads epoch and makes from the group's own description.
func (s *service) describe(ctx context.Context) (epoch uint32, makes []string, err error) {
	d, err := s.desk.overseer.Describe(ctx)
	if err != nil {
		return 0, nil, errUnagreed
	}
	t, err := group.ParseTranscript(d.Transcript)
	if err != nil {
		return 0, nil, err
	}
	if string(bytes.TrimRight(t.Group[:], "\x00")) != s.group {
		return 0, nil, errGroup
	}
	for i := range t.Members {
		makes = append(makes, string(t.Members[i].Make))
	}
	return t.Epoch, makes, nil
}
