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
	if s.tooOldForKernel3() {
		if !s.configured(kernel1()) {
			s.selectNext()
			return
		}
		s.activation.KernelID = kernel1()
	}
	s.activateKernel()
}

// keepFCI copies the answer. The copy stays as it is until Wipe, since a kernel
// may still look at it.
func (s *Session) keepFCI(data []byte, sw uint16) {
	fci := bytes.Clone(data)
	s.seen = append(s.seen, fci)
	s.activation.FCI, s.activation.SW = fci, sw
}

func kernel1() []byte { return []byte{0x01} }

// tooOldForKernel3: a Visa card that does not ask for the TTQ does not speak
// with kernel 3 (3.3.3.6).
func (s *Session) tooOldForKernel3() bool {
	return bytes.Equal(s.activation.KernelID, []byte{0x03}) &&
		[5]byte(s.activation.AID) == ridVisa() && !asksForTTQ(s.activation.FCI)
}

func asksForTTQ(fci []byte) bool {
	l, err := tlv.ParseCard(fci)
	if err != nil {
		return false
	}
	template, _ := l.Top(tlv.Tag6FFCITemplate)
	proprietary, _ := template.Children.Top(tlv.TagA5FCIProprietaryTemplate)
	pdol, _ := proprietary.Children.Top(tlv.Tag9F38PDOL)
	d, err := tlv.ParseDOL(pdol.Value)
	return err == nil && d.Has(tag9F66TTQ)
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
