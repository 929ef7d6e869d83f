package secretmem

import (
	"errors"
	"os"
)

// PageBytes is the size of a WebAssembly page.
const PageBytes = 64 << 10

// Config says how much secret memory to map.
type Config struct {
	// Arenas is how many trusted-application instances can live at once: one in
	// use for each payment under way, one ready, one being wiped.
	Arenas int
	// ArenaPages is the size of each in WebAssembly pages.
	ArenaPages uint32
	// KeyBytes is the size of the key pool.
	KeyBytes int
	// Small is how many smaller arenas there are, for applications that never see
	// account data, and SmallPages the size of each.
	Small      int
	SmallPages uint32
}

// Suggested is the configuration for this process: four arenas of 16 MiB for
// root, whose locked memory is not limited, else one arena that leaves room for
// keys below the usual 8 MiB of RLIMIT_MEMLOCK, which counts bytes mapped. The
// smaller arenas do not fit below that limit and are then of ordinary memory, which
// their pool's Protection says.
func Suggested() Config {
	if os.Getuid() == 0 && exemptFromLockLimit() {
		return Config{Arenas: 4, ArenaPages: 256, KeyBytes: 1 << 20, Small: maxSmall, SmallPages: smallPages}
	}
	return Config{Arenas: 1, ArenaPages: 112, KeyBytes: 512 << 10, Small: maxSmall, SmallPages: smallPages}
}

func (c Config) check() error {
	switch {
	case c.Arenas < 1 || c.Arenas > maxArenas:
		return errors.New("secret memory: number of arenas out of range")
	case c.ArenaPages < 1 || c.ArenaPages > maxArenaPages:
		return errors.New("secret memory: arena size out of range")
	case c.KeyBytes < PageBytes || c.KeyBytes > maxKeyBytes:
		return errors.New("secret memory: key pool size out of range")
	case c.Small < 0 || c.Small > maxSmall || c.SmallPages > maxArenaPages || c.Small > 0 && c.SmallPages < 1:
		return errors.New("secret memory: smaller arenas out of range")
	}
	return nil
}
