package handover

import "os"

// Applications changes which applications run while the kernel serves. Its calls
// come one at a time, in a goroutine of their own: they may take long.
type Applications interface {
	// Install starts a module that boot verified, in the place of one of the
	// same name if there is one.
	Install(ProvidedApplication) Outcome
	// Remove ends an application.
	Remove(name string) Outcome
}

// ChangeApplications names who changes applications. Call it before Serve;
// without it boot is told that it is not supported.
func (l *Link) ChangeApplications(a Applications) { l.applications = a }

// change applies one change and answers it. An error of the answer shows in
// Serve: boot has gone.
func (l *Link) change(m Message, file *os.File) {
	switch m := m.(type) {
	case Application:
		_ = l.wire.send(Applied{m.Name, l.install(m, file)}, nil)
	case Remove:
		_ = l.wire.send(Applied{m.Name, l.remove(m.Name)}, nil)
	case Challenge:
		_ = l.wire.send(l.challenge(), nil)
	case KeyToken:
		_ = l.wire.send(KeyLoaded{l.loadKey(file)}, nil)
	}
}

func (l *Link) install(m Application, file *os.File) Outcome {
	a, err := readApplication(m, file) // closes file
	switch {
	case err != nil:
		return OutcomeUnusable
	case l.applications == nil:
		return OutcomeNotSupported
	}
	return l.applications.Install(a)
}

func (l *Link) remove(name string) Outcome {
	if l.applications == nil {
		return OutcomeNotSupported
	}
	return l.applications.Remove(name)
}
