package attestation

import "time"

// Audience is for whom a report was made.
type Audience uint8

// Audiences.
const (
	AudienceAppWorld Audience = 1 // asked for through the mailbox
	AudienceHost     Audience = 2 // the acquirer, at a sign-on
)

// AppState is what boot knows of the app world's program.
type AppState uint8

// States of the app world.
const (
	AppNone      AppState = 0 // nobody connected, or nobody who could be measured
	AppMeasured  AppState = 1 // Digest is its program's, at Time
	AppCertified AppState = 2 // not measured; Digest is its licensed client certificate's
	AppChanged   AppState = 3 // was measured, and then found changed at Time
)

// String is the word for people and for interfaces.
func (s AppState) String() string {
	switch s {
	case AppNone:
		return "none"
	case AppMeasured:
		return "measured"
	case AppCertified:
		return "none, certificate bound"
	case AppChanged:
		return "changed"
	}
	return "unknown"
}

// Labels.
const (
	LabelSelfReported = "self-reported"
	LabelTPM          = "tpm"
)

// Report is the body.
type Report struct {
	Audience Audience
	Nonce    [32]byte
	Time     time.Time // to the millisecond
	Device   string    // the terminal's name

	Boot         [32]byte
	System       [32]byte // what the kernel's virtual machine started from (package microvm); zero without one
	Kernel       Program
	Parameters   Program
	Licence      [32]byte
	Applications []Application // names rising
	App          App

	Isolation   string // the level's name
	Memory      string // what protects memory
	StorageRoot string // what protects the storage's root
	Label       string // LabelSelfReported or LabelTPM

	Module                              string // version of the FIPS 140-3 module that was linked
	Layers                              uint32 // sandbox layers in force
	FIPS, FIPSEnforced, Debug, Tampered bool

	JournalLength uint64
	JournalHead   [32]byte

	// Earlier are the starts before this one that a TPM's quote told of. They are
	// no part of the body: Question.Verify fills them in.
	Earlier []Start
}

// Program is a digest and the version that goes with it.
type Program struct {
	Version uint64
	Digest  [32]byte
}

// Application is a trusted application that runs.
type Application struct {
	Name string
	Program
}

// App is the app world.
type App struct {
	State  AppState
	Digest [32]byte
	Time   time.Time // of the last measurement; zero where there was none
}
