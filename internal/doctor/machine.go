package doctor

import "time"

// Machine is what is asked of the machine.
type Machine struct {
	Now  func() time.Time
	Root bool
	// Find reports whether a program is installed, also where PATH does not look.
	Find func(program string) bool
	// Match returns the files of a pattern.
	Match func(pattern string) []string
	// SecretMemory tries memfd_secret, and UserNamespaces what the system permits.
	SecretMemory, UserNamespaces func() error
	// LockedMemory is how many bytes a process may lock.
	LockedMemory func() uint64
	// Swap is how many swap areas are on that are not in memory themselves.
	Swap func() int
	// Listen tries whether an address is free.
	Listen func(address string) error
	// Synchronised reports whether the clock is held by another one.
	Synchronised func() (bool, error)
	// Free is how many bytes an ordinary user may still write to a folder's disk.
	Free func(folder string) (uint64, error)

	// Programs is the folder of the built programs and Home that of the lane.
	Programs, Home string
	// Pages are the addresses that a lane wants.
	Pages map[string]string
	// Files are those of the home.
	Files func() []File
	// Certificates are those of the home.
	Certificates func() []Certificate
	// Homed tells about the home.
	Homed func() Home
}

// File is one of the home's that holds a secret.
type File struct {
	Name string // below the home
	Open bool   // others can read or write it
}

// Certificate is one of the home's.
type Certificate struct {
	Name  string // below the home
	Until time.Time
	Bad   bool // it cannot be read
}

// Home is how a lane's folder stands.
type Home struct {
	There bool
	Bad   bool // what it says of itself cannot be read
	Old   bool // made before there was all that is made now
	Dead  bool // it names a lane that runs no more
	Other bool // it is another user's
}

// limits of what is in order.
const (
	// hidden is what the kernel of the secure world hides (129 MB), and room.
	hidden = 160 << 20
	// diskLow is a day's logs and journals of a busy lane; with diskOut left, a start
	// may fail half-way.
	diskLow, diskOut = 2 << 30, 200 << 20
	// certificateLow is the time to get another one.
	certificateLow = 30 * 24 * time.Hour
	// youngest is before any build of this program.
	youngest = 2026
	// batchOld is beyond a long day.
	batchOld = 26 * time.Hour
	// waitingLong is beyond what an acquirer's restart takes.
	waitingLong = 15 * time.Minute
)
