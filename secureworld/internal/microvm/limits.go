package microvm

import "time"

const (
	// memory of the machine: Linux takes 60 MB, the files it starts from 30, a
	// compiler of applications 130 and secret memory 80.
	memory = "512M"
	// diskSize holds the storage's spaces and journals of years; it is sparse.
	diskSize = 64 << 20
	// maxSystem bounds Linux, the guest and each module.
	maxSystem = 64 << 20
	// maxModules are more than any kernel needs for these devices.
	maxModules = 32
	// beginWithin is how long a machine may take to its first word: 2 s with KVM or
	// 4 s emulated were measured, on a busy machine 20.
	beginWithin = 60 * time.Second
	// againWithin is what a second machine gets where an emulated one stayed silent,
	// which was seen once in some hundred starts. It shows each step of its Linux, so
	// it is slower and an error can tell where it stands.
	againWithin = 2 * time.Minute
	// kvmWithin is what KVM gets: where it does not work at all, waiting longer
	// costs more than emulating.
	kvmWithin = 8 * time.Second
	// clockEvery keeps an emulated clock from drifting.
	clockEvery = 30 * time.Second
	// leaveWithin is what a machine gets to end after its kernel did.
	leaveWithin = 2 * time.Second
)
