package microvm

import (
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// archive makes the first file system: the guest, the modules, and the kernel's
// program from its sealed memory file.
func (s system) archive(program *os.File) (*os.File, error) {
	info, err := program.Stat()
	if err != nil {
		return nil, err
	}
	return spawn.MemoryFileBy("initramfs", func(w io.Writer) error {
		a := initramfs.NewWriter(w)
		size, content := s.guest.reader()
		a.File(initramfs.Init, size, content)
		for _, folder := range []string{"proc", "sys", "dev", "root", initramfs.Modules} {
			a.Folder(folder)
		}
		for i, m := range s.modules {
			size, content := m.reader()
			a.File(fmt.Sprintf("%s/%02d", initramfs.Modules, i), size, content)
		}
		a.File(initramfs.Kernel, info.Size(), io.NewSectionReader(program, 0, info.Size()))
		return a.Close()
	})
}
