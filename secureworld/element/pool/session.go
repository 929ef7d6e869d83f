package pool

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/channel"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// session is this client's with one epoch of one group. Its keys are erased when the
// site has forgotten it and the last frame under way has ended.
type session struct {
	*agreed
	id      door.SessionID
	need    int // votes
	keys    *channel.Keys
	votes   []*channel.Votes // by member
	counter atomic.Uint64
	users   atomic.Int32 // the site, and each frame under way
}

// release ends one use.
func (s *session) release() {
	if s.users.Add(-1) > 0 {
		return
	}
	s.keys.Wipe()
	for _, v := range s.votes {
		v.Wipe()
	}
}

// open returns the site's session, and opens one if there is none. The caller releases
// it.
func (c *Client) open(ctx context.Context, s *site) (*session, error) {
	before := s.cooling(time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		s.session.users.Add(1)
		return s.session, nil
	}
	if !before && s.cooling(time.Now()) {
		return nil, door.CodeUnavailable // failed while this one waited
	}
	d, err := s.carrier.Describe(ctx)
	if err != nil {
		return nil, err
	}
	g, err := examine(c.cfg.Identity.Authorities, &d)
	if err == nil && g.transcript.Epoch < s.epoch {
		err = door.CodeEpoch // it was over already: an MCU that goes back
	}
	if err != nil {
		c.findings.add(s.name, nil, nobody, codeOf(err), "describes a group that its members did not sign so")
		return nil, err
	}
	fresh, o, err := c.begin(g)
	if err != nil {
		c.findings.add("", g, nobody, codeOf(err), "has too few members or makes for this client")
		return nil, err
	}
	fresh.users.Store(1)
	if err := s.carrier.Open(ctx, o); err != nil {
		fresh.release()
		return nil, err
	}
	fresh.users.Add(1)
	s.session, s.epoch = fresh, g.transcript.Epoch
	return fresh, nil
}

// begin draws a session's keys and seals them to the group and to each member.
func (c *Client) begin(g *agreed) (*session, door.Open, error) {
	s := &session{agreed: g}
	o := door.Open{Group: g.transcript.Group, Epoch: g.transcript.Epoch, Client: c.cfg.Identity.Certificate}
	var err error
	if s.need, err = c.cfg.suffices(g); err != nil {
		return nil, o, err
	}
	_, _ = rand.Read(s.id[:]) // never fails (crypto/rand)
	o.Session = s.id
	enc, sender, err := encapsulate(g.key, channel.Info(&g.hash, &s.id))
	if err != nil {
		return nil, o, err
	}
	o.Group32 = enc
	if s.keys, err = channel.NewKeys(sender); err != nil {
		return nil, o, err
	}
	for i := range g.transcript.Members {
		enc, sender, err := encapsulate(g.transcript.Members[i].Agreement, channel.VoteInfo(&g.hash, &s.id))
		if err != nil {
			return nil, o, err
		}
		v, err := channel.NewVotes(sender)
		if err != nil {
			return nil, o, err
		}
		o.Votes, s.votes = append(o.Votes, enc[:]...), append(s.votes, v)
	}
	o.Signature = c.cfg.Identity.Sign(door.OpenInput(nil, &o))
	return s, o, nil
}

func encapsulate(key [32]byte, info []byte) (enc [32]byte, s *hpke.Sender, err error) {
	public, err := ecdh.X25519().NewPublicKey(key[:])
	if err != nil {
		return enc, nil, err
	}
	to, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return enc, nil, err
	}
	b, s, err := hpke.NewSender(to, hpke.HKDFSHA256(), channel.AEAD(), info)
	copy(enc[:], b)
	return enc, s, err
}

func codeOf(err error) door.Code {
	code := door.CodeAgreement
	_ = errors.As(err, &code)
	return code
}

// seal makes a question of each job, under a counter of its own.
func (s *session) seal(jobs []*job) []door.Question {
	questions := make([]door.Question, len(jobs))
	last := s.counter.Add(uint64(len(jobs)))
	size := 0
	for _, j := range jobs {
		size += door.SIVSize + len(j.request)
	}
	all, data := make([]byte, 0, size), make([]byte, 0, ordinary) // all: one piece of memory for what is sealed
	for i, j := range jobs {
		q := &questions[i]
		*q = door.Question{
			Group: s.transcript.Group, Epoch: s.transcript.Epoch, Session: s.id,
			Counter: last - uint64(len(jobs)-1-i), Verb: j.kind,
		}
		data = channel.QuestionData(data[:0], q, s.transcript.Policy)
		from := len(all)
		all = s.keys.Request.Seal(all, j.request, data)
		q.Sealed = all[from:len(all):len(all)]
	}
	return questions
}

// ordinary is what a question, or an answer, of every payment has at most: so much lies on
// the stack.
const ordinary = 512

// judge checks a release for its question: enough members voted for it, having seen
// this very question, and it opens. Else it returns why not.
func (c *Client) judge(s *session, q *door.Question, r *overseer.Release) (answer []byte, code door.Code) {
	var room [ordinary]byte
	seen := sha256.Sum256(door.AppendQuestion(room[:0], q))
	count := c.tally(s, q, r, &seen)
	switch {
	case r.Code != door.CodeAnswered:
		return nil, r.Code
	case count < c.cfg.votes(s.agreed, s.need, q.Verb):
		c.findings.add("", s.agreed, nobody, door.CodeQuorum, "releases what too few members voted for")
		return nil, door.CodeQuorum
	}
	sealed := append(append(room[:0], r.SIV[:]...), r.Body...)
	data := channel.AnswerData(make([]byte, 0, 128), q, s.transcript.Policy, &seen)
	answer, err := s.keys.Answer.Open(nil, sealed, data)
	if err != nil {
		c.findings.add("", s.agreed, nobody, door.CodeSeal, "releases what is no answer to the question")
		return nil, door.CodeSeal
	}
	return answer, door.CodeAnswered
}

// tally counts the members that voted for what is released, and names those whose
// votes tell of something else. A vote that its member did not make is the MCU's.
func (c *Client) tally(s *session, q *door.Question, r *overseer.Release, seen *[door.HashSize]byte) (count int) {
	var voted [door.MaxMembers]bool
	for i := range r.Votes {
		v := &r.Votes[i]
		m := int(v.Member)
		if m >= len(s.votes) || voted[m] {
			continue
		}
		a := door.Answer{Code: v.Code, SIV: v.SIV, Vote: v.Vote, Seen: v.Seen}
		if !s.votes[m].Valid(q, &a) {
			if v.Code == door.CodeAnswered {
				c.findings.add("", s.agreed, m, door.CodeAgreement, "a vote that the member did not make")
			}
			continue // a member that lost the session has no vote to give
		}
		voted[m] = true
		switch {
		case v.Seen != *seen:
			c.findings.add("", s.agreed, m, door.CodeSeal, "the member was shown another question")
		case r.Code != door.CodeAnswered || v.Code != door.CodeAnswered:
		case v.SIV != r.SIV:
			c.findings.add("", s.agreed, m, door.CodeQuorum, "the member answered otherwise")
		default:
			count++
		}
	}
	return count
}
