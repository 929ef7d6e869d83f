package entrypoint

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const swOK = 0x9000

// selectCombination begins with the directory, unless a restart goes back to
// what was selected before: at Start B with data for the card, or at Start C
// (Book B, 3.3.2.1).
func (s *Session) selectCombination() {
	if s.start == contactless.StartB && hasEMVData(s.host) || s.start == contactless.StartC {
		s.selectBest()
		return
	}
	s.candidates = nil
	s.transmit(ppseName(), (*Session).directoryRead)
}

// directoryRead fills the candidate list; any other status word leaves it empty
// (3.3.2.3).
func (s *Session) directoryRead(in Input) {
	if in.Kind == InputCardGone {
		s.awaitCard()
		return
	}
	if data, sw := objects.Split(in.Response); sw == swOK {
		s.candidates = candidates(parseDirectory(data), s.combinations)
	}
	s.selectBest()
}

// selectBest is step 3 of selection, Start C, and the final SELECT (3.3.2.6 to
// 3.3.3.4).
func (s *Session) selectBest() {
	for len(s.candidates) > 0 {
		if name, ok := s.candidates[0].name(); ok {
			s.activation = contactless.Activation{KernelID: bytes.Clone(s.candidates[0].combination.KernelID), AID: name}
			s.transmit(name, (*Session).selected)
			return
		}
		s.candidates = s.candidates[1:]
	}
	s.endApplication()
}

// selectNext forgets the combination that was selected and tries the next.
func (s *Session) selectNext() {
	if len(s.candidates) > 0 {
		s.candidates = s.candidates[1:]
	}
	s.selectBest()
}

// selected takes the answer to the final SELECT (3.3.3.5 to 3.3.3.7). Data of the
// host for the card are for the application that asked for them and no other.
// What the FCI holds is the kernel's to judge.
func (s *Session) selected(in Input) {
	if in.Kind == InputCardGone {
		s.awaitCard()
		return
	}
	data, sw := objects.Split(in.Response)
	if sw != swOK && hasEMVData(s.host) {
		s.endApplication()
		return
	}
	if sw != swOK {
		s.selectNext()
		return
	}
	s.keepFCI(data, sw)
	if s.forVisaKernel3() && !s.fitKernel3() {
		s.selectNext()
		return
	}
	s.activateKernel()
}

func (s *Session) forVisaKernel3() bool {
	return bytes.Equal(s.activation.KernelID, []byte{0x03}) && [5]byte(s.activation.AID) == ridVisa()
}

// fitKernel3: a Visa card that does not ask for the TTQ does not speak with
// kernel 3 and gets kernel 1, where there is one (3.3.3.6). False leaves the
// combination out.
func (s *Session) fitKernel3() bool {
	asks, ok := asksForTTQ(s.activation.FCI)
	if !ok || !asks && !s.configured(kernel1()) {
		return false
	}
	if !asks {
		s.activation.KernelID = kernel1()
	}
	return true
}

// keepFCI copies the answer. The copy stays as it is until Wipe, since a kernel
// may still look at it.
func (s *Session) keepFCI(data []byte, sw uint16) {
	fci := bytes.Clone(data)
	s.seen = append(s.seen, fci)
	s.activation.FCI, s.activation.SW = fci, sw
}

func kernel1() []byte { return []byte{0x01} }

// asksForTTQ looks for 9F66 in the PDOL, which may be absent; false the second
// time means that the FCI is malformed.
func asksForTTQ(fci []byte) (asks, ok bool) {
	l, err := tlv.ParseCard(fci)
	if err != nil {
		return false, false
	}
	template, _ := l.Top(tlv.Tag6FFCITemplate)
	proprietary, _ := template.Children.Top(tlv.TagA5FCIProprietaryTemplate)
	pdol, _ := proprietary.Children.Top(tlv.Tag9F38PDOL)
	d, err := tlv.ParseDOL(pdol.Value)
	return d.Has(tag9F66TTQ), err == nil
}

// configured reports whether the transaction type has a combination with this
// kernel.
func (s *Session) configured(kernel []byte) bool {
	for _, c := range s.combinations {
		if bytes.Equal(c.KernelID, kernel) {
			return true
		}
	}
	return false
}
