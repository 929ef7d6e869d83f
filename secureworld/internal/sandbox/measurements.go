package sandbox

import (
	"encoding/hex"
	"fmt"
	"os"
)

// MeasurementsVariable is the environment variable in which boot tells the
// kernel what it measured and started.
const MeasurementsVariable = "STRONGROOM_BOOT_MEASUREMENTS"

// Measurements are the SHA-256 of boot's own program, of the kernel's, and of what
// the kernel's virtual machine started from (zero without one), the version of the kernel's image, and how often boot has started a kernel.
type Measurements struct {
	Boot, Kernel, System [32]byte
	Version              uint64
	Starts               uint32
}

// String is the form of the environment variable.
func (m Measurements) String() string {
	return fmt.Sprintf("%x %x %x %d %d", m.Boot, m.Kernel, m.System, m.Version, m.Starts)
}

// Told are the measurements that boot told this process; zero where there are
// none.
func Told() Measurements {
	var m Measurements
	var boot, kernel, system string
	if _, err := fmt.Sscanf(os.Getenv(MeasurementsVariable), "%64s %64s %64s %d %d", &boot, &kernel, &system, &m.Version, &m.Starts); err != nil {
		return Measurements{}
	}
	if !digest(&m.Boot, boot) || !digest(&m.Kernel, kernel) || !digest(&m.System, system) {
		return Measurements{}
	}
	return m
}

func digest(into *[32]byte, text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && copy(into[:], b) == len(into) && len(b) == len(into)
}
