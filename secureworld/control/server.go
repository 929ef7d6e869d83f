package control

import (
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Desk is what boot does for operators. Several connections may call it at once.
type Desk interface {
	Standing() Standing
	History() []Entry
	Applications() []Application
	// Commit verifies what was collected, and keeps it: an image in the spare
	// slot, an application in the store and in the kernel, a licence for the app
	// world. It tells the version.
	Commit(Kind, []Upload) (version uint64, r Reason)
	Activate(Place) (version uint64, r Reason)
	Remove(name string) Reason
	// Tamper takes the device for tampered with.
	Tamper() Reason
	// Challenge has the kernel draw the random number of the next key token.
	Challenge() ([16]byte, Reason)
	// LoadKey hands the kernel a delivery of the key distribution host; the file is
	// sealed, and closed by Serve.
	LoadKey(delivery *os.File) Reason
}

// Upload is one file of what is committed.
type Upload struct {
	File
	Memory *os.File // sealed; closed by Serve
}

// Serve serves one connection until it ends. A breach of the permit table ends
// it.
func Serve(conn *net.UnixConn, d Desk) error {
	s := &session{wire: wire{conn}, desk: d}
	defer s.drop()
	for {
		if err := conn.SetDeadline(time.Now().Add(IdleFor)); err != nil {
			return err
		}
		m, file, err := s.receive()
		if err != nil {
			return err
		}
		answer, err := s.take(m, file)
		if err != nil {
			return err
		}
		if err := conn.SetDeadline(time.Now().Add(IdleFor)); err != nil {
			return err
		}
		if err := s.send(answer, nil); err != nil {
			return err
		}
	}
}

// session is one connection.
type session struct {
	wire
	desk    Desk
	phase   Phase
	begun   Kind
	uploads []Upload
}

func (s *session) drop() {
	for _, u := range s.uploads {
		_ = u.Memory.Close()
	}
	s.uploads = nil
}

func (s *session) take(m Message, file *os.File) (Message, error) {
	next, err := s.phase.next(m.kind())
	if err != nil {
		if file != nil {
			_ = file.Close()
		}
		return nil, err
	}
	s.phase = next
	switch m := m.(type) {
	case Status:
		return s.desk.Standing(), nil
	case History:
		return Events{s.desk.History()}, nil
	case Applications:
		return Installed{s.desk.Applications()}, nil
	case Begin:
		s.begun = m.Kind
		return Done{}, nil
	case File:
		return Done{Reason: s.keep(m, file)}, nil
	case Commit:
		defer s.drop()
		version, reason := s.desk.Commit(s.begun, s.uploads)
		return Done{reason, version}, nil
	case Abort:
		s.drop()
		return Done{}, nil
	case Activate:
		version, reason := s.desk.Activate(m.Place)
		return Done{reason, version}, nil
	case Remove:
		return Done{Reason: s.desk.Remove(m.Name)}, nil
	case Tamper:
		return Done{Reason: s.desk.Tamper()}, nil
	case Challenge:
		random, reason := s.desk.Challenge()
		return Drawn{reason, random}, nil
	case LoadKey:
		defer file.Close()
		if !sealed(file) {
			return Done{Reason: ReasonSealed}, nil
		}
		return Done{Reason: s.desk.LoadKey(file)}, nil
	}
	return nil, errPermit
}

// keep takes a file over if nobody can change it any more.
func (s *session) keep(m File, file *os.File) Reason {
	reason := Accepted
	switch {
	case len(s.uploads) == maxFiles || s.has(m):
		reason = ReasonRepeated
	case !sealed(file):
		reason = ReasonSealed
	}
	if reason != Accepted {
		_ = file.Close()
		return reason
	}
	s.uploads = append(s.uploads, Upload{m, file})
	return Accepted
}

func (s *session) has(m File) bool {
	for _, u := range s.uploads {
		if u.File == m {
			return true
		}
	}
	return false
}

// seals are those of a memory file that nobody can change any more; only such a
// file is read without fear that it blocks or changes.
const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

func sealed(f *os.File) bool {
	got, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	return err == nil && got&seals == seals
}

// Content reads an upload, at most limit bytes.
func (u Upload) Content(limit int64) ([]byte, Reason) {
	content, err := io.ReadAll(io.NewSectionReader(u.Memory, 0, limit+1))
	if err != nil || int64(len(content)) > limit {
		return nil, ReasonForm
	}
	return content, Accepted
}
