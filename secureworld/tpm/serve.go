//go:build linux

package main

import (
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

type server struct {
	chip     *chip
	list     list
	measured bool // the register and the list are one, and end with what runs
}

// serve answers until its input ends.
func (s *server) serve(in io.Reader, out io.Writer) error {
	for {
		m, err := tpmpipe.Read(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.reply(out, s.answer(m)); err != nil {
			return err
		}
	}
}

// reply leaves no secret behind.
func (s *server) reply(out io.Writer, answer tpmpipe.Message) error {
	if u, ok := answer.(tpmpipe.Unsealed); ok {
		defer clear(u.Secret)
	}
	return tpmpipe.Write(out, answer)
}

func (s *server) answer(m tpmpipe.Message) tpmpipe.Message {
	var answer tpmpipe.Message = tpmpipe.Done{}
	var err error
	switch m := m.(type) {
	case tpmpipe.Started:
		err = s.start(attestation.Start{Boot: m.Boot, Kernel: m.Kernel})
		s.measured = err == nil
	case tpmpipe.Quote:
		answer, err = s.quote(m.Digest)
	case tpmpipe.Seal:
		answer, err = s.seal()
	case tpmpipe.Unseal:
		answer, err = s.unseal(m.Sealed)
	default:
		err = tpmpipe.ErrMalformed
	}
	var fault tpmpipe.Fault
	switch {
	case errors.As(err, &fault):
		return tpmpipe.Failed{Fault: fault}
	case err != nil:
		return tpmpipe.Failed{Fault: tpmpipe.FaultTPM}
	}
	return answer
}

// start extends the register, unless what it saw last is the same.
func (s *server) start(start attestation.Start) error {
	pcr, err := s.chip.value()
	if err != nil {
		return err
	}
	s.list.read()
	if !s.list.fit(pcr) {
		return tpmpipe.FaultForeign
	}
	n := len(s.list.starts)
	switch {
	case n > 0 && s.list.starts[n-1] == start:
		return nil
	case n == attestation.MaxStarts:
		return tpmpipe.FaultFull
	}
	s.list.starts = append(s.list.starts, start)
	if s.list.write() != nil {
		return tpmpipe.FaultFile
	}
	return s.chip.extend(start.Digest())
}

func (s *server) quote(digest [32]byte) (tpmpipe.Message, error) {
	if !s.measured {
		return nil, tpmpipe.FaultStart
	}
	q, err := s.chip.quote(digest)
	if err != nil {
		return nil, err
	}
	q.Starts = s.list.starts
	if !q.Verify([]attestation.TPMKey{s.chip.public}, digest) {
		return nil, tpmpipe.FaultForeign // somebody else wrote to the register
	}
	b, err := q.Encode()
	return tpmpipe.Quoted{Quote: b}, err
}

func (s *server) seal() (tpmpipe.Message, error) {
	made, err := s.chip.seal()
	return tpmpipe.Sealed{Sealed: made.encode()}, err
}

func (s *server) unseal(b []byte) (tpmpipe.Message, error) {
	of, err := parseSealed(b)
	if err != nil {
		return nil, err
	}
	secret, err := s.chip.unseal(of)
	return tpmpipe.Unsealed{Secret: secret}, err
}
