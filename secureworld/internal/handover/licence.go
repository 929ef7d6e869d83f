package handover

import "os"

// OnLicence names who takes another licence while the kernel serves; without it boot
// is told that it is not supported. Call it before Serve; f gets a document that boot
// verified, and must not wait. What boot measured before it sent the licence was told
// before, and what it measures by it is told afterwards.
func (l *Link) OnLicence(f func(raw []byte) Outcome) { l.licence = f }

func (l *Link) relicense(file *os.File) Outcome {
	raw, err := readSealed(file, maxLicence) // closes file
	switch {
	case err != nil:
		return OutcomeUnusable
	case l.licence == nil:
		return OutcomeNotSupported
	}
	return l.licence(raw)
}
